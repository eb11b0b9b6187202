#include "adapters/reapi/action_cache.hpp"

#include <algorithm>

#include "adapters/shared/action_result.hpp"
#include "adapters/shared/completeness.hpp"

namespace fabrik::adapters::reapi {
namespace {

constexpr std::uint64_t kLargestResult = 16 * 1024 * 1024;
// Data that is put into an answer, as bazel-remote does; clients receive 4 MiB.
constexpr std::uint64_t kInlineBudget = 3 * 1024 * 1024;

std::unexpected<Error> miss(const cache::EntryKey& key) {
  return fail(Errc::not_found, "no usable result of action " + key.key + " is in the cache");
}

template <class Request>
Result<cache::EntryKey> key_of(const Context& context, const Request& request) {
  FABRIK_CHECK(context.instances.check(request.instance_name()));
  FABRIK_CHECK(check_function(request.digest_function()));
  FABRIK_TRY(const cache::BlobRef action, blob_ref(request.action_digest()));
  // Without the size, which clients of the HTTP protocol do not know.
  return cache::EntryKey{
      .space = cache::Space::bazel, .ns = request.instance_name(), .key = action.digest.hex()};
}

bool is_action_result(const cache::EntryInfo& info) {
  return std::ranges::any_of(info.meta.headers, [](const auto& header) {
    return header.first == "content-type" && header.second == kActionResultType;
  });
}

Result<void> check_path(const std::string& path, bool may_be_empty) {
  if (path.empty() && may_be_empty) {
    return {};
  }
  if (path.empty() || path.front() == '/') {
    return fail(Errc::invalid_argument,
                "output path \"" + path + "\": it must be relative and not empty");
  }
  return {};
}

Result<void> check_digest(bool present, const rex::Digest& digest) {
  if (present) {
    FABRIK_CHECK(blob_ref(digest));
  }
  return {};
}

// Moves data that stands in a result into the store. False: it stays where it is.
net::Task<bool> move_out(cache::ContentApi& content, const cache::WriteOrigin& origin,
                         const std::string& data, rex::Digest& digest) {
  const cache::BlobRef blob{.digest = sha256(as_bytes(data)), .size = data.size()};
  if (!digest.hash().empty()) {
    const auto announced = blob_ref(digest);
    if (!announced || *announced != blob) {
      co_return false;
    }
  }
  const Result<void> stored = co_await store_blob(content, blob, data, origin);
  if (stored) {
    put_digest(blob, digest);
  }
  co_return stored.has_value();
}

// What fits into an answer.
class Inliner {
 public:
  Inliner(cache::ContentApi& content, std::uint64_t budget) : content_(content), left_(budget) {}

  // nullopt: no room for it, or it is not there.
  net::Task<Result<std::optional<std::string>>> load(const rex::Digest& digest) {
    const auto blob = blob_ref(digest);
    if (!blob || blob->size > left_) {
      co_return std::nullopt;
    }
    FABRIK_CO_TRY(auto bytes, co_await read_blob(content_, *blob));
    left_ -= bytes ? bytes->size() : 0;
    co_return bytes;
  }

