#include "config/discover.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace fabrik::config {
namespace {

namespace fs = std::filesystem;

class Discover : public ::testing::Test {
 protected:
  fs::path write(const fs::path& path, const std::string& content) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path;
  }
  std::optional<Source> found(const fs::path& from) {
    auto result = discover(from, env());
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(std::nullopt);
  }
  Env env() const {
    auto all = variables_;
    all.emplace("HOME", home_.string());
    return Env(all);
  }

  testing::TempDir temp_;
  fs::path base_ = fs::canonical(temp_.path());
  fs::path home_ = base_ / "homes" / "me";
  Env::Map variables_;
};

TEST_F(Discover, FindsTheNearestFileUpwards) {
  write(home_ / "outer" / "fabrik.toml", "# outer");
  const auto inner = write(home_ / "outer" / "inner" / "fabrik.toml", "# inner");
  fs::create_directories(home_ / "outer" / "inner" / "src" / "deep");
  const auto source = found(home_ / "outer" / "inner" / "src" / "deep");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->path, inner);
  EXPECT_EQ(source->content, "# inner");
  EXPECT_FALSE(source->is_user_config);
  EXPECT_EQ(source->root(), home_ / "outer" / "inner");
}

TEST_F(Discover, FindsNothingWhereThereIsNothing) {
  fs::create_directories(home_ / "empty");
  EXPECT_FALSE(found(home_ / "empty"));
  EXPECT_FALSE(found(home_ / "does not exist"));
}

TEST_F(Discover, SearchesTheHomeDirectoryButNotWhatIsAboveIt) {
  write(base_ / "homes" / "fabrik.toml", "");
  write(base_ / "fabrik.toml", "");
  fs::create_directories(home_ / "work");
  EXPECT_FALSE(found(home_ / "work"));
  write(home_ / "fabrik.toml", "");
  EXPECT_TRUE(found(home_ / "work"));
}

TEST_F(Discover, EndsAtTheCeiling) {
  write(home_ / "fabrik.toml", "");
  fs::create_directories(home_ / "shared" / "work");
  EXPECT_TRUE(found(home_ / "shared" / "work"));
  variables_["FABRIK_CEILING"] = (home_ / "shared").string();
  EXPECT_FALSE(found(home_ / "shared" / "work"));
  variables_["FABRIK_CEILING"] = "relative";
  EXPECT_TRUE(found(home_ / "shared" / "work")) << "a ceiling that is no directory counts as unset";
}

TEST_F(Discover, EndsAtAMountBoundary) {
  // /proc is a file system of its own everywhere; / may well hold a file.
  variables_["HOME"] = "/nonexistent";
  struct stat proc{};
  struct stat root{};
  ASSERT_EQ(::stat("/proc/self", &proc), 0);
  ASSERT_EQ(::stat("/", &root), 0);
  ASSERT_NE(proc.st_dev, root.st_dev);
  EXPECT_FALSE(found("/proc/self"));
}

TEST_F(Discover, FallsBackToTheUsersOwnFile) {
  const auto standard = write(home_ / ".config" / "fabrik" / "config.toml", "# mine");
  fs::create_directories(home_ / "work");
  auto source = found(home_ / "work");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->path, standard);
  EXPECT_TRUE(source->is_user_config);

  const auto moved = write(base_ / "xdg" / "fabrik" / "config.toml", "# moved");
  variables_["XDG_CONFIG_HOME"] = (base_ / "xdg").string();
  EXPECT_EQ(found(home_ / "work")->path, moved);
  variables_["XDG_CONFIG_HOME"] = "relative/ignored";
  EXPECT_EQ(found(home_ / "work")->path, standard);

  const auto project = write(home_ / "work" / "fabrik.toml", "");
  EXPECT_EQ(found(home_ / "work")->path, project);
}

