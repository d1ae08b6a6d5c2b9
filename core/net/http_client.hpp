// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http://…
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{5'000};  ///< for the whole exchange
  std::size_t max_response_bytes = 4 << 20;
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;

  std::string header(std::string_view lower_case_name) const;
};

/// One request on a connection of its own; blocks. Plain HTTP (probes and health checks inside the
/// cluster). Errors: invalid (the URL, or an answer too large), unavailable (refused, reset, name
/// unknown), timeout (a slow look-up of the name may take longer than that).
Result<ClientResponse> exchange(const ClientRequest& request);

}  // namespace mooring::net
