#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/large_transfer.hpp"

namespace fabrik::testing {
namespace {

constexpr std::chrono::minutes kPatience{4};
constexpr std::string_view kClientHeaders =
    "Content-Type: application/octet-stream\r\nAuthorization: Bearer x\r\n";

// A stretch of a blob and what stands around it in a body.
struct Body {
  const LargeBlob& blob;
  std::uint64_t first = 0;
  std::uint64_t count = UINT64_MAX;
  std::string before = {};
  std::string after = {};

  std::uint64_t pieces() const { return std::min(count, blob.pieces() - first); }
};

RawResponse send(const WorkerHome& home, std::string_view method, const std::string& target,
                 const Body& body, std::string_view headers = kClientHeaders) {
  RawClient client = RawClient::tcp(home.port());
  client.set_timeout(kPatience);
  const std::uint64_t length =
      body.before.size() + body.pieces() * LargeBlob::kPiece + body.after.size();
  bool sent = client.send(
      request_text(home.port(), method, target,
                   std::string(headers) + "Content-Length: " + std::to_string(length) + "\r\n") +
      body.before);
  for (std::uint64_t i = 0; i < body.pieces() && sent; ++i) {
    sent = client.send(body.blob.piece(body.first + i));
  }
  EXPECT_TRUE(sent && client.send(body.after)) << method << ' ' << target << " was cut";
  const auto response = client.read_response();
  EXPECT_TRUE(response) << method << ' ' << target << ": no answer";
  EXPECT_LT(response ? response->status : 599, 300) << target << (response ? response->body : "");
  return response.value_or(RawResponse{});
}

RawResponse ask(const WorkerHome& home, std::string_view method, const std::string& target,
                std::string_view body = "") {
  const RawResponse response = fetch(home.port(), method, target, body, kClientHeaders);
  EXPECT_TRUE(response.status >= 200 && response.status < 300)
      << method << ' ' << target << ": " << response.status << ' ' << response.body;
  return response;
}

void get(const WorkerHome& home, const std::string& target, const LargeBlob& blob) {
  RawClient client = RawClient::tcp(home.port());
  client.set_timeout(kPatience);
  ASSERT_TRUE(client.send(request_text(home.port(), "GET", target, "Authorization: Bearer x\r\n")));
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = client.read_some(1);
    ASSERT_FALSE(byte.empty()) << head;
    head += byte;
  }
  ASSERT_TRUE(head.starts_with("HTTP/1.1 200 ")) << target << ' ' << head;
  for (std::uint64_t i = 0; i < blob.pieces(); ++i) {
    std::string got;
    while (got.size() < LargeBlob::kPiece) {
      const std::string more = client.read_some(LargeBlob::kPiece - got.size());
      ASSERT_FALSE(more.empty()) << target << " is cut in piece " << i;
      got += more;
    }
    ASSERT_TRUE(got == blob.piece(i)) << target << " differs in piece " << i;
  }
}

// PUT and GET of one path.
LargeRoute at(const char* name, const std::function<std::string(const LargeBlob&)>& path) {
  return {.name = name,
          .upload = [path](const WorkerHome& home,
                           const LargeBlob& blob) { send(home, "PUT", path(blob), {blob}); },
          .download = [path](const WorkerHome& home,
                             const LargeBlob& blob) { get(home, path(blob), blob); }};
}
LargeRoute at(const char* name, const std::string& before, const std::string& after = "") {
  return at(name, [=](const LargeBlob& blob) { return before + blob.key() + after; });
}

constexpr std::uint64_t kPart = 8;  // MiB, as the SDKs of Amazon cut by default

void upload_in_parts(const WorkerHome& home, const LargeBlob& blob) {
  const std::string object = "/s3/bucket/" + blob.key();
  const std::string created = ask(home, "POST", object + "?uploads").body;
  const std::size_t from = created.find("<UploadId>") + 10;
  const std::string id = created.substr(from, created.find("</UploadId>") - from);
  std::string list = "<CompleteMultipartUpload>";
  for (std::uint64_t first = 0; first < blob.pieces(); first += kPart) {
    const std::string number = std::to_string(first / kPart + 1);
    const RawResponse part = send(home, "PUT", object + "?partNumber=" + number + "&uploadId=" + id,
                                  {.blob = blob, .first = first, .count = kPart});
    list += "<Part><PartNumber>" + number + "</PartNumber><ETag>" + part.header("etag") +
            "</ETag></Part>";
  }
  const std::string done =
      ask(home, "POST", object + "?uploadId=" + id, list + "</CompleteMultipartUpload>").body;
  EXPECT_NE(done.find("CompleteMultipartUploadResult"), std::string::npos) << done;
}

constexpr const char* kUploads = "/v2/a/b/blobs/uploads/";

void push_in_one(const WorkerHome& home, const LargeBlob& blob) {
  const std::string location = ask(home, "POST", kUploads).header("location");
  send(home, "PUT", location + "?digest=sha256:" + blob.digest(), {blob});
}

void push_in_chunks(const WorkerHome& home, const LargeBlob& blob) {
  const std::string location = ask(home, "POST", kUploads).header("location");
  for (std::uint64_t first = 0; first < blob.pieces(); first += kPart) {
    const std::uint64_t end = std::min(blob.pieces(), first + kPart);
    send(home, "PATCH", location, {.blob = blob, .first = first, .count = kPart},
         "Content-Type: application/octet-stream\r\nContent-Range: " +
             std::to_string(first * LargeBlob::kPiece) + '-' +
             std::to_string(end * LargeBlob::kPiece - 1) + "\r\n");
  }
  ask(home, "PUT", location + "?digest=sha256:" + blob.digest());
}

void pull(const WorkerHome& home, const LargeBlob& blob) {
  get(home, "/v2/a/b/blobs/sha256:" + blob.digest(), blob);
}

// {"key": h'..', "secondary_key": h'..', "value": h'..'}, every one 32 bytes long.
std::string vite_plus_metadata(const LargeBlob& blob) {
  const std::string bytes = "\x58\x20" + blob.key();
  return "\xa3\x63key" + bytes + "\x6dsecondary_key" + bytes + "\x65value" + bytes;
}

void store_in_vite_plus(const WorkerHome& home, const LargeBlob& blob) {
  const std::string part = "\r\nContent-Disposition: form-data; name=";
  send(home, "POST", "/vite-plus/store",
       {.blob = blob,
        .before = "--b0undary" + part + "\"metadata\"\r\n\r\n" + vite_plus_metadata(blob) +
                  "\r\n--b0undary" + part + "\"blob\"; filename=\"x\"\r\n\r\n",
        .after = "\r\n--b0undary--\r\n"},
       "Content-Type: multipart/form-data; boundary=b0undary\r\n");
}

}  // namespace

