#include "config/generate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fs.hpp"
#include "config/keys.hpp"
#include "tests/unit/config/support.hpp"

namespace fabrik::config {
namespace {

using ::testing::HasSubstr;
using testing::load_text;

// Every setting that is commented out, put in.
std::string uncommented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.starts_with("#") && !line.starts_with("# ")) {
      line.erase(0, 1);
    }
    out += line + "\n";
    at = end + 1;
  }
  return out;
}

TEST(Generate, WritesTemplatesThatLoad) {
  for (const std::string name : {"minimal", "project", "server"}) {
    const auto kind = parse_template(name);
    ASSERT_TRUE(kind) << name;
    const auto loaded = load_text(generate(*kind));
    EXPECT_TRUE(loaded) << name << "\n" << loaded.error().message;
  }
  EXPECT_FALSE(parse_template("docs"));
}

TEST(Generate, WritesTemplatesThatLoadWithEverythingUncommented) {
  for (const Template kind : {Template::project, Template::server}) {
    const auto text = uncommented(generate(kind));
    const auto loaded = load_text(text);
    EXPECT_TRUE(loaded) << loaded.error().message << "\n" << text;
  }
}

TEST(Generate, ShowsEveryEffectiveKeyInTheProjectAndEveryKeyInTheServerTemplate) {
  const std::string project = generate(Template::project);
  const std::string server = generate(Template::server);
  for (const Key& key : keys()) {
    const std::string setting =
        "\n#" + std::string(key.name.substr(key.name.rfind('.') + 1)) + " = ";
    const std::string active = "\n" + setting.substr(2);
    if (key.has_effect()) {
      EXPECT_NE(project.find(setting), std::string::npos) << key.name;
    }
    EXPECT_TRUE(server.find(setting) != std::string::npos ||
                server.find(active) != std::string::npos)
        << key.name;
  }
}

TEST(Generate, LeavesTheProjectTemplateAtTheDefaults) {
  const auto loaded = load_text(generate(Template::project));
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->warnings.empty());
  EXPECT_EQ(loaded->config.cache.max_size, Config{}.cache.max_size);
}

TEST(Generate, SetsAndEscapesGivenValues) {
  const std::string dir = "odd \"dir\" \\ with\nnewline = [x]";
  const auto loaded = load_text(generate_with({{"cache.dir", dir}, {"cache.max_size", "7GB"}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.cache.dir, dir);
  EXPECT_EQ(loaded->config.cache.max_size, 7'000'000'000U);
}

TEST(Reference, MentionsEveryKeyAndVariable) {
  const std::string text = reference_markdown();
  for (const Key& key : keys()) {
    EXPECT_THAT(text, HasSubstr("`" + env_name(key.name) + "`"));
    for (const auto variable : words(key.older_env)) {
      EXPECT_THAT(text, HasSubstr("`" + std::string(variable) + "`"));
    }
  }
}

TEST(Reference, IsWhatTheDocumentationHolds) {
  const auto file = read_file(std::filesystem::path(FABRIK_SOURCE_DIR) / "docs/configuration.md");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(*file == reference_markdown())
      << "run: fabrik config generate --template docs > docs/configuration.md";
}

}  // namespace
}  // namespace fabrik::config
