#include "adapters/oci/uploads.hpp"

#include "adapters/oci/errors.hpp"
#include "adapters/oci/names.hpp"

namespace fabrik::adapters {
namespace {

void describe(Answer& answer, const std::string& repository, const std::string& id,
              std::uint64_t size) {
  answer.response.headers.set("Location", "/v2/" + repository + "/blobs/uploads/" + id);
  answer.response.headers.set("Range", "0-" + std::to_string(size == 0 ? 0 : size - 1));
  answer.response.headers.set("Docker-Upload-UUID", id);
}

Answer progress(unsigned status, const std::string& repository, const std::string& id,
                std::uint64_t size) {
  Answer answer;
  answer.response.status = status;
  describe(answer, repository, id, size);
  return answer;
}

Answer busy(const Error& error) {
  return oci_error(409, "BLOB_UPLOAD_INVALID", error.message);
}

Answer broken_off(const Error& error) {
  return oci_error(400, "BLOB_UPLOAD_INVALID", "the body broke off: " + error.message);
}

// Whether the piece that the request says it brings comes next.
std::optional<Answer> check_range(const net::Request& request, std::uint64_t size) {
  const auto header = request.headers.get("content-range");
  if (!header) {
    return std::nullopt;
  }
  const auto range = parse_upload_range(*header);
  if (!range) {
    return oci_error(400, "BLOB_UPLOAD_INVALID",
                     "Content-Range \"" + std::string(*header) + "\" is not <first>-<last>");
  }
  if (range->first != size) {
    return oci_error(416, "BLOB_UPLOAD_INVALID",
                     "the next byte to send is " + std::to_string(size) + ", not " +
                         std::to_string(range->first));
  }
  if (request.content_length && range->last - range->first + 1 != *request.content_length) {
    return oci_error(400, "SIZE_INVALID", "Content-Range and Content-Length differ");
  }
  return std::nullopt;
}

}  // namespace

net::Task<Answer> OciUploads::start(net::HttpExchange& exchange, const std::string& repository) {
  const net::Request& request = exchange.request();
  if (request.method != net::Method::post) {
    co_return oci_not_allowed("POST");
  }
  if (const auto algorithm = request.query_parameter("digest-algorithm");
      algorithm && *algorithm != "sha256") {
    co_return oci_error(400, "UNSUPPORTED", "this registry names blobs by sha256 only");
  }
  if (const auto mount = request.query_parameter("mount")) {
    const auto digest = parse_oci_digest(*mount);
    if (!digest) {
      co_return oci_digest_invalid(*mount);
    }
    const std::string from = request.query_parameter("from").value_or("");
    if (from.empty() || is_oci_repository(from)) {
      if (auto mounted = co_await blobs_.mount(request, repository, *digest, from)) {
        co_return *std::move(mounted);
      }
    }
    co_return co_await open_session(repository);
  }
  if (const auto text = request.query_parameter("digest")) {
    const auto digest = parse_oci_digest(*text);
    if (!digest) {
      co_return oci_digest_invalid(*text);
    }
    const Place place{.exchange = exchange, .repository = repository, .id = {}};
    OciSession session;
    if (auto failed = co_await receive(place, session)) {
      co_return *std::move(failed);
    }
    co_return co_await finish(place, session, *digest);
  }
  co_return co_await open_session(repository);
}

net::Task<Answer> OciUploads::open_session(const std::string& repository) {
  const Result<std::string> id = sessions_.add(repository);
  co_return id ? progress(202, repository, *id, 0)
               : oci_error(429, "TOOMANYREQUESTS", id.error().message);
}

net::Task<Answer> OciUploads::handle(net::HttpExchange& exchange, const std::string& repository,
                                     const std::string& id) {
  const net::Request& request = exchange.request();
  if (request.method == net::Method::del) {
    co_return sessions_.erase(repository, id) ? text_answer(204, "") : oci_upload_unknown();
  }
  const bool is_patch = request.method_name == "PATCH";
  const bool is_put = request.method == net::Method::put;
  if (!is_patch && !is_put && request.method != net::Method::get) {
    co_return oci_not_allowed("GET, PATCH, PUT, DELETE");
  }
  const Result<OciSessions::Turn> turn = sessions_.take(repository, id);
  if (!turn) {
    co_return turn.error().code == Errc::conflict ? busy(turn.error()) : oci_upload_unknown();
  }
  OciSession& session = turn->session();
  const Place place{.exchange = exchange, .repository = repository, .id = id};
  if (!is_patch && !is_put) {
    co_return progress(204, repository, id, session.size);
  }
  if (auto refused = check_range(request, session.size)) {
    describe(*refused, repository, id, session.size);
    co_return *std::move(refused);
  }
  co_return is_patch ? co_await patch(place, session) : co_await put(place, session);
}

net::Task<Answer> OciUploads::patch(const Place& place, OciSession& session) {
  if (auto failed = co_await receive(place, session)) {
    co_return *std::move(failed);
  }
  co_return progress(202, place.repository, place.id, session.size);
}

net::Task<Answer> OciUploads::put(const Place& place, OciSession& session) {
  const auto text = place.exchange.request().query_parameter("digest");
  const auto digest = parse_oci_digest(text.value_or(""));
  if (!digest) {
    co_return oci_digest_invalid(text.value_or(""));
  }
  if (auto failed = co_await receive(place, session)) {
    co_return *std::move(failed);
  }
  Answer answer = co_await finish(place, session, *digest);
  sessions_.erase(place.repository, place.id);
  co_return answer;
}

net::Task<std::optional<Answer>> OciUploads::receive(const Place& place, OciSession& session) {
  const std::uint64_t hint = place.exchange.request().content_length.value_or(0);
  for (;;) {
    const Result<Bytes> piece = co_await place.exchange.read_body();
    if (!piece) {
      co_return broken_off(piece.error());
    }
    if (piece->empty()) {
      co_return std::nullopt;
    }
    co_await append(session, *piece, hint);
  }
}

net::Task<void> OciUploads::append(OciSession& session, Bytes data, std::uint64_t size_hint) {
  session.size += data.size();
  if (session.dropped) {
    co_return;
  }
  if (!session.upload) {
    auto upload = co_await content_.create(cache::Space::oci, size_hint);
    if (!upload) {
      co_return drop(session, upload.error());
    }
    session.upload = *std::move(upload);
  }
  if (const auto taken = co_await session.upload->append(data); !taken) {
    drop(session, taken.error());
  }
}

void OciUploads::drop(OciSession& session, const Error& error) {
  session.upload.reset();
  session.dropped = true;
  log_.warn("a blob is accepted and dropped", {{"adapter", "buildkit"}, {"error", error.message}});
}

net::Task<Answer> OciUploads::finish(const Place& place, OciSession& session,
                                     const Digest& digest) {
  if (session.size == 0) {
    co_await append(session, {}, 0);  // an empty blob is a blob
  }
  if (session.dropped) {
    co_return oci_blob_created(place.repository, digest);
  }
  const cache::BlobRef expected{.digest = digest, .size = session.size};
  const auto stored = co_await session.upload->commit(&expected);
  session.upload.reset();
  if (!stored && stored.error().code == Errc::digest_mismatch) {
    co_return oci_error(400, "DIGEST_INVALID", stored.error().message);
  }
  if (!stored) {
    drop(session, stored.error());
  } else {
    co_await blobs_.add(place.repository, *stored, place.exchange.request());
  }
  co_return oci_blob_created(place.repository, digest);
}

}  // namespace fabrik::adapters
