// MD5 and SHA-1, only to check what a client announces of its body; nothing of ours
// is named by them.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace fabrik {

enum class OldDigest { md5, sha1 };

// Streaming. Not thread-safe; one per stream.
class OldHasher {
 public:
  explicit OldHasher(OldDigest kind);
  ~OldHasher();
  OldHasher(OldHasher&&) noexcept;
  OldHasher& operator=(OldHasher&&) noexcept;

  void update(Bytes data);
  // The raw bytes, 16 or 20. Ends the stream.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fabrik
