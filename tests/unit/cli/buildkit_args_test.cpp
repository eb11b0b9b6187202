#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/buildkit/cache_args.hpp"
#include "cli/buildkit/git_branch.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cli::buildkit {
namespace {

const CacheRefs kRefs{.to = "127.0.0.1:1/app:x",
                      .from = {"127.0.0.1:1/app:x", "127.0.0.1:1/app:main"}};

TEST(BuildkitArgs, NamesThatAreAllowedStayAsTheyAre) {
  for (const char* name : {"app", "my-app", "a.b_c", "0"}) {
    EXPECT_EQ(repository_like(name), name);
  }
  for (const char* tag : {"main", "v1.2", "Release_3"}) {
    EXPECT_EQ(tag_like(tag), tag);
  }
}

TEST(BuildkitArgs, OtherNamesAreMadeSafeAndStayDifferent) {
  std::set<std::string> repositories;
  std::set<std::string> tags;
  const std::vector<std::string> odd = {"App",
                                        "aPP",
                                        "a b",
                                        "a/b",
                                        "a..b",
                                        "-a",
                                        "a-",
                                        "",
                                        "\xc3\xa4",
                                        "..",
                                        "$(rm)",
                                        "a,b=c",
                                        "a\nb",
                                        "*",
                                        "feature/x",
                                        "feature-x/",
                                        std::string(300, 'a'),
                                        std::string(301, 'a')};
  for (const std::string& text : odd) {
    const std::string repository = repository_like(text);
    EXPECT_EQ(repository.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-"),
              std::string::npos)
        << repository;
    EXPECT_LE(repository.size(), 128u);
    EXPECT_TRUE(repositories.insert(repository).second) << repository;
    EXPECT_TRUE(tags.insert(tag_like(text)).second) << text;
    EXPECT_LE(tag_like(text).size(), 128u);
  }
  EXPECT_TRUE(tag_like("feature/x").starts_with("feature-x-"));
}

TEST(BuildkitArgs, EveryFormatTellsWhereAndThatErrorsAreIgnored) {
  EXPECT_EQ(render(kRefs, Format::buildx),
            "--cache-to type=registry,ref=127.0.0.1:1/app:x,mode=max,ignore-error=true "
            "--cache-from type=registry,ref=127.0.0.1:1/app:x "
            "--cache-from type=registry,ref=127.0.0.1:1/app:main\n");
  EXPECT_TRUE(render(kRefs, Format::buildctl).starts_with("--export-cache type=registry,"));
  EXPECT_TRUE(render(kRefs, Format::bake).starts_with("--set *.cache-to=type=registry,"));
  EXPECT_TRUE(render(kRefs, Format::compose).starts_with("cache_to:\n  - type=registry,"));
  const auto json = nlohmann::json::parse(render(kRefs, Format::json));
  EXPECT_EQ(json["registry_ref"], kRefs.to);
  EXPECT_EQ(json["cache_from"].size(), 2u);
  for (const char* name : {"buildx", "buildctl", "bake", "compose", "json"}) {
    EXPECT_NE(render(kRefs, parse_format(name).value()).find("ignore-error=true"),
              std::string::npos);
  }
  EXPECT_EQ(parse_format("xml").error().code, Errc::invalid_argument);
}

void write(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(BuildkitArgs, TheBranchIsReadFromGitsFiles) {
  const testing::TempDir dir;
  const auto project = dir.path() / "project";
  write(project / "sub/file", "");
  EXPECT_EQ(branches_of(project / "sub").current, "");
  write(project / ".git/HEAD", "ref: refs/heads/feature/x\n");
  EXPECT_EQ(branches_of(project / "sub").current, "feature/x");
  EXPECT_EQ(branches_of(project).main, "");
  write(project / ".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n");
  EXPECT_EQ(branches_of(project).main, "trunk");
  write(project / ".git/HEAD", "0123456789012345678901234567890123456789\n");
  EXPECT_EQ(branches_of(project).current, "") << "no branch is checked out";
}

TEST(BuildkitArgs, ALinkedWorktreeHasABranchOfItsOwn) {
  const testing::TempDir dir;
  write(dir.path() / "main/.git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
  write(dir.path() / "main/.git/worktrees/w/HEAD", "ref: refs/heads/other\n");
  write(dir.path() / "main/.git/worktrees/w/commondir", "../..\n");
  write(dir.path() / "w/.git", "gitdir: ../main/.git/worktrees/w\n");
  EXPECT_EQ(branches_of(dir.path() / "w").current, "other");
  EXPECT_EQ(branches_of(dir.path() / "w").main, "main");
}

}  // namespace
}  // namespace fabrik::cli::buildkit
