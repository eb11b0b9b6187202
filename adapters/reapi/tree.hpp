// ContentAddressableStorage.GetTree: a directory and all below it.
//
// Each directory comes once, breadth first, parents before their children. Without
// page_size everything comes as one stream of messages; with it one page, and the
// token for the next. A child that is missing is left out; the root is NOT_FOUND.
#pragma once

#include "adapters/reapi/unary.hpp"

namespace fabrik::adapters::reapi {

net::Task<net::RpcStatus> get_tree(Context& context, net::RpcCall& call);

}  // namespace fabrik::adapters::reapi