TEST_F(Discover, NamesTheFileBehindALink) {
  const auto real = write(home_ / "real" / "fabrik.toml", "# real");
  fs::create_directories(home_ / "work");
  fs::create_symlink(real, home_ / "work" / "fabrik.toml");
  fs::create_directory_symlink(home_ / "real", home_ / "alias");
  EXPECT_EQ(found(home_ / "work")->path, real);
  EXPECT_EQ(found(home_ / "alias")->path, real);
}

TEST_F(Discover, ReportsWhatIsNoRegularFile) {
  fs::create_directories(home_ / "directory" / "fabrik.toml");
  fs::create_directories(home_ / "pipe");
  ASSERT_EQ(::mkfifo((home_ / "pipe" / "fabrik.toml").c_str(), 0600), 0);
  fs::create_directories(home_ / "dangling");
  fs::create_symlink("nowhere", home_ / "dangling" / "fabrik.toml");
  for (const std::string name : {"directory", "pipe", "dangling"}) {
    const auto result = discover(home_ / name, env());
    ASSERT_FALSE(result) << name;
    EXPECT_NE(result.error().message.find((home_ / name).string()), std::string::npos)
        << result.error().message;
  }
}

TEST_F(Discover, ReportsAndDoesNotUseAnotherUsersFile) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give a file away";
  }
  write(home_ / "fabrik.toml", "# mine, further up");
  const auto foreign = write(home_ / "theirs" / "fabrik.toml", "");
  ASSERT_EQ(::chown(foreign.c_str(), 65534, 65534), 0);
  const auto result = discover(home_ / "theirs", env());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::forbidden);
  EXPECT_NE(result.error().message.find("65534"), std::string::npos) << result.error().message;
  EXPECT_TRUE(read_source(foreign)) << "naming it is a decision";
}

TEST_F(Discover, ReportsAFileThatIsTooLarge) {
  write(home_ / "fabrik.toml", std::string(64 * 1024 + 1, '#'));
  const auto result = discover(home_, env());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::too_large);
}

TEST_F(Discover, ReadsANamedFile) {
  const auto path = write(home_ / "elsewhere.toml", "# named");
  EXPECT_EQ(read_source(path)->content, "# named");
  const auto missing = read_source(home_ / "missing.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find("missing.toml"), std::string::npos);
}

TEST_F(Discover, PrefersTheFlagThenTheVariableThenTheWalk) {
  const auto nearest = write(home_ / "work" / "fabrik.toml", "");
  const auto flag = write(home_ / "flag.toml", "");
  const auto variable = write(home_ / "work" / "variable.toml", "");
  const auto user = write(home_ / ".config" / "fabrik" / "config.toml", "");
  const auto select = [&](const fs::path& named) {
    return select_source(named, home_ / "work", env()).value().value();
  };
  EXPECT_EQ(select("").path, nearest);
  variables_["FABRIK_CONFIG_PATH"] = user.string();
  EXPECT_EQ(select("").path, user);
  EXPECT_TRUE(select("").is_user_config);
  variables_["FABRIK_CONFIG"] = "variable.toml";
  EXPECT_EQ(select("").path, variable);
  EXPECT_FALSE(select("").is_user_config);
  EXPECT_EQ(select(flag).path, flag);
}

TEST(Source, HashesPathAndContent) {
  const Source one{.path = "/a/fabrik.toml", .content = "x"};
  const Source edited{.path = "/a/fabrik.toml", .content = "y"};
  const Source moved{.path = "/b/fabrik.toml", .content = "x"};
  EXPECT_EQ(one.config_hash().size(), 16U);
  EXPECT_NE(one.config_hash(), edited.config_hash());
  EXPECT_NE(one.config_hash(), moved.config_hash());
  EXPECT_EQ(one.project_id(), edited.project_id());
  EXPECT_NE(one.project_id(), moved.project_id());
  // printf '/a/fabrik.toml\0x' | sha256sum, and without the content.
  EXPECT_EQ(one.config_hash(), "6c9296a0b7644576");
  EXPECT_EQ(one.project_id(), "5f8fb1e1e3a93c31");
}

}  // namespace
}  // namespace fabrik::config
