#include "cache/scrubber.hpp"

#include <algorithm>
#include <cstring>

#include "cache/schema.hpp"

namespace fabrik::cache {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kMarkKey = "scrub";
constexpr milliseconds kStep = std::chrono::seconds(1);
constexpr milliseconds kAfterTrouble = std::chrono::seconds(30);

}  // namespace

std::string encode(const ScrubMark& mark) {
  std::string out(sizeof mark.finished_ms, '\0');
  std::memcpy(out.data(), &mark.finished_ms, sizeof mark.finished_ms);
  if (mark.next) {
    out += as_key(*mark.next);
  }
  return out;
}

std::optional<ScrubMark> decode_scrub_mark(std::string_view value) {
  ScrubMark mark;
  if (value.size() < sizeof mark.finished_ms) {
    return std::nullopt;
  }
  std::memcpy(&mark.finished_ms, value.data(), sizeof mark.finished_ms);
  value.remove_prefix(sizeof mark.finished_ms);
  if (!value.empty()) {
    mark.next = decode_digest(value);
    if (!mark.next) {
      return std::nullopt;
    }
  }
  return mark;
}

std::optional<milliseconds> Scrubber::work(bool in_use) {
  if (!in_use || p_.interval.count() == 0 || p_.bytes_per_second == 0 || !round_is_due()) {
    return std::nullopt;
  }
  if (std::chrono::steady_clock::now() >= due_) {
    take_step();
  }
  return std::max(milliseconds(1),
                  std::chrono::ceil<milliseconds>(due_ - std::chrono::steady_clock::now()));
}

void Scrubber::load_mark() {
  const auto value = p_.db.enter().get(Family::meta, kMarkKey);
  mark_ = value && *value ? decode_scrub_mark(**value) : std::nullopt;
  if (!mark_) {
    // A new store was just written: nothing is old enough to have rotted.
    mark_ = ScrubMark{.next = std::nullopt, .finished_ms = to_unix_ms(p_.clock.now())};
    save_mark();
  }
}

void Scrubber::save_mark() const {
  const auto session = p_.db.enter();
  auto batch = session.batch();
  batch.put(Family::meta, kMarkKey, encode(*mark_));
  (void)session.write(std::move(batch));  // lost: some blobs are checked twice
}

bool Scrubber::round_is_due() {
  if (!mark_) {
    load_mark();
  }
  const std::int64_t age = to_unix_ms(p_.clock.now()) - mark_->finished_ms;
  return mark_->next || age >= p_.interval.count() || age < 0;
}

void Scrubber::take_step() {
  const auto now = std::chrono::steady_clock::now();
  const auto step = p_.check(mark_->next ? &*mark_->next : nullptr, p_.bytes_per_second);
  if (!step) {
    p_.log.debug("stored blobs not checked", {{"reason", step.error().message}});
    due_ = now + kAfterTrouble;
    return;
  }
  due_ = now + std::max(kStep, milliseconds(step->bytes * 1000 / p_.bytes_per_second));
  mark_->next = step->next;
  if (!step->next) {
    mark_->finished_ms = to_unix_ms(p_.clock.now());
    p_.log.info("all stored blobs have been checked");
  }
  save_mark();
}

}  // namespace fabrik::cache
