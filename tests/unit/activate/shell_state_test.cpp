#include "activate/shell_state.hpp"

#include <gtest/gtest.h>

#include "activate/variables.hpp"

namespace fabrik::activate {
namespace {

using Kind = VariableState::Kind;

Record record(std::string name, VariableState before) {
  return {.name = std::move(name),
          .hands_off = false,
          .before = std::move(before),
          .ours = fingerprint("ours")};
}

ShellState example() {
  return {
      .config_path = "/home/me/it's; 100%, \"fine\"\n/fabrik.toml",
      .config_hash = "00112233aabbccdd",
      .daemon_pid = 4711,
      .records = {
          record("TURBO_API", {}),
          record("TURBO_TOKEN", {.kind = Kind::exported, .value = ""}),
          record("TURBO_TEAM", {.kind = Kind::unexported, .value = "a;b,c%\x01\xff"}),
          record("GRADLE_OPTS", {.kind = Kind::exported, .universal = true, .value = "-Xmx1g -Da"}),
          record("FABRIK_HTTP_URL", {.kind = Kind::unexported, .universal = true, .value = "u"}),
          {.name = "CCACHE_REMOTE_STORAGE", .hands_off = true, .before = {}, .ours = {}}}};
}

TEST(ShellState, ComesBackAsItWent) {
  const auto decoded = decode(encode(example()));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, example());
  EXPECT_EQ(decode(encode({})), ShellState{});
}

TEST(ShellState, IsPlainPrintableText) {
  const std::string text = encode(example());
  EXPECT_EQ(text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "/._:-=@+%;,"),
            std::string::npos)
      << text;
}

TEST(ShellState, CarriesEveryByteButNul) {
  std::string value;
  for (int byte = 1; byte < 256; ++byte) {
    value += static_cast<char>(byte);
  }
  ShellState state;
  state.records.push_back(record("TURBO_TEAM", {.kind = Kind::exported, .value = value}));
  EXPECT_EQ(decode(encode(state)), state);
}

TEST(ShellState, IgnoresWhatItCannotHaveWritten) {
  const std::string mark = fingerprint("x");
  const std::string good = "1;/p/fabrik.toml;h;7;TURBO_API,x," + mark + ",v";
  ASSERT_TRUE(decode(good).has_value());
  for (const std::string& bad : {
           std::string(),
           std::string("x"),
           std::string("2;/p;h;7"),
           std::string("1;/p;h"),
           std::string("1;p/relative;h;7"),
           std::string("1;/p;h;-7"),
           std::string("1;/p;h;7x"),
           std::string("1;/p;h;99999999999999999999"),
           std::string("1;/p;h;"),
           std::string("1;/p%;h;7"),
           std::string("1;/p%4;h;7"),
           std::string("1;/p%zz;h;7"),
           std::string("1;/p%00;h;7"),
           std::string("1;/p $(id);h;7"),
           good + ";",
           good + ";TURBO_API,x," + mark + ",v",   // twice
           good + ";PATH,x," + mark + ",/evil",    // not ours
           good + ";LD_PRELOAD,x," + mark + ",v",  // not ours
           good + ";TURBO_TEAM,y," + mark + ",v",
           good + ";TURBO_TEAM,,," + mark,
           good + ";TURBO_TEAM,xx," + mark + ",v",
           good + ";TURBO_TEAM,x,,v",
           good + ";TURBO_TEAM,x,ABCDEF123456,v",
           good + ";TURBO_TEAM,n," + mark + ",v",
           good + ";TURBO_TEAM,k," + mark + ",",
           good + ";TURBO_TEAM,k,,v",
           good + ";TURBO_TEAM,x," + mark + ",a,b",
           good + ";TURBO_TEAM,x," + mark + ",a b",
           good + ";TURBO_TEAM,x," + mark + ",a\nb",
       }) {
    EXPECT_FALSE(decode(bad).has_value()) << bad;
  }
}

TEST(ShellState, IgnoresWhatIsTooLarge) {
  EXPECT_TRUE(decode("1;/" + std::string(60'000, 'a') + ";h;7").has_value());
  EXPECT_FALSE(decode("1;/" + std::string(70'000, 'a') + ";h;7").has_value());
}

TEST(ShellView, TellsExportedFromUnexportedFromUnset) {
  const Env env(Env::Map{{"TURBO_API", "a"},
                         {"__FABRIK_V_TURBO_API", "a"},
                         {"__FABRIK_V_TURBO_TEAM", ""},
                         {"__FABRIK_UNIVERSAL", "TURBO_TEAM GRADLE_OPTS"}});
  const ShellView view = view_from(env);
  EXPECT_EQ(view.size(), variables().size());
  EXPECT_EQ(view.at("TURBO_API"), (VariableState{.kind = Kind::exported, .value = "a"}));
  EXPECT_EQ(view.at("TURBO_TEAM"),
            (VariableState{.kind = Kind::unexported, .universal = true, .value = ""}));
  EXPECT_EQ(view.at("GRADLE_OPTS"), VariableState{});
}

TEST(ShellView, BecomesAnEnvironmentWithoutFabriksOwnMessages) {
  const Env env(Env::Map{{"PATH", "/bin"},
                         {"TURBO_API", "ours"},
                         {"__FABRIK_V_TURBO_TEAM", "t"},
                         {"__FABRIK_FRESH", "1"}});
  ShellView view = view_from(env);
  view["TURBO_API"] = {};
  view["TURBO_TOKEN"] = {.kind = Kind::exported, .value = "mine"};
  EXPECT_EQ(environment_of(view, env).all(), (Env::Map{{"PATH", "/bin"}, {"TURBO_TOKEN", "mine"}}));
}

}  // namespace
}  // namespace fabrik::activate
