// SPDX-License-Identifier: Apache-2.0
#include "server/input/request_state.hpp"

#include "server/seal/fields.hpp"

#include <array>

// Sealed is
//   format (1 byte, 1) | flags (1; bit 0: has a backend's state) | expires (8, big-endian seconds
//   since 1970) | number (8) | length (4) and bytes of target, principal, owner, backend's state
namespace mooring::input {
namespace {

constexpr std::string_view state_purpose = "request-state";
constexpr char format = 1;
constexpr std::size_t head_size = 2 + 8 + 8;
// A token of base64url must stay below what the seal opens.
constexpr std::size_t longest_backend_state = 40'000;

bool read_text(std::string_view& bytes, std::string& out) {
  if (bytes.size() < 4) {
    return false;
  }
  const std::uint64_t size = seal::read_number(bytes.substr(0, 4));
  if (bytes.size() - 4 < size) {
    return false;
  }
  out = bytes.substr(4, size);
  bytes.remove_prefix(4 + size);
  return true;
}

bool decode(std::string_view bytes, RequestState& state) {
  if (bytes.size() < head_size || bytes[0] != format) {
    return false;
  }
  state.has_backend_state = bytes[1] != 0;
  state.expires = seal::read_time(bytes.substr(2, 8));
  state.number = seal::read_number(bytes.substr(10, 8));
  bytes.remove_prefix(head_size);
  return read_text(bytes, state.target) && read_text(bytes, state.principal) &&
         read_text(bytes, state.owner) && read_text(bytes, state.backend_state) && bytes.empty();
}

}  // namespace

std::string target_of(std::string_view method, std::string_view name) {
  return std::string(method).append(1, '\n').append(name);
}

Result<std::string> seal(
    const RequestState& state, const seal::Ring& ring, const seal::Nonce& nonce
) {
  if (state.backend_state.size() > longest_backend_state) {
    return fail(
        Errc::invalid,
        "the backend's requestState has " + std::to_string(state.backend_state.size()) +
            " bytes, at most " + std::to_string(longest_backend_state) + " can be kept"
    );
  }
  std::string bytes{format, static_cast<char>(state.has_backend_state ? 1 : 0)};
  seal::append_time(bytes, state.expires);
  seal::append_number(bytes, state.number);
  for (const std::string* text :
       std::array{&state.target, &state.principal, &state.owner, &state.backend_state}) {
    seal::append_number(bytes, text->size(), 4);
    bytes += *text;
  }
  return seal::seal(ring, state_purpose, bytes, nonce);
}

Result<RequestState> open(
    std::string_view token,
    const seal::Ring& ring,
    Time now,
    std::string_view target,
    std::string_view principal
) {
  const Result<std::string> bytes = seal::open(ring, state_purpose, token);
  RequestState state;
  // One answer for all: who tampers need not learn how far the attempt went.
  if (!bytes || !decode(*bytes, state) || state.expires <= now || state.target != target ||
      state.principal != principal) {
    return fail(
        Errc::invalid,
        "requestState is not of this call, or has expired; send the call again without it"
    );
  }
  return state;
}

}  // namespace mooring::input
