// Flag > environment > file > default, for every key of the table.
#include <gtest/gtest.h>

#include <algorithm>

#include "config/keys.hpp"
#include "config/settings.hpp"
#include "tests/support/key_samples.hpp"
#include "tests/unit/config/support.hpp"

namespace fabrik::config {
namespace {

using fabrik::testing::concrete_name;
using fabrik::testing::sample_values;

// A file that sets the key, and the url its upstream needs.
std::string file_with(const Key& key, const std::string& name, const std::string& text) {
  if (!name.starts_with("upstream.0.")) {
    return name + " = " + to_literal(key, text) + "\n";
  }
  const std::string last = name.substr(name.rfind('.') + 1);
  const std::string url = last == "url" ? "" : "url = \"grpc://needed:1\"\n";
  return "[[upstream]]\n" + url + last + " = " + to_literal(key, text) + "\n";
}

class Precedence : public ::testing::TestWithParam<const Key*> {
 protected:
  Setting effective(bool file, bool env, bool flag, const std::string& variable) {
    const Key& key = *GetParam();
    const std::string name = concrete_name(key);
    const auto [a, b, c] = sample_values(key);
    const Source source = testing::source_of(file ? file_with(key, name, a) : "");
    Env::Map variables;
    if (name.starts_with("upstream.0.")) {
      variables["FABRIK_CONFIG_UPSTREAM_0_URL"] = "grpc://needed:1";
    }
    if (name == "upstream.0.url") {
      variables.clear();
    }
    if (env) {
      variables[variable] = b;
    }
    const auto resolved =
        resolve(&source, Env(variables), flag ? Flags{{name, c}} : Flags{}, Trust::trusted);
    EXPECT_TRUE(resolved) << resolved.error().message;
    if (!resolved) {
      return {};
    }
    const auto all = with_defaults(resolved->settings);
    const auto found = all.find(name);
    return found == all.end() ? Setting{} : found->second;
  }

  Value value_of(std::size_t sample) {
    return *from_text(*GetParam(), sample_values(*GetParam())[sample]);
  }
};

TEST_P(Precedence, FlagOverEnvironmentOverFileOverDefault) {
  const Key& key = *GetParam();
  const std::string variable = env_name(concrete_name(key));
  EXPECT_EQ(effective(true, false, false, variable).value, value_of(0)) << key.name;
  EXPECT_EQ(effective(true, false, false, variable).origin.substr(0, 21), "/project/fabrik.toml:");
  EXPECT_EQ(effective(true, true, false, variable).value, value_of(1)) << key.name;
  EXPECT_EQ(effective(true, true, false, variable).origin, variable);
  EXPECT_EQ(effective(true, true, true, variable).value, value_of(2)) << key.name;
  EXPECT_EQ(effective(true, true, true, variable).origin, "flag");
  EXPECT_EQ(effective(true, false, true, variable).value, value_of(2)) << key.name;
  EXPECT_EQ(effective(false, true, false, variable).value, value_of(1)) << key.name;
  if (!key.is_pattern()) {
    const auto nothing = effective(false, false, false, variable);
    EXPECT_EQ(nothing.origin, "default");
    EXPECT_EQ(nothing.text.empty(), key.default_text.empty()) << key.name;
  }
}

TEST_P(Precedence, OlderVariablesCountBelowTheNestedOnes) {
  const Key& key = *GetParam();
  const std::string name = concrete_name(key);
  if (key.older_env.empty()) {
    EXPECT_EQ(key_of_variable(env_name(name), true), std::nullopt);
    return;
  }
  for (const std::string_view older : words(key.older_env)) {
    EXPECT_EQ(effective(true, true, false, std::string(older)).value, value_of(1)) << older;
    const Env env({{std::string(older), sample_values(key)[0]},
                   {env_name(name), sample_values(key)[1]},
                   {"FABRIK_CONFIG_UPSTREAM_0_URL",
                    name == "upstream.0.url" ? sample_values(key)[1] : "grpc://needed:1"}});
    const auto both = resolve(nullptr, env, {}, Trust::trusted);
    ASSERT_TRUE(both) << both.error().message;
    EXPECT_EQ(both->settings.at(name).value, value_of(1)) << older;
  }
}

TEST_P(Precedence, AnEmptyVariableCountsAsNotSet) {
  const Key& key = *GetParam();
  const Env env({{env_name(concrete_name(key)), ""}});
  const auto resolved = resolve(nullptr, env, {}, Trust::trusted);
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_TRUE(resolved->settings.empty());
}

std::vector<const Key*> all_keys() {
  std::vector<const Key*> out;
  for (const Key& key : keys()) {
    out.push_back(&key);
  }
  return out;
}

std::string test_name(const ::testing::TestParamInfo<const Key*>& info) {
  std::string name(info.param->name);
  std::ranges::replace_if(name, [](char c) { return c == '.' || c == '*'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(EveryKey, Precedence, ::testing::ValuesIn(all_keys()), test_name);

TEST(OlderUpstreamVariable, NamesSeveral) {
  const Env env({{"FABRIK_CONFIG_UPSTREAM", "grpc://a:1,s3://bucket"}});
  const auto resolved = resolve(nullptr, env, {}, Trust::trusted);
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->settings.at("upstream.0.url").text, "\"grpc://a:1\"");
  EXPECT_EQ(resolved->settings.at("upstream.1.url").text, "\"s3://bucket\"");
}

}  // namespace
}  // namespace fabrik::config
