// Takes one blob in: small ones are collected in memory, larger ones go to a
// temporary file, hashed on the way.
#pragma once

#include <memory>
#include <string>

#include "base/digest.hpp"
#include "cache/blob_check.hpp"
#include "cache/blob_file_writer.hpp"
#include "cache/blob_index.hpp"
#include "cache/room.hpp"
#include "cache/store.hpp"

namespace fabrik::cache {

class RocksBlobWriter final : public BlobWriter {
 public:
  struct Parts {
    Room& room;
    BlobFiles& files;
    BlobIndex& index;
    VerifiedFiles& verified;
  };
  RocksBlobWriter(Parts parts, std::uint64_t size_hint, Packing packing);

  void hash(Bytes data) override { hasher_.update(data); }
  Result<void> keep(Bytes data) override;
  Result<BlobRef> commit(const Digest* expected) override;

 private:
  Result<void> take(Bytes data);
  // `next`: the bytes that come after those in memory.
  Result<void> spill(Bytes next);
  Result<void> publish(const Digest& digest);
  Result<void> reserve(std::uint64_t bytes);

  Parts p_;
  const std::uint64_t size_hint_;
  Room::Reservation room_;
  Hasher hasher_;  // hash() touches nothing but this, keep() all but this
  std::uint64_t size_ = 0;
  std::unique_ptr<Packer> packer_;      // none: nothing is compressed
  std::string small_;                   // the bytes so far, while they fit inline
  std::optional<BlobFileWriter> file_;  // once they do not
  std::uint64_t reserved_ = 0;
  std::optional<Error> failed_;  // what went wrong; nothing is stored any more
};

}  // namespace fabrik::cache
