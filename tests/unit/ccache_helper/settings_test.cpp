#include "ccache_helper/settings.hpp"

#include <gtest/gtest.h>

namespace fabrik::ccache_helper {
namespace {

Env::Map started(std::string url, Env::Map attributes = {}) {
  Env::Map env = {{"CRSH_IPC_ENDPOINT", "/run/user/1/s"},
                  {"CRSH_URL", std::move(url)},
                  {"CRSH_IDLE_TIMEOUT", "600"},
                  {"CRSH_NUM_ATTR", std::to_string(attributes.size())}};
  int i = 0;
  for (const auto& [key, value] : attributes) {
    env["CRSH_ATTR_KEY_" + std::to_string(i)] = key;
    env["CRSH_ATTR_VALUE_" + std::to_string(i++)] = value;
  }
  return env;
}

Result<Settings> read(const Env::Map& env) {
  return read_settings(Env(env));
}

TEST(CcacheHelperSettings, ComeFromTheEnvironment) {
  const Settings settings = read(started("fabrik://127.0.0.1:4711/some/prefix/")).value();
  EXPECT_EQ(settings.endpoint, "/run/user/1/s");
  EXPECT_EQ(settings.address, "127.0.0.1");
  EXPECT_EQ(settings.port, 4711);
  EXPECT_EQ(settings.prefix, "/some/prefix");
  EXPECT_EQ(settings.token, "");
  EXPECT_EQ(settings.idle_timeout, std::chrono::seconds(600));
}

TEST(CcacheHelperSettings, ThePathIsThatOfCcacheUnlessTheUrlHasOne) {
  EXPECT_EQ(read(started("fabrik://localhost:1"))->prefix, "/ccache");
  EXPECT_EQ(read(started("http://localhost:1/"))->prefix, "/ccache");
  EXPECT_EQ(read(started("http://localhost:1/"))->address, "127.0.0.1");
}

TEST(CcacheHelperSettings, TheTokenIsAnAttributeOrPartOfTheUrl) {
  EXPECT_EQ(read(started("http://h:1", {{"bearer-token", "secret"}}))->token, "secret");
  EXPECT_EQ(read(started("http://user:secret@127.0.0.1:1/x"))->token, "secret");
  EXPECT_EQ(read(started("http://user:secret@127.0.0.1:1/x"))->address, "127.0.0.1");
}

TEST(CcacheHelperSettings, LayoutsAreThoseOfCcache) {
  const std::string key("\x00\x01\xab\xcd", 4);
  const auto path = [&](Env::Map attributes) {
    return path_of(*read(started("http://h:1", std::move(attributes))), key);
  };
  EXPECT_EQ(path({}), "/ccache/00/01abcd");
  EXPECT_EQ(path({{"layout", "subdirs"}}), "/ccache/00/01abcd");
  EXPECT_EQ(path({{"layout", "flat"}}), "/ccache/0001abcd");
  EXPECT_EQ(path({{"layout", "bazel"}}),
            "/ccache/ac/0001abcd0001abcd0001abcd0001abcd0001abcd0001abcd0001abcd0001abcd");
  EXPECT_EQ(path({{"umask", "002"}}), "/ccache/00/01abcd");
  EXPECT_EQ(path_of(*read(started("http://h:1")), "0"), "/ccache/30");
}

TEST(CcacheHelperSettings, WhatMakesNoSenseIsRefused) {
  for (const Env::Map& env :
       {Env::Map{}, started(""), started("http://h"), started("http://h:0"), started("http://:1"),
        started("http://h:99999"), started("http://h:1", {{"layout", "deep"}}),
        started("http://h:1/a b"), started("http://h:1", {{"bearer-token", "a\r\nb: c"}})}) {
    const auto settings = read(env);
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, Errc::invalid_argument);
    EXPECT_EQ(settings.error().message.find("a\r\n"), std::string::npos);
  }
  for (const char* name : {"CRSH_IDLE_TIMEOUT", "CRSH_NUM_ATTR"}) {
    for (const char* value : {"-1", "x", "99999999999"}) {
      Env::Map env = started("http://h:1");
      env[name] = value;
      EXPECT_FALSE(read(env)) << name << "=" << value;
    }
  }
}

}  // namespace
}  // namespace fabrik::ccache_helper
