// SPDX-License-Identifier: Apache-2.0
#include "server/session/session.hpp"

#include "core/text/ascii.hpp"
#include "server/era/era.hpp"
#include "server/seal/fields.hpp"

#include <algorithm>

// Sealed is
//   format (1 byte) | capabilities (1) | issued, expires (8 each, big-endian seconds since 1970)
//   | protocol version (10) | length (1) and bytes of the client's name, of the client's version,
//   and, in format 2, of its home
// Format 1 is what has no home.
namespace mooring::session {
namespace {

constexpr std::string_view purpose = "session";
constexpr char homeless = 1;
constexpr char with_home = 2;
constexpr std::size_t version_size = 10;
constexpr std::size_t fixed_size = 2 + 8 + 8 + version_size;
constexpr std::size_t max_text = 64;

void append_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size());
  out += text;
}

bool read_text(std::string_view& bytes, std::string& out) {
  const std::size_t size = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  if (bytes.size() < 1 + size) {
    return false;
  }
  out = bytes.substr(1, size);
  bytes.remove_prefix(1 + size);
  return true;
}

// At most so many bytes, not cut inside a character.
std::string bounded(rpc::Value value) {
  if (!value.is(rpc::Kind::string)) {
    return {};
  }
  std::string text = rpc::text_of(value.raw);
  std::size_t size = std::min(text.size(), max_text);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80
  ) {
    --size;
  }
  text.resize(size);
  return text;
}

bool decode(std::string_view bytes, Session& session) {
  if (bytes.size() < fixed_size || (bytes[0] != homeless && bytes[0] != with_home)) {
    return false;
  }
  const bool has_home = bytes[0] == with_home;
  session.capabilities = static_cast<unsigned char>(bytes[1]);
  session.issued = seal::read_time(bytes.substr(2, 8));
  session.expires = seal::read_time(bytes.substr(10, 8));
  session.version = era::legacy_version(bytes.substr(18, version_size));
  bytes.remove_prefix(fixed_size);
  return !session.version.empty() && read_text(bytes, session.client_name) &&
         read_text(bytes, session.client_version) &&
         (!has_home || read_text(bytes, session.home)) && bytes.empty();
}

}  // namespace

unsigned read_capabilities(rpc::Value declared) {
  rpc::Value sampling_member, elicitation, roots_member, tools, form, url;
  rpc::pick(
      declared,
      {{"sampling", &sampling_member}, {"elicitation", &elicitation}, {"roots", &roots_member}}
  );
  rpc::pick(sampling_member, {{"tools", &tools}});
  rpc::pick(elicitation, {{"form", &form}, {"url", &url}});
  unsigned found = 0;
  found |= sampling_member ? sampling : 0U;
  found |= tools ? sampling_tools : 0U;
  found |= elicitation && (form || !url) ? elicitation_form : 0U;  // {} means forms
  found |= url ? elicitation_url : 0U;
  found |= roots_member ? roots : 0U;
  return found;
}

Session begin(
    std::string_view version, rpc::Value params, Time now, std::chrono::seconds time_to_live
) {
  rpc::Value client, capabilities, name, client_version;
  rpc::pick(params, {{"clientInfo", &client}, {"capabilities", &capabilities}});
  rpc::pick(client, {{"name", &name}, {"version", &client_version}});
  Session session;
  session.version = era::legacy_version(version);
  session.client_name = bounded(name);
  session.client_version = bounded(client_version);
  session.capabilities = read_capabilities(capabilities);
  session.issued = now;
  session.expires = now + time_to_live;
  return session;
}

Result<std::string> seal(const Session& session, const seal::Ring& ring, const seal::Nonce& nonce) {
  std::string bytes{
      session.home.empty() ? homeless : with_home, static_cast<char>(session.capabilities)};
  seal::append_time(bytes, session.issued);
  seal::append_time(bytes, session.expires);
  bytes += session.version;
  append_text(bytes, session.client_name);
  append_text(bytes, session.client_version);
  if (!session.home.empty()) {
    append_text(bytes, session.home);
  }
  return seal::seal(ring, purpose, bytes, nonce);
}

tl::expected<Session, rpc::Refusal> resume(
    std::string_view token, const seal::Ring& ring, Time now
) {
  if (token.empty()) {
    return tl::unexpected(rpc::Refusal{
        400,
        rpc::code::no_session,
        "header Mcp-Session-Id is missing; send initialize first, then what it returned",
        "",
        ""});
  }
  const Result<std::string> bytes = seal::open(ring, purpose, token);
  Session session;
  if (!bytes || !decode(*bytes, session) || session.expires <= now) {
    return tl::unexpected(unknown_session());
  }
  return session;
}

// The end of a token is the seal's tag: 128 bits that no two tokens have in common.
std::string key_of(std::string_view token) {
  constexpr std::size_t tag_characters = 22;
  return std::string(token.substr(token.size() - std::min(token.size(), tag_characters)));
}

rpc::Refusal unknown_session() {
  return {
      404,
      rpc::code::unknown_session,
      "the session is unknown or has ended; send initialize again",
      "",
      ""};
}

}  // namespace mooring::session
