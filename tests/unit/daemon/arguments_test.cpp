#include "daemon/arguments.hpp"

#include <gtest/gtest.h>

namespace fabrik::daemon {
namespace {

TEST(Arguments, ReadTheSupervisorsCommandLine) {
  const Result<Arguments> parsed = parse_arguments({"worker",
                                                    "--config",
                                                    "/s/config.toml",
                                                    "--config-path",
                                                    "/p/fabrik.toml",
                                                    "--project-id",
                                                    "abc",
                                                    "--state-dir",
                                                    "/s",
                                                    "--cache-dir-default",
                                                    "/c",
                                                    "--http-fd",
                                                    "3",
                                                    "--admin-fd",
                                                    "4",
                                                    "--ready-fd",
                                                    "5",
                                                    "--grpc-fd",
                                                    "6",
                                                    "--trusted",
                                                    "--foreground"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  const WorkerArguments& worker = parsed->worker;
  EXPECT_EQ(parsed->action, Action::worker);
  EXPECT_EQ(worker.config, "/s/config.toml");
  EXPECT_EQ(worker.config_path, "/p/fabrik.toml");
  EXPECT_EQ(worker.project_id, "abc");
  EXPECT_EQ(worker.state_dir, "/s");
  EXPECT_EQ(worker.cache_dir_default, "/c");
  EXPECT_EQ(worker.http_fd, 3);
  EXPECT_EQ(worker.admin_fd, 4);
  EXPECT_EQ(worker.grpc_fd, 6);
  EXPECT_EQ(worker.ready_fd, 5);
  EXPECT_TRUE(worker.trusted);
  EXPECT_TRUE(worker.foreground);
  EXPECT_EQ(worker.http_port, std::nullopt);
}

TEST(Arguments, CanOpenThePortThemselves) {
  const Result<Arguments> parsed =
      parse_arguments({"worker", "--http-port", "0", "--cache-dir-default", "/c"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->worker.http_port, 0);
  EXPECT_EQ(parsed->worker.ready_fd, -1);
}

TEST(Arguments, NameWhatIsWrong) {
  struct Case {
    std::vector<std::string> words;
    const char* named;
  };
  const Case cases[] = {
      {{"serve"}, "serve"},
      {{"worker", "--nonsense"}, "--nonsense"},
      {{"worker", "--http-fd"}, "--http-fd"},
      {{"worker", "--http-fd", "x", "--cache-dir-default", "/c"}, "--http-fd"},
      {{"worker", "--http-fd", "-1", "--cache-dir-default", "/c"}, "--http-fd"},
      {{"worker", "--http-port", "65536", "--cache-dir-default", "/c"}, "65536"},
      {{"worker", "--cache-dir-default", "/c"}, "--http-fd"},
      {{"worker", "--http-fd", "3"}, "--cache-dir-default"},
      {{"worker", "--http-fd", "3", "--cache-dir-default", "/c", "--config", "/x"},
       "--config-path"},
  };
  for (const Case& entry : cases) {
    const Result<Arguments> parsed = parse_arguments(entry.words);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    EXPECT_NE(parsed.error().message.find(entry.named), std::string::npos)
        << parsed.error().message;
  }
}

TEST(Arguments, KnowHelpAndVersion) {
  EXPECT_EQ(parse_arguments({"--help"})->action, Action::help);
  EXPECT_EQ(parse_arguments({})->action, Action::help);
  EXPECT_EQ(parse_arguments({"-V"})->action, Action::version);
}

}  // namespace
}  // namespace fabrik::daemon
