// Uploads that a broken stream left unfinished, so that the client can go on
// (google.bytestream: Write at a write_offset, QueryWriteStatus).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "adapters/shared/zstd_codec.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters::reapi {

// One upload under way.
struct Upload {
  std::unique_ptr<cache::BlobUpload> blob;
  std::optional<ZstdDecoder> decoder;  // the client sends zstd
  std::uint64_t received = 0;          // bytes as the client counts them
};

// By whole resource name: clients use one upload id for many blobs. Thread-safe.
// Keeps the latest few for a while and forgets the others, which clients then
// begin anew.
class Uploads {
 public:
  enum class Claim { granted, busy };

  // The name is the caller's until release(); busy: it is somebody else's.
  Claim claim(const std::string& name);
  // What is kept for a claimed name; nullptr: nothing.
  std::unique_ptr<Upload> take(const std::string& name);
  // How far the owner of a claimed name has come, for received().
  void progress(const std::string& name, std::uint64_t received);
  // Ends the claim and keeps `upload` (nullptr: nothing) for the next one.
  void release(const std::string& name, std::unique_ptr<Upload> upload);
  // nullopt: unknown.
  std::optional<std::uint64_t> received(const std::string& name) const;

 private:
  struct Slot {
    std::unique_ptr<Upload> kept;
    std::uint64_t received = 0;
    bool claimed = false;
    std::chrono::steady_clock::time_point since{};
  };
  void forget_old();

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Slot> slots_;
};

}  // namespace fabrik::adapters::reapi
