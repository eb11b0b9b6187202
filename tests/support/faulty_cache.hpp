// A CacheApi in front of another one that fails where it is told to.
#pragma once

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cache/cache_api.hpp"

namespace fabrik::testing {

enum class Step { none, stat, open, next, create, append, commit, erase };
enum class Fault { error, exception };

inline constexpr Step kAllSteps[] = {Step::stat,   Step::open,   Step::next, Step::create,
                                     Step::append, Step::commit, Step::erase};

inline std::string_view name(Step step) {
  constexpr std::string_view kNames[] = {"none",   "stat",   "open",   "next",
                                         "create", "append", "commit", "erase"};
  return kNames[static_cast<std::size_t>(step)];
}

class FaultyCache final : public cache::CacheApi {
 public:
  explicit FaultyCache(cache::CacheApi& inner) : inner_(inner) {}

  // The `skip`+1st call of `step` and all later ones fail.
  void fail_at(Step step, Fault fault = Fault::error, int skip = 0) {
    step_ = step;
    fault_ = fault;
    skip_ = skip;
  }
  int faults() const { return faults_; }

  net::Task<Result<std::optional<cache::EntryInfo>>> stat(const cache::EntryKey& key) override {
    FABRIK_CO_CHECK(maybe(Step::stat));
    co_return co_await inner_.stat(key);
  }
  net::Task<Result<std::unique_ptr<cache::EntryReader>>> open(const cache::EntryKey& key,
                                                              cache::Verify verify) override {
    FABRIK_CO_CHECK(maybe(Step::open));
    FABRIK_CO_TRY(auto reader, co_await inner_.open(key, verify));
    if (!reader) {
      co_return nullptr;
    }
    co_return std::make_unique<Reader>(*this, std::move(reader));
  }
  net::Task<Result<std::unique_ptr<cache::EntryWriter>>> create(const cache::EntryKey& key,
                                                                cache::PutSpec spec) override {
    FABRIK_CO_CHECK(maybe(Step::create));
    FABRIK_CO_TRY(auto writer, co_await inner_.create(key, spec));
    co_return std::make_unique<Writer>(*this, std::move(writer));
  }
  net::Task<Result<bool>> erase(const cache::EntryKey& key) override {
    FABRIK_CO_CHECK(maybe(Step::erase));
    co_return co_await inner_.erase(key);
  }

 private:
  class Reader final : public cache::EntryReader {
   public:
    Reader(FaultyCache& owner, std::unique_ptr<cache::EntryReader> inner)
        : owner_(owner), inner_(std::move(inner)) {}
    const cache::EntryInfo& info() const override { return inner_->info(); }
    std::uint64_t size() const override { return inner_->size(); }
    net::Task<Result<Bytes>> next() override {
      FABRIK_CO_CHECK(owner_.maybe(Step::next));
      co_return co_await inner_->next();
    }
    Result<void> seek(std::uint64_t offset) override { return inner_->seek(offset); }

   private:
    FaultyCache& owner_;
    std::unique_ptr<cache::EntryReader> inner_;
  };

  class Writer final : public cache::EntryWriter {
   public:
    Writer(FaultyCache& owner, std::unique_ptr<cache::EntryWriter> inner)
        : owner_(owner), inner_(std::move(inner)) {}
    net::Task<Result<void>> append(Bytes data) override {
      FABRIK_CO_CHECK(owner_.maybe(Step::append));
      co_return co_await inner_->append(data);
    }
    net::Task<Result<cache::PutOutcome>> commit(cache::EntryMeta meta) override {
      FABRIK_CO_CHECK(owner_.maybe(Step::commit));
      co_return co_await inner_->commit(std::move(meta));
    }

   private:
    FaultyCache& owner_;
    std::unique_ptr<cache::EntryWriter> inner_;
  };

  Result<void> maybe(Step step) {
    if (step != step_ || skip_-- > 0) {
      return {};
    }
    ++faults_;
    if (fault_ == Fault::exception) {
      throw std::runtime_error("injected exception");
    }
    return fail(Errc::io, "injected fault");
  }

  cache::CacheApi& inner_;
  Step step_ = Step::none;
  Fault fault_ = Fault::error;
  int skip_ = 0;
  int faults_ = 0;
};

}  // namespace fabrik::testing
