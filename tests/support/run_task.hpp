// Runs one coroutine to its end on this thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>

#include "net/task.hpp"

namespace fabrik::testing {

template <class T>
T run_task(net::Task<T> task) {
  boost::asio::io_context loop;
  std::exception_ptr thrown;
  std::optional<T> value;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T result) {
    thrown = error;
    value.emplace(std::move(result));
  });
  loop.run();
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  return std::move(value).value();
}

inline void run_task(net::Task<void> task) {
  boost::asio::io_context loop;
  bool finished = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error) {
    thrown = error;
    finished = true;
  });
  loop.run();
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (!finished) {
    throw std::runtime_error("coroutine never finished");
  }
}

}  // namespace fabrik::testing
