// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// JSON read in place: nothing is built, a value is a slice of the text it stands in.
namespace mooring::rpc {

enum class Kind : std::uint8_t { none, object, array, string, number, boolean, null };

/// One JSON value, without blanks around it. All but `check` expect slices of checked text.
struct Value {
  Kind kind = Kind::none;  ///< none: there is no such value
  std::string_view raw;    ///< as it stands there, strings with their quotes

  explicit operator bool() const { return kind != Kind::none; }

  bool is(Kind wanted) const { return kind == wanted; }
};

/// Containers may stand this deep in each other.
inline constexpr std::size_t max_depth = 128;

/// The one value (RFC 8259, in well-formed UTF-8) that the text is; the error says what is wrong at
/// which byte. Double keys are left to `pick`.
Result<Value> check(std::string_view text);

/// A value that starts at the head of checked text.
Value first_value(std::string_view checked);

/// The members of an object, one at a time.
class Members {
 public:
  explicit Members(Value object);
  bool next();

  std::string_view key;  ///< raw, with its quotes
  Value value;

 private:
  std::string_view rest_;
};

/// The elements of an array, one at a time.
class Elements {
 public:
  explicit Elements(Value array);
  bool next();

  Value value;

 private:
  std::string_view rest_;
};

struct Wanted {
  std::string_view name;
  Value* out;
};

/// Finds members by name. False if one of these names stands there twice: two readers would take
/// different ones, so nobody may.
bool pick(Value object, std::initializer_list<Wanted> wanted);

/// Whether a raw string (with quotes) says exactly this, escapes resolved.
bool says(std::string_view raw_string, std::string_view text);

/// What a raw string (with quotes) says; half a surrogate pair becomes U+FFFD.
std::string text_of(std::string_view raw_string);

/// The number, if it is written without fraction and exponent and fits.
std::optional<std::int64_t> integer_of(Value number);
double double_of(Value number);

/// Appends an object's members as they stand there, but for those named, after a comma unless an
/// object has just been opened: what goes between the braces of a new object.
void append_members(
    std::string& out, Value object, std::initializer_list<std::string_view> without
);

/// Appends text as a JSON string, with quotes. Bytes that are no UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);

}  // namespace mooring::rpc
