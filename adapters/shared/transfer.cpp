#include "adapters/shared/transfer.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxHeaderValue = 4096;
constexpr std::size_t kMaxTool = 100;

// A reader whose first piece has been fetched already.
class PrimedReader final : public cache::EntryReader {
 public:
  PrimedReader(std::unique_ptr<cache::EntryReader> reader, Bytes first)
      : reader_(std::move(reader)), first_(first) {}

  const cache::EntryInfo& info() const override { return reader_->info(); }
  std::uint64_t size() const override { return reader_->size(); }
  net::Task<Result<Bytes>> next() override {
    if (!first_.empty()) {
      co_return std::exchange(first_, Bytes{});
    }
    co_return co_await reader_->next();
  }
  Result<void> seek(std::uint64_t offset) override {
    first_ = {};
    return reader_->seek(offset);
  }

 private:
  std::unique_ptr<cache::EntryReader> reader_;
  Bytes first_;  // valid until reader_->next() is called again
};

// A request's body as it comes.
class PlainBody final : public net::BodySource {
 public:
  explicit PlainBody(net::HttpExchange& exchange) : exchange_(exchange) {}
  std::uint64_t size() const override { return exchange_.request().content_length.value_or(0); }
  net::Task<Result<Bytes>> next() override { return exchange_.read_body(); }

 private:
  net::HttpExchange& exchange_;
};

Answer entry_answer(const cache::EntryInfo& info, std::string_view type) {
  Answer answer;
  answer.response.headers.set("content-type", type);
  for (const auto& [name, value] : info.meta.headers) {
    answer.response.headers.set(name, value);
  }
  return answer;
}

}  // namespace

void Transfer::log_fault(std::string_view step, const cache::EntryKey& key,
                         const Error& error) const {
  log_.warn("cache fault, treated as a miss",
            {{"adapter", adapter_}, {"step", step}, {"key", key.key}, {"error", error.message}});
}

net::Task<std::optional<cache::EntryInfo>> Transfer::stat(const cache::EntryKey& key) {
  Result<std::optional<cache::EntryInfo>> found = co_await cache_.stat(key);
  if (!found) {
    log_fault("look up", key, found.error());
    co_return std::nullopt;
  }
  co_return *std::move(found);
}

net::Task<std::unique_ptr<cache::EntryReader>> Transfer::open(const cache::EntryKey& key,
                                                              cache::Verify verify) {
  Result<std::unique_ptr<cache::EntryReader>> opened = co_await cache_.open(key, verify);
  if (!opened) {
    log_fault("open", key, opened.error());
    co_return nullptr;
  }
  std::unique_ptr<cache::EntryReader> reader = *std::move(opened);
  if (!reader || reader->size() == 0) {
    co_return reader;
  }
  const Result<Bytes> first = co_await reader->next();
  if (!first) {
    log_fault("read", key, first.error());
    co_return nullptr;
  }
  co_return std::make_unique<PrimedReader>(std::move(reader), *first);
}

net::Task<Answer> Transfer::get(const cache::EntryKey& key, cache::Verify verify,
                                std::string_view type, MakeAnswer miss) {
  std::unique_ptr<cache::EntryReader> reader = co_await open(key, verify);
  if (!reader) {
    co_return miss();
  }
  Answer answer = entry_answer(reader->info(), type);
  answer.content = std::move(reader);
  co_return answer;
}

net::Task<Answer> Transfer::head(const cache::EntryKey& key, std::string_view type,
                                 MakeAnswer miss) {
  const std::optional<cache::EntryInfo> info = co_await stat(key);
  if (!info) {
    co_return miss();
  }
  Answer answer = entry_answer(*info, type);
  answer.content = size_only(info->blob.size);
  co_return answer;
}

net::Task<Upload> Transfer::receive(net::HttpExchange& exchange, const cache::EntryKey& key,
                                    cache::IfExists if_exists, StoredHeaders headers) {
  PlainBody body(exchange);
  cache::EntryMeta meta{.writer = exchange.request().peer,
                        .tool = tool_of(exchange.request()),
                        .headers = std::move(headers)};
  co_return co_await receive(body, key, if_exists, std::move(meta));
}

net::Task<Upload> Transfer::receive(net::BodySource& body, const cache::EntryKey& key,
                                    cache::IfExists if_exists, cache::EntryMeta meta) {
  const cache::PutSpec spec{.size_hint = body.size(), .if_exists = if_exists};
  Result<std::unique_ptr<cache::EntryWriter>> writer = co_await cache_.create(key, spec);
  if (!writer) {
    log_fault("create", key, writer.error());
    co_return Upload::dropped;
  }
  for (;;) {
    const Result<Bytes> piece = co_await body.next();
    if (!piece) {
      log_.debug("upload broke off, nothing stored",
                 {{"adapter", adapter_}, {"key", key.key}, {"error", piece.error().message}});
      co_return Upload::incomplete;
    }
    if (piece->empty()) {
      break;
    }
    if (const Result<void> taken = co_await (*writer)->append(*piece); !taken) {
      log_fault("write", key, taken.error());
      co_return Upload::dropped;
    }
  }
  const Result<cache::PutOutcome> outcome = co_await (*writer)->commit(std::move(meta));
  if (!outcome) {
    log_fault("commit", key, outcome.error());
    co_return Upload::dropped;
  }
  switch (*outcome) {
    case cache::PutOutcome::stored:
      co_return Upload::stored;
    case cache::PutOutcome::existed:
      co_return Upload::existed;
    case cache::PutOutcome::dropped:
      break;
  }
  co_return Upload::dropped;
}

net::Task<void> Transfer::erase(const cache::EntryKey& key) {
  if (const Result<bool> erased = co_await cache_.erase(key); !erased) {
    log_fault("erase", key, erased.error());
  }
}

net::Task<Result<std::string>> read_text(net::HttpExchange& exchange, std::size_t limit) {
  PlainBody body(exchange);
  co_return co_await read_text(body, limit);
}

net::Task<Result<std::string>> read_text(net::BodySource& body, std::size_t limit) {
  const auto too_large = [limit] {
    return fail(Errc::too_large, "body is larger than " + std::to_string(limit) + " bytes");
  };
  if (body.size() > limit) {
    co_return too_large();
  }
  std::string text;
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await body.next());
    if (piece.empty()) {
      co_return text;
    }
    if (text.size() + piece.size() > limit) {
      co_return too_large();
    }
    text += as_text(piece);
  }
}

std::string tool_of(const net::Request& request) {
  return std::string(request.headers.get("user-agent").value_or("").substr(0, kMaxTool));
}

StoredHeaders select_headers(const net::Request& request,
                             std::initializer_list<std::string_view> names) {
  StoredHeaders kept;
  for (const std::string_view name : names) {
    const std::optional<std::string_view> value = request.headers.get(name);
    if (value && value->size() <= kMaxHeaderValue) {
      kept.emplace_back(name, *value);
    }
  }
  return kept;
}

}  // namespace fabrik::adapters
