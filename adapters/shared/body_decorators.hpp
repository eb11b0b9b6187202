// Request bodies seen differently: looked at first, or decoded on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "net/http_exchange.hpp"

namespace fabrik::adapters {

// Everything but read_body() goes to the exchange behind it, which must outlive it.
class ForwardingExchange : public net::HttpExchange {
 public:
  explicit ForwardingExchange(net::HttpExchange& inner) : inner_(inner) {}

  const net::Request& request() const override { return inner_.request(); }
  net::Task<Result<Bytes>> read_body() override { return inner_.read_body(); }
  net::Task<Result<void>> reply(net::Response response, std::string body) override {
    return inner_.reply(std::move(response), std::move(body));
  }
  net::Task<Result<void>> stream(net::Response response, net::BodySource& body) override {
    return inner_.stream(std::move(response), body);
  }

 protected:
  net::HttpExchange& inner_;
};

// A body whose beginning was read already, and may have been replaced.
class ReplayedBody final : public ForwardingExchange {
 public:
  ReplayedBody(net::HttpExchange& inner, std::string beginning)
      : ForwardingExchange(inner), beginning_(std::move(beginning)) {}

  net::Task<Result<Bytes>> read_body() override;

 private:
  std::string beginning_;
  bool replayed_ = false;
};

// A body that comes as Zstandard frames. Decodes at most `size` bytes with a window
// of at most 8 MiB. invalid_argument: not Zstandard, cut off, or not `size` bytes.
class ZstdBody final : public ForwardingExchange {
 public:
  ZstdBody(net::HttpExchange& inner, std::uint64_t size);
  ~ZstdBody() override;

  net::Task<Result<Bytes>> read_body() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One Zstandard frame of all of it.
std::string zstd_frame(Bytes data);

}  // namespace fabrik::adapters
