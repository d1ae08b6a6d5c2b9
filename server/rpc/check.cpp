// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/scan.hpp"
#include "server/rpc/value.hpp"

#include <simdjson.h>

namespace mooring::rpc {
namespace {

// RFC 8259, one pass, no memory but the stack. A simdjson document would take twelve times the
// text, which a 64 MiB answer of a backend cannot be granted; its On-Demand reader does not look at
// what is passed over. Its UTF-8 check is used as it is.
class Checker {
 public:
  explicit Checker(std::string_view text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  bool document() {
    at_ = skip_blanks(at_, end_);
    value_begin_ = at_;
    if (!value(0)) {
      return false;
    }
    value_end_ = at_;
    at_ = skip_blanks(at_, end_);
    return at_ == end_ || fails("something stands after the end of the value");
  }

  Value whole() const {
    return {
        kind_of(*value_begin_),
        {value_begin_, static_cast<std::size_t>(value_end_ - value_begin_)}};
  }

  std::string complaint() const {
    return std::string(problem_) + " at byte " + std::to_string(at_ - begin_);
  }

 private:
  bool fails(const char* problem) {
    problem_ = at_ == end_ ? "the text ends too early" : problem;
    return false;
  }

  bool value(std::size_t depth) {
    if (at_ == end_) {
      return fails("a value is missing");
    }
    switch (*at_) {
      case '{':
        return depth < max_depth ? object(depth + 1) : fails("nested too deep");
      case '[':
        return depth < max_depth ? array(depth + 1) : fails("nested too deep");
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool object(std::size_t depth) {
    at_ = skip_blanks(at_ + 1, end_);
    if (at_ < end_ && *at_ == '}') {
      ++at_;
      return true;
    }
    for (;;) {
      if (at_ == end_ || *at_ != '"') {
        return fails("a member's name in double quotes is missing");
      }
      if (!string()) {
        return false;
      }
      at_ = skip_blanks(at_, end_);
      if (at_ == end_ || *at_ != ':') {
        return fails("a colon is missing");
      }
      at_ = skip_blanks(at_ + 1, end_);
      if (!value(depth)) {
        return false;
      }
      if (bool more = false; !separator('}', more) || !more) {
        return problem_ == nullptr;
      }
    }
  }

  bool array(std::size_t depth) {
    at_ = skip_blanks(at_ + 1, end_);
    if (at_ < end_ && *at_ == ']') {
      ++at_;
      return true;
    }
    for (;;) {
      if (!value(depth)) {
        return false;
      }
      if (bool more = false; !separator(']', more) || !more) {
        return problem_ == nullptr;
      }
    }
  }

  bool separator(char closing, bool& more) {
    at_ = skip_blanks(at_, end_);
    if (at_ == end_ || (*at_ != ',' && *at_ != closing)) {
      return fails("a comma or the closing bracket is missing");
    }
    more = *at_++ == ',';
    at_ = more ? skip_blanks(at_, end_) : at_;
    return true;
  }

  bool string() {
    ++at_;
    for (;;) {
      at_ = plain_end(at_, end_);
      if (at_ == end_) {
        return fails("a string has no end");
      }
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (*at_ != '\\') {
        return fails("a control character stands in a string");
      }
      if (!escape()) {
        return false;
      }
    }
  }

  bool escape() {
    constexpr std::string_view simple = "\"\\/bfnrt";
    ++at_;
    if (at_ == end_) {
      return fails("a string has no end");
    }
    if (*at_ != 'u') {
      if (simple.find(*at_) == std::string_view::npos) {
        return fails("an unknown escape");
      }
      ++at_;
      return true;
    }
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_ || hex_digit(*at_) < 0) {
        return fails("an escape without four hexadecimal digits");
      }
    }
    return true;
  }

  bool literal(std::string_view word) {
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    if (rest.substr(0, word.size()) != word) {
      return fails("an unknown word");
    }
    at_ += word.size();
    return true;
  }

  bool digits() {
    if (at_ == end_ || !is_digit(*at_)) {
      return fails("a digit is missing");
    }
    while (at_ < end_ && is_digit(*at_)) {
      ++at_;
    }
    return true;
  }

  bool number() {
    at_ += *at_ == '-' ? 1 : 0;
    if (at_ < end_ && *at_ == '0') {
      ++at_;
    } else if (at_ == end_ || !is_digit(*at_)) {
      return fails("this is no JSON value");
    } else {
      digits();
    }
    if (at_ < end_ && *at_ == '.') {
      ++at_;
      if (!digits()) {
        return false;
      }
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      at_ += at_ < end_ && (*at_ == '+' || *at_ == '-') ? 1 : 0;
      return digits();
    }
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* value_begin_ = nullptr;
  const char* value_end_ = nullptr;
  const char* problem_ = nullptr;
};

}  // namespace

Result<Value> check(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return fail(Errc::invalid, "the text is not well-formed UTF-8");
  }
  Checker checker(text);
  if (!checker.document()) {
    return fail(Errc::invalid, checker.complaint());
  }
  return checker.whole();
}

}  // namespace mooring::rpc
