#include "auth/key_set.hpp"

#include <nlohmann/json.hpp>

#include "auth/base64url.hpp"
#include "base/fs.hpp"

namespace fabrik::auth {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kLargestFile = 1024 * 1024;

std::string text(const json& key, const char* name) {
  const auto found = key.find(name);
  return found != key.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string number(const json& key, const char* name) {
  return decode_base64url(text(key, name)).value_or("");
}

// RFC 7517 4.2, 4.3: what is not said may be anything.
bool is_for_signatures(const json& key) {
  const auto operations = key.find("key_ops");
  const bool verifies =
      operations == key.end() ||
      (operations->is_array() &&
       std::ranges::any_of(*operations, [](const json& one) { return one == "verify"; }));
  return verifies && (!key.contains("use") || text(key, "use") == "sig");
}

Result<VerificationKey> key_of(const json& key) {
  if (text(key, "kty") == "RSA") {
    return VerificationKey::from_rsa(as_bytes(number(key, "n")), as_bytes(number(key, "e")));
  }
  if (text(key, "kty") == "EC" && text(key, "crv") == "P-256") {
    return VerificationKey::from_p256(as_bytes(number(key, "x")), as_bytes(number(key, "y")));
  }
  return fail(Errc::invalid_argument, "use a public key: its kind is not understood");
}

Result<VerificationKey> read_pem(const fs::path& path, const std::string& content) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (const auto first = content.find(kBegin);
      first != std::string::npos && content.find(kBegin, first + 1) != std::string::npos) {
    return fail(Errc::invalid_argument,
                "read the public key in " + path.string() +
                    ": there is more than one; put each into a file of its own in one directory");
  }
  auto key = VerificationKey::from_pem(content);
  if (!key) {
    return fail(std::move(key).error().with_context(path.string()));
  }
  return key;
}

}  // namespace

KeySet KeySet::of_one(VerificationKey key) {
  KeySet set;
  set.nameless_ = std::move(key);
  return set;
}

Result<KeySet> KeySet::from_jwks(std::string_view json_text) {
  const json document = json::parse(json_text, nullptr, false);
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
    return fail(Errc::invalid_argument, "read a set of public keys: it is no JSON Web Key Set");
  }
  KeySet set;
  for (const json& one : document["keys"]) {
    if (!one.is_object() || !is_for_signatures(one)) {
      continue;
    }
    const auto key = key_of(one);
    if (!key || (one.contains("alg") && text(one, "alg") != key->algorithm())) {
      continue;  // somebody else's: RFC 7517 5
    }
    if (!set.keys_.emplace(text(one, "kid"), *key).second) {
      return fail(Errc::invalid_argument,
                  "read a set of public keys: two have the id \"" + text(one, "kid") + "\"");
    }
  }
  if (set.keys_.empty()) {
    return fail(Errc::invalid_argument,
                "read a set of public keys: none of them is for RS256 or ES256 signatures");
  }
  return set;
}

Result<KeySet> KeySet::from_path(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    FABRIK_TRY(const std::string content, read_file(path, kLargestFile));
    const auto first = content.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && content[first] == '{') {
      return from_jwks(content);
    }
    FABRIK_TRY(VerificationKey key, read_pem(path, content));
    return of_one(std::move(key));
  }
  KeySet set;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    const std::string id = entry.path().stem().string();
    if (!entry.is_regular_file(error) || id.starts_with('.')) {
      continue;
    }
    FABRIK_TRY(const std::string content, read_file(entry.path(), kLargestFile));
    FABRIK_TRY(VerificationKey key, read_pem(entry.path(), content));
    if (!set.keys_.emplace(id, std::move(key)).second) {
      return fail(Errc::invalid_argument,
                  "read the keys in " + path.string() + ": two files are named " + id);
    }
  }
  if (set.keys_.empty()) {
    return fail(Errc::not_found, "read the keys in " + path.string() + ": there are none");
  }
  return set;
}

const VerificationKey* KeySet::find(const std::optional<std::string>& id) const {
  if (nameless_) {
    return &*nameless_;
  }
  const auto found = id ? keys_.find(*id) : keys_.size() == 1 ? keys_.begin() : keys_.end();
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace fabrik::auth
