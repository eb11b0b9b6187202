// S3 requests to an adapter over a store in memory, and the XML that comes back.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"

namespace fabrik::testing {

inline FakeExchange del(std::string_view target) {
  return {net::Method::del, "DELETE", target};
}

// The text of the first element of that name; of all of them.
inline std::string element(const FakeExchange& answer, const std::string& name) {
  const std::string& xml = answer.sent();
  const std::size_t begin = xml.find("<" + name + ">");
  const std::size_t end = xml.find("</" + name + ">");
  return begin == std::string::npos || end == std::string::npos
             ? "(none)"
             : xml.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}
inline std::vector<std::string> elements(const FakeExchange& answer, const std::string& name) {
  std::vector<std::string> found;
  const std::string& xml = answer.sent();
  for (std::size_t at = xml.find("<" + name + ">"); at != std::string::npos;
       at = xml.find("<" + name + ">", at + 1)) {
    const std::size_t begin = at + name.size() + 2;
    found.push_back(xml.substr(begin, xml.find("</" + name + ">", begin) - begin));
  }
  return found;
}

// An S3 server without a socket.
class S3Fixture : public ::testing::Test {
 protected:
  std::string upload(const std::string& object, const std::string& headers = "") {
    FakeExchange exchange = post("/s3/b/" + object + "?uploads", "");
    if (!headers.empty()) {
      exchange.with_header("Content-Type", headers);
    }
    return element(served(*adapter_, exchange), "UploadId");
  }
  FakeExchange part(const std::string& object, const std::string& id, int number,
                    std::string bytes) {
    return served(*adapter_, put("/s3/b/" + object + "?partNumber=" + std::to_string(number) +
                                     "&uploadId=" + id,
                                 std::move(bytes)));
  }
  FakeExchange complete(const std::string& object, const std::string& id,
                        const std::vector<std::pair<int, std::string>>& parts) {
    std::string xml = "<CompleteMultipartUpload>";
    for (const auto& [number, etag] : parts) {
      xml += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag +
             "</ETag></Part>";
    }
    xml += "</CompleteMultipartUpload>";
    return served(*adapter_, post("/s3/b/" + object + "?uploadId=" + id, xml));
  }
  void store(const std::string& key) { served(*adapter_, put("/s3/b/" + key, key)); }
  std::string body_of(const std::string& key) {
    return served(*adapter_, get("/s3/b/" + key)).sent();
  }

  AdapterParts parts_;
  std::unique_ptr<net::HttpAdapter> adapter_ =
      std::move(parts_.make(parts_.cache, {"sccache"}).front());
};

}  // namespace fabrik::testing
