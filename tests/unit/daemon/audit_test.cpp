// The write audit and what is done with it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/clock.hpp"
#include "cache/memory_store.hpp"
#include "daemon/audit_writer.hpp"
#include "daemon/revoke.hpp"
#include "statefs/audit_trail.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::daemon {
namespace {

using statefs::AuditRecord;

cache::BlobRef ref_of(std::string_view bytes) {
  return {.digest = sha256(as_bytes(bytes)), .size = bytes.size()};
}

cache::WriteRecord record(std::string key, std::string writer, std::string_view bytes = "bytes",
                          cache::Space space = cache::Space::gradle) {
  return {.key = {space, "", std::move(key)},
          .blob = ref_of(bytes),
          .origin = {.writer = std::move(writer), .tool = "Gradle/8", .invocation = ""}};
}

std::vector<AuditRecord> read(const std::filesystem::path& dir, statefs::AuditFilter filter = {}) {
  std::vector<AuditRecord> records;
  statefs::read_audit(dir, filter, [&](const AuditRecord& found) { records.push_back(found); });
  return records;
}

class Audit : public ::testing::Test {
 protected:
  cache::BlobRef store_blob(std::string_view bytes) {
    auto writer = store_.create(bytes.size()).value();
    EXPECT_TRUE(writer->append(as_bytes(bytes)));
    return writer->commit().value();
  }
  void store_entry(const std::string& key, const std::string& writer, std::string_view bytes) {
    cache::EntryMeta meta;
    meta.writer = writer;
    const auto blob = store_blob(bytes);
    EXPECT_TRUE(store_.put({cache::Space::gradle, "", key}, blob, meta, cache::IfExists::replace));
  }
  bool has_entry(const std::string& key) {
    return store_.find({cache::Space::gradle, "", key}).value().has_value();
  }
  bool has_blob(std::string_view bytes) {
    const Digest digest = ref_of(bytes).digest;
    return store_.missing({&digest, 1}).value().empty();
  }
  Revoked revoked(const std::string& writer, bool dry_run) {
    return revoke(store_, dir_.path(), {.writer = writer, .since = start_, .dry_run = dry_run})
        .value();
  }

  testing::TempDir dir_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  cache::MemoryStore store_{1 << 20, clock_};
  const std::chrono::system_clock::time_point start_ = clock_.now() - std::chrono::seconds(1);
};

TEST_F(Audit, RecordsWhoWroteWhat) {
  AuditWriter audit(dir_.path(), clock_, *log_);
  cache::WriteRecord odd = record("a\"key\n\xff", "");
  odd.origin.invocation = "run-7";
  audit.wrote(record("k1", "uid 1000"));
  audit.wrote(std::move(odd));
  audit.flush();
  const auto records = read(dir_.path());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].writer, "uid 1000");
  EXPECT_EQ(records[0].tool, "Gradle/8");
  EXPECT_EQ(records[0].space, "gradle");
  EXPECT_EQ(records[0].key, "k1");
  EXPECT_EQ(records[0].digest, ref_of("bytes").digest.hex());
  EXPECT_EQ(records[0].size, 5u);
  EXPECT_GE(records[0].time, statefs::audit_time(start_));
  EXPECT_EQ(records[1].writer, "unknown");
  EXPECT_EQ(records[1].invocation, "run-7");
  const auto mode = std::filesystem::status(statefs::audit_file(dir_.path(), 0)).permissions();
  EXPECT_EQ(mode, std::filesystem::perms(0600));
}

TEST_F(Audit, EndingWritesWhatIsLeft) {
  {
    AuditWriter audit(dir_.path(), clock_, *log_);
    for (int i = 0; i < 1000; ++i) {
      audit.wrote(record(std::to_string(i), "uid 1"));
    }
  }
  EXPECT_EQ(read(dir_.path()).size(), 1000u);
}

