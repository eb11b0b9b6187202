#include "auth/key_ring.hpp"

#include <atomic>
#include <mutex>

#include "net/blocking_pool.hpp"

namespace fabrik::auth {

struct KeyRing::Impl {
  using Time = std::chrono::steady_clock::time_point;

  Impl(Fetch given, const KeyRingOptions& wanted, const Clock& used, Log& log_to)
      : fetch(std::move(given)), options(wanted), clock(used), log(log_to) {}

  bool tried_a_moment_ago() const {
    const std::lock_guard lock(mutex);
    return tried && clock.steady_now() - *tried < options.least_interval;
  }

  // On the ring's thread, or before there is anybody else.
  Result<void> run() {
    auto fetched = fetch();
    const std::lock_guard lock(mutex);
    tried = clock.steady_now();
    if (!fetched) {
      return fail(std::move(fetched).error());
    }
    fetched_at = *tried;
    keys = {std::make_shared<const KeySet>(*std::move(fetched)), keys.generation + 1};
    return {};
  }

  void run_unless_tried() {
    if (tried_a_moment_ago()) {
      return;
    }
    if (const auto result = run(); !result) {
      log.warn("the keys that sign tokens could not be fetched; the ones known stay",
               {{"error", result.error().message}});
    }
  }

  const Fetch fetch;
  const KeyRingOptions options;
  const Clock& clock;
  Log& log;
  std::atomic<bool> on_its_way{false};

  mutable std::mutex mutex;  // guards what follows
  Keys keys;
  std::optional<Time> tried;
  Time fetched_at;

  net::BlockingPool thread{1};  // last: it uses all of the above
};

KeyRing::KeyRing(Fetch fetch, const KeyRingOptions& options, const Clock& clock, Log& log)
    : impl_(std::make_unique<Impl>(std::move(fetch), options, clock, log)) {}

KeyRing::~KeyRing() {
  impl_->thread.join();
}

Result<void> KeyRing::fetch_now() {
  return impl_->run();
}

KeyRing::Keys KeyRing::current() {
  Impl& impl = *impl_;
  const auto now = impl.clock.steady_now();
  Keys keys;
  bool due = false;
  {
    const std::lock_guard lock(impl.mutex);
    if (impl.keys.set && now - impl.fetched_at <= impl.options.longest_outage) {
      keys = impl.keys;
    }
    const auto age = impl.tried ? now - *impl.tried : impl.options.refresh_interval;
    due = age >= impl.options.refresh_interval;
  }
  if (due && !impl.on_its_way.exchange(true)) {
    impl.thread.post([&impl] {
      impl.run_unless_tried();
      impl.on_its_way = false;
    });
  }
  return keys;
}

net::Task<bool> KeyRing::refresh() {
  Impl& impl = *impl_;
  const std::uint64_t before = [&impl] {
    const std::lock_guard lock(impl.mutex);
    return impl.keys.generation;
  }();
  if (impl.tried_a_moment_ago()) {
    co_return false;
  }
  co_await impl.thread.run([&impl] { impl.run_unless_tried(); });
  const std::lock_guard lock(impl.mutex);
  co_return impl.keys.generation != before;
}

}  // namespace fabrik::auth
