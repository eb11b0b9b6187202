#include "config/keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace fabrik::config {
namespace {

std::string concrete(const Key& key) {
  std::string name(key.name);
  if (const auto star = name.find('*'); star != std::string::npos) {
    name.replace(star, 1, name.starts_with("upstream") ? "0" : "vite-plus");
  }
  return name;
}

TEST(Keys, HaveUniqueNamesAndVariables) {
  std::set<std::string> names;
  std::set<std::string> variables;
  for (const Key& key : keys()) {
    EXPECT_TRUE(names.insert(std::string(key.name)).second) << key.name;
    EXPECT_TRUE(variables.insert(env_name(key.name)).second) << key.name;
    for (const auto variable : words(key.older_env)) {
      EXPECT_TRUE(variables.insert(std::string(variable)).second) << variable;
    }
  }
}

TEST(Keys, DescribeThemselves) {
  for (const Key& key : keys()) {
    EXPECT_FALSE(key.help.empty()) << key.name;
    EXPECT_FALSE(key.help.ends_with('.')) << key.name;
    EXPECT_FALSE(key.help.front() >= 'a' && key.help.front() <= 'z') << key.name;
    EXPECT_FALSE(describe(key).empty()) << key.name;
    const bool free_list = key.name == "build_tools.bazel.instances";  // patterns of names
    const bool needs_choices = key.type == Type::choice || (key.type == Type::list && !free_list) ||
                               key.type == Type::url || key.type == Type::parts ||
                               key.type == Type::quotas;
    EXPECT_EQ(!key.choices.empty(), needs_choices) << key.name;
  }
}

TEST(Keys, HaveDefaultsThatAreValid) {
  for (const Key& key : keys()) {
    if (!key.default_text.empty()) {
      const auto value = from_text(key, key.default_text);
      EXPECT_TRUE(value) << key.name << ": " << value.error().message;
    }
  }
}

TEST(Keys, NameEverySectionOfTheContract) {
  for (const std::string name :
       {"cache", "upstream", "upstream.0", "auth", "build_tools", "build_tools.gradle", "daemon",
        "fabrik", "observability", "runtime", "p2p", "tls"}) {
    EXPECT_TRUE(is_section(name)) << name;
  }
  for (const std::string name : {"", "cach", "cache.dir", "upstream.x", "upstream.00",
                                 "build_tools.gradel", "upstream.*", "*", "upstream."}) {
    EXPECT_FALSE(is_section(name)) << name;
  }
}

TEST(Keys, AreFoundByConcreteName) {
  for (const Key& key : keys()) {
    EXPECT_EQ(find_key(concrete(key)), &key) << key.name;
    EXPECT_EQ(instance_of(key, concrete(key)).empty(), !key.is_pattern());
    if (key.is_pattern()) {
      EXPECT_EQ(find_key(key.name), nullptr) << "a pattern is no name";
    }
  }
  EXPECT_EQ(find_key("upstream.-1.url"), nullptr);
  EXPECT_EQ(find_key("upstream..url"), nullptr);
  EXPECT_EQ(find_key("upstream.0.url.x"), nullptr);
  EXPECT_EQ(find_key("build_tools.gradel.port"), nullptr);
  EXPECT_EQ(find_key("build_tools.enabled"),
            &*std::ranges::find(keys(), "build_tools.enabled", &Key::name));
}

TEST(Keys, AreFoundByTheNestedVariable) {
  for (const Key& key : keys()) {
    std::string variable = env_name(concrete(key));
    EXPECT_EQ(key_of_variable(variable, false), concrete(key)) << variable;
    EXPECT_EQ(key_of_variable(variable + "X", false), std::nullopt);
  }
  EXPECT_EQ(env_name("cache.max_size"), "FABRIK_CONFIG_CACHE_MAX_SIZE");
  EXPECT_EQ(env_name("upstream.0.url"), "FABRIK_CONFIG_UPSTREAM_0_URL");
  EXPECT_EQ(key_of_variable("FABRIK_CONFIG_BUILD_SYSTEMS_ENABLED", false), "build_tools.enabled");
  EXPECT_EQ(key_of_variable("FABRIK_CONFIG_UPSTREAM_X_URL", false), std::nullopt);
}

TEST(Keys, AreFoundByEveryOlderVariable) {
  for (const Key& key : keys()) {
    for (const auto variable : words(key.older_env)) {
      const auto name = key_of_variable(variable, true);
      ASSERT_TRUE(name) << variable;
      EXPECT_EQ(find_key(*name), &key) << variable;
    }
  }
  EXPECT_EQ(key_of_variable("FABRIK_CONFIG_MAX_CACHE_SIZE", true), "cache.max_size");
  EXPECT_EQ(key_of_variable("FABRIK_CONFIG_BUILD_SYSTEMS", true), "build_tools.enabled");
}

TEST(Keys, ChooseToolsFromTheListOfTools) {
  const Key* enabled = find_key("build_tools.enabled");
  std::string known;
  for (const Tool& tool : tools()) {
    known += (known.empty() ? "" : " ") + std::string(tool.name);
  }
  EXPECT_EQ(enabled->choices, known);
  EXPECT_EQ(std::get<std::vector<std::string>>(*from_text(*enabled, enabled->default_text)),
            available_tools());
}

TEST(Keys, SuggestTheNearest) {
  EXPECT_EQ(nearest_name("cache.max_sise"), "cache.max_size");
  EXPECT_EQ(nearest_name("cahce"), "cache");
  EXPECT_EQ(nearest_name("max_size"), "cache.max_size");
  EXPECT_EQ(nearest_name("daemon.max_size"), "cache.max_size");
  EXPECT_EQ(nearest_name("upstream.3.ulr"), "upstream.3.url");
  EXPECT_EQ(nearest_name("build_tools.gradel"), "build_tools.gradle");
  EXPECT_EQ(nearest_name("build_tools.nx.prot"), "build_tools.nx.port");
  EXPECT_EQ(nearest_name("something.entirely_different"), std::nullopt);
}

TEST(Keys, MarkEverythingThatReachesOutAsPrivileged) {
  for (const Key& key : keys()) {
    for (const std::string section : {"upstream.", "auth.", "fabrik.", "p2p.", "tls."}) {
      if (key.name.starts_with(section)) {
        EXPECT_EQ(key.privilege, Privilege::always) << key.name;
      }
    }
    if (key.type == Type::url || key.secret) {
      EXPECT_EQ(key.privilege, Privilege::always) << key.name;
    }
    if (key.type == Type::address || key.type == Type::path) {
      EXPECT_NE(key.privilege, Privilege::none) << key.name;
    }
  }
}

}  // namespace
}  // namespace fabrik::config