TEST_F(Audit, RotatesAndReadsOldestFirst) {
  {
    AuditWriter audit(dir_.path(), clock_, *log_, {.rotate_at = 500, .files_kept = 3});
    for (int i = 0; i < 20; ++i) {
      audit.wrote(record(std::to_string(i), "uid 1"));
      audit.flush();
    }
  }
  EXPECT_TRUE(std::filesystem::exists(statefs::audit_file(dir_.path(), 3)));
  EXPECT_FALSE(std::filesystem::exists(statefs::audit_file(dir_.path(), 4)));
  const auto records = read(dir_.path());
  ASSERT_GT(records.size(), 3u);
  ASSERT_LT(records.size(), 20u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].key, std::to_string(20 - records.size() + i));
  }
}

TEST_F(Audit, FiltersAndSkipsWhatIsNoRecord) {
  {
    AuditWriter audit(dir_.path(), clock_, *log_);
    audit.wrote(record("a", "uid 1"));
    audit.wrote(record("b", "uid 2", "other"));
  }
  std::ofstream(statefs::audit_file(dir_.path(), 0), std::ios::app) << "{\"time\":\"cut o";
  EXPECT_EQ(read(dir_.path()).size(), 2u);
  EXPECT_EQ(read(dir_.path(), {.key = "a", .digest = {}, .writer = {}, .since = {}}).size(), 1u);
  EXPECT_EQ(read(dir_.path(),
                 {.key = {}, .digest = ref_of("other").digest.hex(), .writer = {}, .since = {}})[0]
                .key,
            "b");
  EXPECT_EQ(read(dir_.path(), {.key = {}, .digest = {}, .writer = "uid 2", .since = {}})[0].key,
            "b");
  const auto later = statefs::audit_time(clock_.now() + std::chrono::hours(1));
  EXPECT_TRUE(read(dir_.path(), {.key = {}, .digest = {}, .writer = {}, .since = later}).empty());
}

TEST_F(Audit, ADirectoryThatIsGoneIsNobodysProblem) {
  AuditWriter audit(dir_ / "missing", clock_, *log_);
  audit.wrote(record("a", "uid 1"));
  audit.flush();
  EXPECT_TRUE(read(dir_ / "missing").empty());
}

TEST_F(Audit, RevokeRemovesTheWritersEntriesOnly) {
  store_entry("bad", "token ci", "bad bytes");
  store_entry("good", "uid 1000", "good bytes");
  EXPECT_EQ(revoked("token ci", true).entries, 1u);
  EXPECT_TRUE(has_entry("bad"));
  const Revoked done = revoked("token ci", false);
  EXPECT_EQ(done.entries, 1u);
  EXPECT_EQ(done.bytes, 9u);
  EXPECT_EQ(done.examples, std::vector<std::string>{"gradle bad"});
  EXPECT_FALSE(has_entry("bad"));
  EXPECT_TRUE(has_entry("good"));
  EXPECT_EQ(revoked("token ci", false).entries, 0u);
}

TEST_F(Audit, RevokeKeepsWhatIsOlder) {
  store_entry("old", "token ci", "bytes");
  const auto later = clock_.now() + std::chrono::hours(1);
  const auto done =
      revoke(store_, dir_.path(), {.writer = "token ci", .since = later, .dry_run = false});
  EXPECT_EQ(done->entries, 0u);
  EXPECT_TRUE(has_entry("old"));
}

TEST_F(Audit, RevokeRemovesBlobsThatNobodyElseNeeds) {
  for (const char* bytes : {"only ci", "also by 1000", "used by 1000"}) {
    store_blob(bytes);
  }
  store_entry("entry", "uid 1000", "used by 1000");
  {
    AuditWriter audit(dir_.path(), clock_, *log_);
    for (const char* bytes : {"only ci", "also by 1000", "used by 1000", "not there"}) {
      audit.wrote(record(ref_of(bytes).digest.hex(), "token ci", bytes, cache::Space::cas));
    }
    audit.wrote(
        record(ref_of("also by 1000").digest.hex(), "uid 1000", "also by 1000", cache::Space::cas));
  }
  EXPECT_EQ(revoked("token ci", true).blobs, 1u);
  EXPECT_EQ(revoked("token ci", false).blobs, 1u);
  EXPECT_FALSE(has_blob("only ci"));
  EXPECT_TRUE(has_blob("also by 1000"));
  EXPECT_TRUE(has_entry("entry"));
}

}  // namespace
}  // namespace fabrik::daemon
