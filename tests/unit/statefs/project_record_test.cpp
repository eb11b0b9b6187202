#include "statefs/project_record.hpp"

#include <gtest/gtest.h>

#include "statefs/host.hpp"
#include "tests/unit/statefs/state_fixture.hpp"

namespace fabrik::statefs {
namespace {

constexpr std::string_view kId = "0123456789abcdef";

class ProjectRecordTest : public ::testing::Test, protected fabrik::testing::StateFixture {};

TEST_F(ProjectRecordTest, SurvivesARoundTrip) {
  const ProjectRecord record{"/p/fabrik.toml", "00112233445566ff", 40001, 40002, "boot"};
  ASSERT_TRUE(write_project_record(paths, kId, record));
  const auto read = read_project_record(paths, kId);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->config_path, record.config_path);
  EXPECT_EQ(read->config_hash, record.config_hash);
  EXPECT_EQ(read->http_port, record.http_port);
  EXPECT_EQ(read->grpc_port, record.grpc_port);
  EXPECT_EQ(read->boot_id, record.boot_id);
}

TEST_F(ProjectRecordTest, KeepsPathsThatAreNotUtf8) {
  const std::string odd = "/p/\xff\xfe \n'\"/fabrik.toml";
  ASSERT_TRUE(write_project_record(paths, kId, {odd, "00112233445566ff", 1, 2, ""}));
  EXPECT_EQ(read_project_record(paths, kId)->config_path.native(), odd);
}

TEST_F(ProjectRecordTest, IsNotFoundForANewProject) {
  EXPECT_EQ(read_project_record(paths, kId).error().code, Errc::not_found);
}

TEST_F(ProjectRecordTest, IsCorruptWhenTornAndReplacedByTheNextWrite) {
  const ProjectRecord record{"/p/fabrik.toml", "00112233445566ff", 40001, 40002, "boot"};
  ASSERT_TRUE(write_project_record(paths, kId, record));
  const std::string whole = *read_file(paths.project_record(kId));
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, whole.size() / 2}) {
    ASSERT_TRUE(write_file_atomically(paths.project_record(kId), whole.substr(0, length)));
    const auto read = read_project_record(paths, kId);
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().code, Errc::corrupt);
  }
  ASSERT_TRUE(write_project_record(paths, kId, record));
  EXPECT_TRUE(read_project_record(paths, kId));
}

TEST_F(ProjectRecordTest, TreatsAPortOutOfRangeAsNone) {
  ASSERT_TRUE(write_project_record(paths, kId, {"/p/fabrik.toml", "00112233445566ff", 1, 2, ""}));
  ASSERT_TRUE(write_file_atomically(
      paths.project_record(kId),
      R"({"config_path":"/p/fabrik.toml","config_hash":"00112233445566ff","http_port":99999})"));
  EXPECT_EQ(read_project_record(paths, kId)->http_port, 0);
}

TEST(Host, HasABootId) {
  EXPECT_EQ(boot_id().size(), 36U);
}

}  // namespace
}  // namespace fabrik::statefs
