// Request bodies seen differently: looked at first, or decoded on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "adapters/shared/zstd_codec.hpp"
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
  ZstdBody(net::HttpExchange& inner, std::uint64_t size)
      : ForwardingExchange(inner), decoder_(size), left_(size) {}

  net::Task<Result<Bytes>> read_body() override;

 private:
  ZstdDecoder decoder_;
  std::uint64_t left_;  // bytes that have to come
};

// A body as one Zstandard frame, made while it is sent.
class ZstdSource final : public net::BodySource {
 public:
  explicit ZstdSource(std::unique_ptr<net::BodySource> inner) : inner_(std::move(inner)) {}

  std::uint64_t size() const override { return net::kUnknownLength; }
  net::Task<Result<Bytes>> next() override;

 private:
  std::unique_ptr<net::BodySource> inner_;
  ZstdEncoder encoder_;
  Bytes ready_;  // encoded and not handed out yet
  bool ended_ = false;
};

}  // namespace fabrik::adapters