 private:
  cache::ContentApi& content_;
  std::uint64_t left_;
};

}  // namespace

Result<void> check_outputs(const rex::ActionResult& result) {
  for (const rex::OutputFile& file : result.output_files()) {
    FABRIK_CHECK(check_path(file.path(), false));
    FABRIK_CHECK(check_digest(file.contents().empty() || file.has_digest(), file.digest()));
  }
  for (const rex::OutputDirectory& directory : result.output_directories()) {
    FABRIK_CHECK(check_path(directory.path(), true));
    FABRIK_CHECK(check_digest(directory.has_tree_digest() || !directory.has_root_directory_digest(),
                              directory.tree_digest()));
    FABRIK_CHECK(
        check_digest(directory.has_root_directory_digest(), directory.root_directory_digest()));
  }
  for (const auto* symlinks : {&result.output_symlinks(), &result.output_file_symlinks(),
                               &result.output_directory_symlinks()}) {
    for (const rex::OutputSymlink& symlink : *symlinks) {
      FABRIK_CHECK(check_path(symlink.path(), false));
    }
  }
  FABRIK_CHECK(check_digest(result.has_stdout_digest(), result.stdout_digest()));
  return check_digest(result.has_stderr_digest(), result.stderr_digest());
}

net::Task<net::RpcStatus> ActionCache::handle(std::string_view method, net::RpcCall& call) {
  if (method == "GetActionResult") {
    co_return co_await unary<rex::GetActionResultRequest, rex::ActionResult>(
        call, [this](const auto& request, auto& result) { return get(request, result); });
  }
  if (method == "UpdateActionResult") {
    co_return co_await unary<rex::UpdateActionResultRequest, rex::ActionResult>(
        call,
        [this, &call](const auto& request, auto& result) { return update(call, request, result); });
  }
  co_return net::unimplemented(method);
}

// --- GetActionResult ---------------------------------------------------------

net::Task<Result<void>> ActionCache::get(const rex::GetActionResultRequest& request,
                                         rex::ActionResult& result) {
  FABRIK_CO_TRY(const cache::EntryKey key, key_of(context_, request));
  const auto content = context_.content.within(key.ns);
  FABRIK_CO_TRY(const auto bytes, co_await load(key));
  if (!bytes) {
    co_return miss(key);
  }
  const auto references = action_references(as_bytes(*bytes));
  bool usable = references && result.ParseFromString(*bytes);
  if (usable) {
    FABRIK_CO_TRY(usable, co_await is_complete(*content, *references));
  }
  if (!usable) {
    FABRIK_CO_CHECK(co_await context_.cache.erase(key));
    co_return miss(key);
  }
  co_return co_await put_inline(*content, request, result);
}

net::Task<Result<std::optional<std::string>>> ActionCache::load(const cache::EntryKey& key) {
  FABRIK_CO_TRY(const auto entry, co_await context_.cache.open(key, cache::Verify::whole_first));
  if (!entry || !is_action_result(entry->info()) || entry->size() > kLargestResult) {
    co_return std::nullopt;
  }
  std::string bytes;
  for (;;) {
    const Result<Bytes> piece = co_await entry->next();
    if (!piece) {
      co_return std::nullopt;  // damaged and dropped
    }
    if (piece->empty()) {
      co_return bytes;
    }
    bytes += as_text(*piece);
  }
}

net::Task<Result<void>> ActionCache::put_inline(cache::ContentApi& content,
                                                const rex::GetActionResultRequest& request,
                                                rex::ActionResult& result) {
  const std::uint64_t already = result.ByteSizeLong();
  Inliner inliner(content, already < kInlineBudget ? kInlineBudget - already : 0);
  if (request.inline_stdout() && result.has_stdout_digest() && result.stdout_raw().empty()) {
    FABRIK_CO_TRY(auto bytes, co_await inliner.load(result.stdout_digest()));
    result.set_stdout_raw(std::move(bytes).value_or(""));
  }
  if (request.inline_stderr() && result.has_stderr_digest() && result.stderr_raw().empty()) {
    FABRIK_CO_TRY(auto bytes, co_await inliner.load(result.stderr_digest()));
    result.set_stderr_raw(std::move(bytes).value_or(""));
  }
  for (rex::OutputFile& file : *result.mutable_output_files()) {
    const auto& wanted = request.inline_output_files();
    if (file.contents().empty() && std::ranges::find(wanted, file.path()) != wanted.end()) {
      FABRIK_CO_TRY(auto bytes, co_await inliner.load(file.digest()));
      file.set_contents(std::move(bytes).value_or(""));
    }
  }
  co_return Result<void>{};
}

// --- UpdateActionResult ------------------------------------------------------

net::Task<Result<void>> ActionCache::update(net::RpcCall& call,
                                            const rex::UpdateActionResultRequest& request,
                                            rex::ActionResult& result) {
  FABRIK_CO_TRY(const cache::EntryKey key, key_of(context_, request));
  if (!request.has_action_result()) {
    co_return fail(Errc::invalid_argument, "action_result is missing");
  }
  FABRIK_CO_CHECK(check_outputs(request.action_result()));
  result = request.action_result();
  const cache::WriteOrigin origin = origin_of(call);
  const auto content = context_.content.within(key.ns);
  co_await take_inline(*content, origin, result);
  if (result.ByteSizeLong() == 0) {
    // No bytes at all would read as "no result" elsewhere.
    result.mutable_execution_metadata()->set_worker("unknown");
  }
  cache::EntryMeta meta = meta_of(origin);
  meta.headers = {{"content-type", std::string(kActionResultType)}};
  co_return co_await store(key, result, std::move(meta));
}

net::Task<void> ActionCache::take_inline(cache::ContentApi& content,
                                         const cache::WriteOrigin& origin,
                                         rex::ActionResult& result) {
  if (!result.stdout_raw().empty() &&
      co_await move_out(content, origin, result.stdout_raw(), *result.mutable_stdout_digest())) {
    result.clear_stdout_raw();
  }
  if (!result.stderr_raw().empty() &&
      co_await move_out(content, origin, result.stderr_raw(), *result.mutable_stderr_digest())) {
    result.clear_stderr_raw();
  }
  for (rex::OutputFile& file : *result.mutable_output_files()) {
    if (!file.contents().empty() &&
        co_await move_out(content, origin, file.contents(), *file.mutable_digest())) {
      file.clear_contents();
    }
  }
}

net::Task<Result<void>> ActionCache::store(const cache::EntryKey& key,
                                           const rex::ActionResult& result, cache::EntryMeta meta) {
  const std::string bytes = result.SerializeAsString();
  if (bytes.size() > kLargestResult) {
    co_return fail(Errc::too_large, "an action result of " + std::to_string(bytes.size()) +
                                        " bytes is more than clients could receive");
  }
  FABRIK_CO_TRY(const auto writer,
                co_await context_.cache.create(key, {.size_hint = bytes.size()}));
  std::string_view rest = bytes;
  while (!rest.empty()) {
    FABRIK_CO_CHECK(co_await writer->append(as_bytes(rest.substr(0, kChunkSize))));
    rest.remove_prefix(std::min(rest.size(), kChunkSize));
  }
  // Dropped for lack of space: a miss later, which no build notices.
  FABRIK_CO_CHECK(co_await writer->commit(std::move(meta)));
  co_return Result<void>{};
}

}  // namespace fabrik::adapters::reapi
