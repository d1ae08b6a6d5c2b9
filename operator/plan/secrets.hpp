// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/plan/observed.hpp"

#include <string>
#include <vector>

/// What a resource takes from Secrets.
namespace mooring::plan {

/// The Secrets that a resource refers to, each once, in order of name: what to read before.
std::vector<std::string> references(const api::McpServer& server);

/// Whether the programs of its backends have variables whose values stand in Secrets.
bool takes_secrets(const api::McpServer& server);

/// A text of 16 hexadecimal digits that is another one when a value of these variables is; without
/// `salt`, which only the Secret of keys has, it tells nothing of the values. Where one of them is
/// missing or could not be read, that of the pods that there are: they are not to be replaced by
/// pods that cannot start. Empty where nothing is taken.
std::string secrets_hash(
    const api::McpServer& server, const Observed& observed, const std::string& salt
);

/// That of the pods that there are; empty: none.
std::string secrets_hash_in_force(const api::McpServer& server, const Observed& observed);

}  // namespace mooring::plan
