#include "adapters/shared/action_result.hpp"

#include <cstdint>
#include <limits>

#include "adapters/shared/wire_reader.hpp"

namespace fabrik::adapters {
namespace {

using Field = WireReader::Field;
using Type = WireReader::Type;

constexpr std::uint64_t kMaxSize = std::numeric_limits<std::int64_t>::max();

// Field numbers of the messages, as far as they matter here.
namespace result {
enum : std::uint32_t {
  output_files = 2,
  output_directories = 3,
  exit_code = 4,
  stdout_digest = 6,
  stderr_digest = 8,
  last = 12,
};
}
namespace file {
enum : std::uint32_t { path = 1, digest = 2, contents = 5 };
}
namespace directory_output {
enum : std::uint32_t { path = 1, tree_digest = 3, root_directory_digest = 5 };
}
namespace tree {
enum : std::uint32_t { root = 1, children = 2 };
}
namespace directory {
enum : std::uint32_t { files = 1, directories = 2 };
}

std::optional<cache::BlobRef> parse_digest(const Field& field) {
  if (field.type != Type::bytes) {
    return std::nullopt;
  }
  std::string_view hash;
  cache::BlobRef blob;
  WireReader reader(field.bytes);
  while (const auto part = reader.next()) {
    if (part->number == 1 && part->type == Type::bytes) {
      hash = part->text();
    } else if (part->number == 2 && part->type == Type::varint && part->value <= kMaxSize) {
      blob.size = part->value;
    } else {
      return std::nullopt;
    }
  }
  const Result<Digest> digest = Digest::from_hex(hash);
  if (!reader.ok() || !digest) {
    return std::nullopt;
  }
  blob.digest = *digest;
  return blob;
}

bool is_output_path(std::string_view path) {
  return !path.empty() && path.front() != '/';
}

bool add_file(const Field& field, ActionReferences& found) {
  std::optional<cache::BlobRef> digest;
  bool has_path = false;
  bool has_contents = false;
  WireReader reader(field.bytes);
  while (const auto part = reader.next()) {
    if (part->number == file::path) {
      has_path = part->type == Type::bytes && is_output_path(part->text());
    } else if (part->number == file::digest) {
      digest = parse_digest(*part);
    } else if (part->number == file::contents) {
      has_contents = !part->bytes.empty();
    }
  }
  if (!reader.ok() || !has_path || !digest) {
    return false;
  }
  if (!has_contents) {
    found.blobs.push_back(*digest);
  }
  return true;
}

bool add_directory(const Field& field, ActionReferences& found) {
  std::optional<cache::BlobRef> tree_digest;
  std::optional<cache::BlobRef> root_digest;
  bool well_formed = true;
  WireReader reader(field.bytes);
  while (const auto part = reader.next()) {
    if (part->number == directory_output::path) {
      // The working directory itself has an empty path.
      well_formed = well_formed && part->type == Type::bytes && !part->text().starts_with('/');
    } else if (part->number == directory_output::tree_digest) {
      tree_digest = parse_digest(*part);
      well_formed = well_formed && tree_digest.has_value();
    } else if (part->number == directory_output::root_directory_digest) {
      root_digest = parse_digest(*part);
      well_formed = well_formed && root_digest.has_value();
    }
  }
  if (!reader.ok() || !well_formed || (!tree_digest && !root_digest)) {
    return false;
  }
  if (tree_digest) {
    found.trees.push_back({.tree = *tree_digest, .with_directories = root_digest.has_value()});
  }
  if (root_digest) {
    found.blobs.push_back(*root_digest);
  }
  return true;
}

bool add_blob(const Field& field, ActionReferences& found) {
  const std::optional<cache::BlobRef> blob = parse_digest(field);
  if (blob) {
    found.blobs.push_back(*blob);
  }
  return blob.has_value();
}

// One field of an ActionResult; false: it is none.
bool add_result_field(const Field& field, ActionReferences& found) {
  switch (field.number) {
    case result::exit_code:
      return field.type == Type::varint;
    case result::stdout_digest:
    case result::stderr_digest:
      return add_blob(field, found);
    case result::output_files:
      return field.type == Type::bytes && add_file(field, found);
    case result::output_directories:
      return field.type == Type::bytes && add_directory(field, found);
    default:
      return field.type == Type::bytes || field.number > result::last;
  }
}

bool add_nodes(Bytes message, bool with_directories, std::vector<cache::BlobRef>& found) {
  WireReader reader(message);
  while (const auto node = reader.next()) {
    if (node->number != directory::files && node->number != directory::directories) {
      continue;
    }
    std::optional<cache::BlobRef> digest;
    WireReader parts(node->bytes);
    while (const auto part = parts.next()) {
      if (part->number == 2) {
        digest = parse_digest(*part);
      }
    }
    if (!parts.ok() || !digest) {
      return false;
    }
    if (node->number == directory::files || with_directories) {
      found.push_back(*digest);
    }
  }
  return reader.ok();
}

}  // namespace

std::optional<ActionReferences> action_references(Bytes action_result) {
  ActionReferences found;
  bool has_known_field = false;
  WireReader reader(action_result);
  while (const auto field = reader.next()) {
    if (!add_result_field(*field, found)) {
      return std::nullopt;
    }
    has_known_field = has_known_field || field->number <= result::last;
  }
  // Nothing at all parses as well, and says nothing.
  return reader.ok() && has_known_field ? std::optional(std::move(found)) : std::nullopt;
}

std::optional<std::vector<cache::BlobRef>> tree_references(Bytes message, bool with_directories) {
  std::vector<cache::BlobRef> found;
  WireReader reader(message);
  while (const auto field = reader.next()) {
    const bool is_directory = field->number == tree::root || field->number == tree::children;
    if (is_directory &&
        (field->type != Type::bytes || !add_nodes(field->bytes, with_directories, found))) {
      return std::nullopt;
    }
  }
  return reader.ok() ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace fabrik::adapters
