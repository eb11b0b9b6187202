#include "activate/status_json.hpp"

#include <gtest/gtest.h>

#include "activate/activate_request.hpp"

namespace fabrik::activate {
namespace {

DaemonStatus sample() {
  return {.build = "0.1.0+0123456789abcdef",
          .executable = "/opt/fabrik",
          .supervisor_pid = 4711,
          .project_id = "0123456789abcdef",
          .config_path = "/p/\xff/fabrik.toml",
          .config_hash = "00112233445566ff",
          .state_dir = "/s",
          .cache_dir = "/c",
          .bazelrc = "/s/projects/0011.bazelrc",
          .trusted = true,
          .http_port = 40001,
          .grpc_port = 40002,
          .started_unix_ms = 1'700'000'000'000,
          .worker_state = "running",
          .worker_pid = 4712,
          .worker_restarts = 3,
          .access_token = "t0ken",
          .last_error = "said \"no\"\n"};
}

TEST(StatusJson, SurvivesTheRoundTrip) {
  const DaemonStatus before = sample();
  const auto after = parse_status(to_json(before));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->build, before.build);
  EXPECT_EQ(after->executable, before.executable);
  EXPECT_EQ(after->supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(after->project_id, before.project_id);
  EXPECT_EQ(after->config_path, before.config_path) << "even when it is not UTF-8";
  EXPECT_EQ(after->config_hash, before.config_hash);
  EXPECT_EQ(after->state_dir, before.state_dir);
  EXPECT_EQ(after->cache_dir, before.cache_dir);
  EXPECT_EQ(after->trusted, before.trusted);
  EXPECT_EQ(after->bazelrc, before.bazelrc);
  EXPECT_EQ(after->http_port, before.http_port);
  EXPECT_EQ(after->grpc_port, before.grpc_port);
  EXPECT_EQ(after->started_unix_ms, before.started_unix_ms);
  EXPECT_EQ(after->worker_state, before.worker_state);
  EXPECT_EQ(after->worker_pid, before.worker_pid);
  EXPECT_EQ(after->worker_restarts, before.worker_restarts);
  EXPECT_EQ(after->last_error, before.last_error);
  EXPECT_EQ(after->access_token, before.access_token);
}

TEST(StatusJson, IsOneLine) {
  EXPECT_EQ(to_json(sample()).find('\n'), std::string::npos);
}

TEST(StatusJson, RefusesWhatIsNoStatus) {
  for (const char* text : {"", "[]", "{}", "{\"http_port\":1}", "{\"http_port\":", "null"}) {
    EXPECT_FALSE(parse_status(text)) << text;
  }
}

TEST(StatusJson, CarriesErrorsWithTheirCode) {
  const auto error = parse_error(to_json(Error{Errc::conflict, "the store is taken"}));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::conflict);
  EXPECT_EQ(error->message, "the store is taken");
  EXPECT_FALSE(parse_error(to_json(sample())));
}

TEST(StatusJson, TakesTheErrorOutOfAReply) {
  const auto status = status_of({503, to_json(Error{Errc::io, "no"})});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::io);
  EXPECT_FALSE(status_of({500, "gibberish"}));
  EXPECT_TRUE(status_of({200, to_json(sample())}));
}

TEST(ActivateRequest, SurvivesTheRoundTrip) {
  ActivateRequest before;
  before.source = {"/p/\xfe/fabrik.toml", std::string("a\0\xff\n", 4), true};
  before.build = "b";
  before.version = "1.2";
  before.executable = "/opt/fabrik";
  before.trusted = true;
  const auto after = parse_activate_request(to_json(before));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->source.path, before.source.path);
  EXPECT_EQ(after->source.content, before.source.content);
  EXPECT_EQ(after->source.is_user_config, true);
  EXPECT_EQ(after->build, "b");
  EXPECT_EQ(after->version, "1.2");
  EXPECT_EQ(after->executable, "/opt/fabrik");
  EXPECT_TRUE(after->trusted);
}

TEST(ActivateRequest, AcceptsAnEmptyFile) {
  ActivateRequest request;
  request.source = {"/p/fabrik.toml", "", false};
  EXPECT_TRUE(parse_activate_request(to_json(request)));
}

TEST(ActivateRequest, RefusesContentThatIsNotWhatWasHashed) {
  ActivateRequest request;
  request.source = {"/p/fabrik.toml", "one", false};
  std::string text = to_json(request);
  text.replace(text.find("one"), 3, "two");
  EXPECT_FALSE(parse_activate_request(text));
}

}  // namespace
}  // namespace fabrik::activate
