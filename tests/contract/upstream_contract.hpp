// What every upstream::Upstream promises. A test binary instantiates the suite for
// its kind:
//   INSTANTIATE_TEST_SUITE_P(Memory, UpstreamContract, ::testing::Values(factory));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "tests/support/blobs.hpp"
#include "tests/support/string_source.hpp"
#include "upstream/upstream.hpp"

namespace fabrik::testing {

// An upstream that answers, empty, and whatever it needs to live.
class UpstreamHolder {
 public:
  virtual ~UpstreamHolder() = default;
  virtual upstream::Upstream& upstream() = 0;
  // Runs one call to its end.
  virtual void run(net::Task<void> task) = 0;
};

class UpstreamContract
    : public ::testing::TestWithParam<std::function<std::unique_ptr<UpstreamHolder>()>> {
 protected:
  static constexpr upstream::Patience kPatience = std::chrono::seconds(60);

  template <class T>
  T get(net::Task<T> task) {
    std::optional<T> value;
    holder_->run(keep(std::move(task), value));
    return *std::move(value);
  }
  upstream::Upstream& up() { return holder_->upstream(); }

  cache::BlobRef put(const Content& content) {
    const cache::BlobRef blob{.digest = sha256(as_bytes(content)), .size = content.size()};
    StringSource bytes(content);
    const auto stored = get(up().put_blob(blob, bytes, kPatience));
    EXPECT_TRUE(stored) << stored.error().message;
    return blob;
  }
  // nullopt: a miss.
  std::optional<Content> read(const Digest& digest) { return get(read_all(up(), digest)); }

 private:
  template <class T>
  static net::Task<void> keep(net::Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
  }
  static net::Task<std::optional<Content>> read_all(upstream::Upstream& up, const Digest& digest) {
    auto source = co_await up.open(digest, kPatience);
    EXPECT_TRUE(source) << source.error().message;
    if (!source || !*source) {
      co_return std::nullopt;
    }
    Content content;
    for (;;) {
      const auto piece = co_await (*source)->next();
      EXPECT_TRUE(piece) << piece.error().message;
      if (!piece || piece->empty()) {
        EXPECT_EQ(content.size(), (*source)->size());
        co_return content;
      }
      EXPECT_LE(piece->size(), kChunkSize);
      content += as_text(*piece);
    }
  }

  std::unique_ptr<UpstreamHolder> holder_ = GetParam()();
};

inline cache::EntryKey contract_key(std::string key) {
  return {.space = cache::Space::turborepo, .ns = "team", .key = std::move(key)};
}

TEST_P(UpstreamContract, Answers) {
  const auto answered = get(up().probe(kPatience));
  EXPECT_TRUE(answered) << answered.error().message;
  EXPECT_FALSE(up().name().empty());
}

TEST_P(UpstreamContract, GivesBackBlobsOfEverySize) {
  for (const std::size_t size : {0UL, 1UL, 65'537UL, 262'144UL, 262'145UL, 5'242'881UL}) {
    const Content content = random_bytes(size, size);
    EXPECT_EQ(read(put(content).digest), content) << size;
  }
}

TEST_P(UpstreamContract, MissesAreValues) {
  EXPECT_EQ(read(sha256(as_bytes("absent"))), std::nullopt);
  const auto info = get(up().find(contract_key("absent"), kPatience));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_FALSE(info->has_value());
}

TEST_P(UpstreamContract, TellsWhichBlobsAreMissing) {
  std::vector<cache::BlobRef> asked;
  std::vector<cache::BlobRef> absent;
  for (int i = 0; i < 700; ++i) {
    const Content content = "blob " + std::to_string(i);
    cache::BlobRef blob{.digest = sha256(as_bytes(content)), .size = content.size()};
    if (i % 100 == 0) {
      put(content);
    } else {
      absent.push_back(blob);
    }
    asked.push_back(blob);
  }
  const auto missing = get(up().missing(asked, kPatience));
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_EQ(*missing, absent);
  const auto of_none = get(up().missing({}, kPatience));
  ASSERT_TRUE(of_none);
  EXPECT_TRUE(of_none->empty());
}

TEST_P(UpstreamContract, GivesBackEntriesWithAllTheirWriterSaid) {
  const cache::BlobRef blob = put("content");
  cache::EntryInfo info{.blob = blob, .meta = {}, .created = {}};
  info.meta.writer = "uid 1000";
  info.meta.headers = {{"x-artifact-tag", "a=b"}, {"x-artifact-tag", ""}, {"content-type", "t"}};
  const auto stored = get(up().put_entry(contract_key("k"), info, kPatience));
  ASSERT_TRUE(stored) << stored.error().message;
  const auto found = get(up().find(contract_key("k"), kPatience));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->blob, blob);
  EXPECT_EQ((*found)->meta.headers, info.meta.headers);
}

TEST_P(UpstreamContract, TellsEntriesOfDifferentNamesApart) {
  const cache::BlobRef blob = put("content");
  cache::EntryKey key = contract_key(std::string("a/b?c%20\xc3\xa4 \"x\""));
  const cache::EntryInfo info{.blob = blob, .meta = {}, .created = {}};
  ASSERT_TRUE(get(up().put_entry(key, info, kPatience)));
  EXPECT_TRUE(get(up().find(key, kPatience)).value().has_value());
  cache::EntryKey other = key;
  other.ns = "other";
  EXPECT_FALSE(get(up().find(other, kPatience)).value().has_value());
  other = key;
  other.space = cache::Space::gradle;
  EXPECT_FALSE(get(up().find(other, kPatience)).value().has_value());
}

TEST_P(UpstreamContract, ReplacesAnEntry) {
  for (const char* text : {"one", "two"}) {
    const cache::EntryInfo info{.blob = put(text), .meta = {}, .created = {}};
    ASSERT_TRUE(get(up().put_entry(contract_key("k"), info, kPatience)));
  }
  const auto found = get(up().find(contract_key("k"), kPatience));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->blob.digest, sha256(as_bytes("two")));
}

TEST_P(UpstreamContract, TakesNoBytesOfAnotherDigest) {
  for (const std::size_t size : {100UL, 1'000'000UL}) {
    const Content content = random_bytes(size, 5);
    const cache::BlobRef blob{.digest = sha256(as_bytes("other")), .size = size};
    StringSource bytes(content);
    EXPECT_FALSE(get(up().put_blob(blob, bytes, kPatience)));
    EXPECT_EQ(read(blob.digest), std::nullopt);
  }
}

TEST_P(UpstreamContract, StoresNothingOfASourceThatBreaks) {
  const Content content = random_bytes(1'000'000, 6);
  const cache::BlobRef blob{.digest = sha256(as_bytes(content)), .size = content.size()};
  StringSource bytes(content, 600'000);
  EXPECT_FALSE(get(up().put_blob(blob, bytes, kPatience)));
  EXPECT_EQ(read(blob.digest), std::nullopt);
}

}  // namespace fabrik::testing
