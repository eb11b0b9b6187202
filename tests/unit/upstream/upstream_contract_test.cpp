#include "tests/contract/upstream_contract.hpp"

#include "tests/support/memory_upstream.hpp"
#include "tests/support/run_task.hpp"

namespace fabrik::testing {
namespace {

class MemoryHolder final : public UpstreamHolder {
 public:
  upstream::Upstream& upstream() override { return upstream_; }
  void run(net::Task<void> task) override { run_task(std::move(task)); }

 private:
  MemoryUpstream upstream_;
};

INSTANTIATE_TEST_SUITE_P(Memory, UpstreamContract,
                         ::testing::Values([] { return std::make_unique<MemoryHolder>(); }));

}  // namespace
}  // namespace fabrik::testing
