#include "config/file_settings.hpp"

#include <algorithm>
#include <set>

#include "config/privilege.hpp"
#include "config/toml_reader.hpp"

namespace fabrik::config {
namespace {

// No chain of caches is longer; each costs memory and checks.
constexpr std::size_t kMaxUpstreams = 64;

std::string suggestion(std::string_view name) {
  const auto best = nearest_name(name);
  return best ? " (did you mean " + quote(*best) + "?)" : "";
}

class FileSettings {
 public:
  FileSettings(const Source& source, const Env& env, Trust trust, Resolved& out, Problems& problems,
               const TomlDocument& document)
      : source_(source),
        env_(env),
        trust_(trust),
        out_(out),
        problems_(problems),
        document_(document) {}

  void read() {
    for (std::size_t i = 0; i < document_.size() && !problems_.full(); ++i) {
      const std::string& name = document_.name(i);
      // What is in a section nobody knows is not worth a line each.
      if (unknown_.empty() || !name.starts_with(unknown_)) {
        read_node(i, canonical_name(name));
      }
    }
  }

 private:
  using Kind = RawValue::Kind;

  void report(std::size_t index, std::string message) {
    problems_.in_file(document_.position(index), std::move(message));
  }

  void read_node(std::size_t index, const std::string& name) {
    const Kind kind = document_.value(index).kind;
    if (const Key* key = find_key(name)) {
      read_value(index, name, *key);
    } else if (name == "upstream") {
      check_upstreams(index);
    } else if (is_section(name)) {
      if (kind != Kind::table) {
        report(index, quote(name) + " is a section; write [" + name + "] and its keys below");
        unknown_ = document_.name(index) + ".";
      } else if (name.starts_with("upstream.")) {
        check_url(index);
      }
    } else {
      report_unknown(index, name);
    }
  }

  void report_unknown(std::size_t index, const std::string& name) {
    const Kind kind = document_.value(index).kind;
    const bool section = kind == Kind::table || kind == Kind::tables;
    const bool tool = name.starts_with("build_tools.") && std::ranges::count(name, '.') == 1;
    report(index, std::string("unknown ") +
                      (section && tool ? "build tool "
                       : section       ? "section "
                                       : "key ") +
                      quote(name) + suggestion(name));
    unknown_ = document_.name(index) + ".";
  }

  void check_upstreams(std::size_t index) {
    const RawValue& raw = document_.value(index);
    const bool none = raw.kind == Kind::strings && raw.strings.empty();
    if (raw.kind != Kind::tables && !none) {
      report(index, "\"upstream\" is a list of sections; write [[upstream]] and its keys below");
      unknown_ = "upstream.";
    }
  }

  void check_url(std::size_t index) {
    const std::string& name = document_.name(index);
    if (std::stoul(name.substr(name.rfind('.') + 1)) >= kMaxUpstreams) {
      report(index, "there are more than " + std::to_string(kMaxUpstreams) + " upstreams");
      unknown_ = "upstream.";
      return;
    }
    for (std::size_t i = index + 1; i < document_.size(); ++i) {
      if (!document_.name(i).starts_with(name + ".")) {
        break;
      }
      if (document_.name(i) == name + ".url") {
        return;
      }
    }
    if (!env_.non_empty(env_name(name + ".url"))) {
      report(index, quote(name) + " has no url; write url = \"grpc://HOST:PORT\" below it");
    }
  }

  void read_value(std::size_t index, const std::string& name, const Key& key) {
    const RawValue& raw = document_.value(index);
    auto value = from_toml(key, raw);
    if (!value) {
      report(index, bad_value(key, name, raw.shown, value.error().message));
      unknown_ = document_.name(index) + ".";
      return;
    }
    if (!seen_.insert(name).second) {
      report(index, quote(name) + " is set twice, here as " + quote(document_.name(index)));
      return;
    }
    expand_home(key, env_, *value);
    if (trust_ == Trust::restricted && is_privileged(key, *value, source_, env_)) {
      out_.ignored_keys.push_back(name);
      return;
    }
    const std::string origin =
        source_.path.string() + ":" + std::to_string(document_.position(index).line);
    out_.settings.insert_or_assign(name, Setting{&key, std::move(*value), raw.shown, origin});
  }

  const Source& source_;
  const Env& env_;
  Trust trust_;
  Resolved& out_;
  Problems& problems_;
  const TomlDocument& document_;
  std::set<std::string> seen_;
  std::string unknown_;  // names that start so are below something reported already
};

}  // namespace

std::string bad_value(const Key& key, std::string_view name, std::string_view shown,
                      std::string_view why) {
  std::string text(key.secret ? "..." : shown);
  if (text.size() > 200) {
    text.resize(200);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) {
      text.pop_back();  // not in the middle of a character
    }
    text += "...";
  }
  return std::string(name) + " = " + text + ": " + std::string(why);
}

void expand_home(const Key& key, const Env& env, Value& value) {
  const auto home = env.non_empty("HOME");
  auto* text = std::get_if<std::string>(&value);
  if (key.type == Type::path && home && text != nullptr && text->starts_with("~/")) {
    text->replace(0, 1, *home);
  }
}

Result<void> add_file(const Source& source, const Env& env, Trust trust, Resolved& out,
                      Problems& problems) {
  FABRIK_TRY(const TomlDocument document,
             TomlDocument::parse(source.path.string(), source.content));
  FileSettings(source, env, trust, out, problems, document).read();
  return {};
}

}  // namespace fabrik::config
