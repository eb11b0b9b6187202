#include "adapters/reapi/tree.hpp"

#include <charconv>
#include <deque>
#include <unordered_set>

namespace fabrik::adapters::reapi {
namespace {

constexpr std::uint64_t kPageBytes = 1024 * 1024;
constexpr int kLargestPage = 10'000;
// More than any source tree has; a hostile one must not cost us our memory.
constexpr std::size_t kMostDirectories = 1'000'000;
constexpr std::uint64_t kLargestDirectory = 16 * 1024 * 1024;

// The token is the number of directories that came before.
Result<std::uint64_t> parse_token(const std::string& token) {
  std::uint64_t skip = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), skip);
  if (!token.empty() && (error != std::errc{} || end != token.data() + token.size())) {
    return fail(Errc::invalid_argument, "page_token: this server never gave out such a one");
  }
  return skip;
}

class Walk {
 public:
  Walk(cache::ContentApi& content, cache::BlobRef root) : content_(content) {
    queue_.push_back(root);
    seen_.insert(root.digest);
  }

  // nullopt: the end.
  net::Task<Result<std::optional<rex::Directory>>> next() {
    while (!queue_.empty()) {
      const cache::BlobRef blob = queue_.front();
      queue_.pop_front();
      const bool is_root = !std::exchange(begun_, true);
      if (blob.size > kLargestDirectory) {
        co_return fail(Errc::invalid_argument, "a directory of that size is none");
      }
      FABRIK_CO_TRY(const auto bytes, co_await read_blob(content_, blob));
      rex::Directory directory;
      if (!bytes || !directory.ParseFromString(*bytes)) {
        if (is_root) {
          co_return fail(bytes ? Errc::invalid_argument : Errc::not_found,
                         "root directory " + blob.digest.hex() +
                             (bytes ? " is no Directory message" : " is not in the cache"));
        }
        continue;
      }
      FABRIK_CO_CHECK(add_children(directory));
      co_return directory;
    }
    co_return std::nullopt;
  }

 private:
  Result<void> add_children(const rex::Directory& directory) {
    for (const rex::DirectoryNode& child : directory.directories()) {
      const auto blob = blob_ref(child.digest());
      if (blob && seen_.insert(blob->digest).second) {
        queue_.push_back(*blob);
      }
    }
    if (seen_.size() > kMostDirectories) {
      return fail(Errc::no_space,
                  "the tree has more than " + std::to_string(kMostDirectories) + " directories");
    }
    return {};
  }

  cache::ContentApi& content_;
  std::deque<cache::BlobRef> queue_;
  std::unordered_set<Digest> seen_;
  bool begun_ = false;
};

net::Task<Result<void>> stream_tree(Context& context, net::RpcCall& call) {
  rex::GetTreeRequest request;
  FABRIK_CO_CHECK(co_await read_request(call, request));
  FABRIK_CO_CHECK(context.instances.check(request.instance_name()));
  FABRIK_CO_CHECK(check_function(request.digest_function()));
  FABRIK_CO_TRY(const cache::BlobRef root, blob_ref(request.root_digest()));
  FABRIK_CO_TRY(const std::uint64_t skip, parse_token(request.page_token()));
  if (request.page_size() < 0) {
    co_return fail(Errc::invalid_argument, "page_size is negative");
  }
  const bool paged = request.page_size() > 0;
  const int limit = paged ? std::min(request.page_size(), kLargestPage) : kLargestPage;
  const auto content = context.content.within(request.instance_name());
  Walk walk(*content, root);
  rex::GetTreeResponse page;
  std::uint64_t page_bytes = 0;
  std::uint64_t walked = 0;
  for (;;) {
    FABRIK_CO_TRY(auto directory, co_await walk.next());
    if (!directory) {
      break;
    }
    if (walked++ < skip) {
      continue;
    }
    const std::uint64_t bytes = directory->ByteSizeLong();
    const bool full = page.directories_size() >= limit ||
                      (page.directories_size() > 0 && page_bytes + bytes > kPageBytes);
    if (full && paged) {
      page.set_next_page_token(std::to_string(walked - 1));
      break;
    }
    if (full) {
      if (const auto sent = co_await answer(call, page); !sent.ok()) {
        co_return fail(Errc::cancelled, sent.message);
      }
      page.Clear();
      page_bytes = 0;
    }
    page_bytes += bytes;
    *page.add_directories() = *std::move(directory);
  }
  if (const auto sent = co_await answer(call, page); !sent.ok()) {
    co_return fail(Errc::cancelled, sent.message);
  }
  co_return Result<void>{};
}

}  // namespace

net::Task<net::RpcStatus> get_tree(Context& context, net::RpcCall& call) {
  const Result<void> done = co_await stream_tree(context, call);
  co_return done ? net::RpcStatus{} : to_status(done.error());
}

}  // namespace fabrik::adapters::reapi