std::vector<LargeRoute> http_routes() {
  const auto by_digest = [](const std::string& before) {
    return [=](const LargeBlob& blob) { return before + blob.digest(); };
  };
  return {at("Gradle", "/cache/"),
          at("Nx", "/v1/cache/"),
          at("Turborepo", "/v8/artifacts/", "?teamId=team_x"),
          at("Ccache", "/ccache/"),
          at("Rush", "/rush/"),
          at("Maven", "/maven/v1/org.example/app/", "/app.jar"),
          at("Bazel", by_digest("/cas/")),
          at("Moon", by_digest("/moon-outputs/cas/")),
          at("S3", "/s3/bucket/"),
          {.name = "S3Multipart",
           .upload = upload_in_parts,
           .download = [](const WorkerHome& home,
                          const LargeBlob& blob) { get(home, "/s3/bucket/" + blob.key(), blob); }},
          {.name = "RegistryMonolithic", .upload = push_in_one, .download = pull},
          {.name = "RegistryChunked", .upload = push_in_chunks, .download = pull},
          {.name = "VitePlus",
           .upload = store_in_vite_plus,
           .download = [](const WorkerHome& home, const LargeBlob& blob) {
             get(home, "/vite-plus/blob/" + blob.digest(), blob);
           }}};
}

}  // namespace fabrik::testing
