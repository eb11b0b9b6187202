// Token mode: where the kernel does not tell whose connection it is, or where the
// user asks for it, every request has to present the project's random token through
// its own protocol's channel. Pure.
#pragma once

#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace fabrik::net {

// The token in the value of an Authorization header: a bearer token (Nx, Turborepo,
// Rush, Bazel, gRPC), the password of Basic (Gradle, ccache, Maven, OCI clients), or
// the access key id of an AWS signature (S3 clients; RFC 7617, RFC 6750, AWS Signature
// Version 4). Empty: there is none.
std::string presented_token(std::string_view authorization);

// Whether the one Authorization header carries `token`. The comparison takes the same
// time for all wrong tokens of one length.
bool presents_token(const Headers& headers, std::string_view token);
// The same for the value alone.
bool is_token_of(std::string_view authorization, std::string_view token);

}  // namespace fabrik::net
