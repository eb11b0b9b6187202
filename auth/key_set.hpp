// The keys that tokens may be signed with, by their ids.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auth/verification_key.hpp"
#include "base/result.hpp"

namespace fabrik::auth {

class KeySet {
 public:
  // One key for whatever id a token names.
  static KeySet of_one(VerificationKey key);
  // A JSON Web Key Set (RFC 7517 5). Keys of other kinds and for other uses are left out.
  // invalid_argument: no JSON, two keys with one id, or none that can be used.
  static Result<KeySet> from_jwks(std::string_view json);
  // A PEM file with one key, a file with a JWKS, or a directory of PEM files, whose
  // names without their extension are the ids.
  static Result<KeySet> from_path(const std::filesystem::path& path);

  // The id is a name to look up and nothing else. Without one: the only key there is.
  const VerificationKey* find(const std::optional<std::string>& id) const;
  // Whether the key stands for whatever id a token names.
  bool nameless() const { return nameless_.has_value(); }
  std::size_t size() const { return nameless_ ? 1 : keys_.size(); }

 private:
  std::optional<VerificationKey> nameless_;
  std::map<std::string, VerificationKey, std::less<>> keys_;
};

}  // namespace fabrik::auth
