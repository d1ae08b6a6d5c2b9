// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/value.hpp"

#include "server/rpc/scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace mooring::rpc {
namespace {

const char* string_end(const char* at, const char* end) {
  at = plain_end(at + 1, end);
  while (at < end && *at != '"') {
    at = plain_end(at + 2, end);
  }
  return at + 1;
}

const char* container_end(const char* at, const char* end) {
  std::size_t depth = 0;
  while ((at = next_structure(at, end)) < end) {
    if (*at == '"') {
      at = string_end(at, end);
      continue;
    }
    const bool opens = *at == '{' || *at == '[';
    depth += opens ? 1 : 0;
    depth -= opens ? 0 : 1;
    ++at;
    if (depth == 0) {
      break;
    }
  }
  return at;
}

const char* scalar_end(const char* at, const char* end) {
  constexpr std::string_view stops = ",]} \n\r\t";
  while (at < end && stops.find(*at) == std::string_view::npos) {
    ++at;
  }
  return at;
}

const char* value_end(Kind kind, const char* at, const char* end) {
  switch (kind) {
    case Kind::object:
    case Kind::array:
      return container_end(at, end);
    case Kind::string:
      return string_end(at, end);
    default:
      return scalar_end(at, end);
  }
}

std::string_view view(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

// Past blanks and at most one comma or colon.
std::string_view next_item(std::string_view rest) {
  const char* end = rest.data() + rest.size();
  const char* at = skip_blanks(rest.data(), end);
  if (at < end && (*at == ',' || *at == ':')) {
    at = skip_blanks(at + 1, end);
  }
  return view(at, end);
}

std::string_view after(std::string_view text, std::string_view part) {
  const char* from = part.data() + part.size();
  return view(from, text.data() + text.size());
}

}  // namespace

Value first_value(std::string_view checked) {
  const char* end = checked.data() + checked.size();
  const char* at = skip_blanks(checked.data(), end);
  if (at == end) {
    return {};
  }
  const Kind kind = kind_of(*at);
  return {kind, view(at, value_end(kind, at, end))};
}

Members::Members(Value object)
    : rest_(object.is(Kind::object) ? object.raw.substr(1) : std::string_view("}")) {}

bool Members::next() {
  rest_ = next_item(rest_);
  if (rest_.front() == '}') {
    return false;
  }
  key = view(rest_.data(), string_end(rest_.data(), rest_.data() + rest_.size()));
  value = first_value(next_item(after(rest_, key)));
  rest_ = after(rest_, value.raw);
  return true;
}

Elements::Elements(Value array)
    : rest_(array.is(Kind::array) ? array.raw.substr(1) : std::string_view("]")) {}

bool Elements::next() {
  rest_ = next_item(rest_);
  if (rest_.front() == ']') {
    return false;
  }
  value = first_value(rest_);
  rest_ = after(rest_, value.raw);
  return true;
}

bool pick(Value object, std::initializer_list<Wanted> wanted) {
  Members members(object);
  while (members.next()) {
    const std::string_view inside = members.key.substr(1, members.key.size() - 2);
    const bool escaped = inside.find('\\') != std::string_view::npos;
    for (const Wanted& want : wanted) {
      if (escaped ? says(members.key, want.name) : inside == want.name) {
        if (*want.out) {
          return false;
        }
        *want.out = members.value;
        break;
      }
    }
  }
  return true;
}

void append_members(
    std::string& out, Value object, std::initializer_list<std::string_view> without
) {
  Members members(object);
  while (members.next()) {
    const bool unwanted =
        std::any_of(without.begin(), without.end(), [&members](std::string_view name) {
          return says(members.key, name);
        });
    if (!unwanted) {
      out += out.ends_with('{') ? "" : ",";
      out.append(members.key).append(":").append(members.value.raw);
    }
  }
}

std::optional<std::int64_t> integer_of(Value number) {
  std::int64_t value = 0;
  const char* end = number.raw.data() + number.raw.size();
  const auto [stop, error] = std::from_chars(number.raw.data(), end, value);
  if (!number.is(Kind::number) || error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return value;
}

double double_of(Value number) {
  double value = 0;
  const char* end = number.raw.data() + number.raw.size();
  const auto error = std::from_chars(number.raw.data(), end, value).ec;
  if (error != std::errc::result_out_of_range) {
    return value;
  }
  // Too large or too small for a double: strtod gives the infinity or the zero it rounds to.
  return std::strtod(std::string(number.raw).c_str(), nullptr);
}

}  // namespace mooring::rpc
