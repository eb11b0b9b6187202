// Short ways to put blobs and entries into a store and to read them back.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>

#include "cache/store.hpp"

namespace fabrik::testing {

// A string whose failed comparisons do not fill the screen.
class Content : public std::string {
 public:
  using std::string::string;
  Content(std::string bytes) : std::string(std::move(bytes)) {}  // NOLINT: like a string
};
inline void PrintTo(const Content& content, std::ostream* out) {
  *out << content.size() << " bytes, SHA-256 " << sha256(as_bytes(content)).hex().substr(0, 8);
}

// Bytes that do not compress, the same for the same seed.
inline Content random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Content bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    __builtin_memcpy(bytes.data() + i, &word, std::min(sizeof word, size - i));
  }
  return bytes;
}

inline cache::EntryKey key(std::string name) {
  return {.space = cache::Space::gradle, .ns = "", .key = std::move(name)};
}

// Written in pieces of `step` bytes.
inline Result<cache::BlobRef> put_blob(cache::Store& store, std::string_view content,
                                       std::size_t step = 100'000) {
  FABRIK_TRY(const auto writer, store.create(0));
  for (std::size_t at = 0; at < content.size(); at += step) {
    FABRIK_CHECK(writer->append(as_bytes(content.substr(at, step))));
  }
  return writer->commit();
}

inline Result<cache::PutOutcome> put_entry(cache::Store& store, const std::string& name,
                                           std::string_view content,
                                           cache::IfExists if_exists = cache::IfExists::replace) {
  FABRIK_TRY(const auto blob, put_blob(store, content));
  return store.put(key(name), blob, {.writer = "test", .headers = {}}, if_exists);
}

inline Result<Content> drain(cache::BlobReader& reader) {
  Content content;
  for (;;) {
    FABRIK_TRY(const Bytes piece, reader.next());
    if (piece.empty()) {
      return content;
    }
    EXPECT_LE(piece.size(), kChunkSize);
    content += as_text(piece);
  }
}

// nullopt: a miss, at whichever point it showed.
inline std::optional<Content> get_blob(cache::Store& store, const Digest& digest,
                                       cache::Verify verify = cache::Verify::while_reading) {
  const auto reader = store.open(digest, verify);
  EXPECT_TRUE(reader) << reader.error().message;
  if (!reader || !*reader) {
    return std::nullopt;
  }
  auto content = drain(**reader);
  if (!content) {
    EXPECT_EQ(content.error().code, Errc::corrupt) << content.error().message;
    return std::nullopt;
  }
  return *std::move(content);
}

inline std::optional<Content> get_entry(cache::Store& store, const std::string& name,
                                        cache::Verify verify = cache::Verify::while_reading) {
  const auto info = store.find(key(name));
  EXPECT_TRUE(info) << info.error().message;
  if (!info || !*info) {
    return std::nullopt;
  }
  return get_blob(store, (*info)->blob.digest, verify);
}

}  // namespace fabrik::testing
