// The coroutine type of everything that waits: transport, adapters, upstreams.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace fabrik::net {

// Awaited exactly once, on a net::Runtime thread. Pass parameters by value or
// by reference to objects that the caller keeps alive until the await ends.
template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace fabrik::net
