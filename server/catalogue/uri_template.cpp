// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/uri_template.hpp"

#include "core/text/ascii.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace mooring::catalogue {
namespace {

constexpr std::size_t max_template = 2048;

// What the expressions of an operator (RFC 6570 section 3.2) can become.
std::string_view pattern_of(char op) {
  switch (op) {
    case '+':
      return ".+";
    case '#':
      return "(?:#.*)?";
    case '.':
      return "(?:\\.[^/?#]*)?";
    case '/':
      return "(?:/[^/?#]*)*";
    case ';':
      return "(?:;[^/?#]*)?";
    case '?':
      return "(?:\\?[^#]*)?";
    case '&':
      return "(?:&[^#]*)?";
    default:
      return "[^/?#]+";
  }
}

bool is_variable(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '%' || c == ',' || c == ':' || c == '*' || c == '-';
}

}  // namespace

Result<UriTemplate> UriTemplate::compile(std::string_view text) {
  const auto wrong = [text](std::string_view what) {
    return fail(Errc::invalid, "URI template " + text::quoted(text) + " " + std::string(what));
  };
  if (text.empty() || text.size() > max_template) {
    return wrong("must have 1 to 2048 bytes");
  }
  UriTemplate made;
  made.prefix_ = text.substr(0, text.find('{'));
  std::string pattern;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view literal = rest.substr(0, rest.find('{'));
    if (literal.find('}') != std::string_view::npos) {
      return wrong("has a \"}\" without \"{\"");
    }
    made.literal_size_ += literal.size();
    pattern += re2::RE2::QuoteMeta(re2::StringPiece(literal.data(), literal.size()));
    rest.remove_prefix(literal.size());
    if (rest.empty()) {
      break;
    }
    const std::size_t end = rest.find('}');
    std::string_view inside = rest.substr(1, end == std::string_view::npos ? 0 : end - 1);
    const char op = inside.empty() ? '\0' : inside[0];
    inside.remove_prefix(std::string_view("+#./;?&").find(op) == std::string_view::npos ? 0 : 1);
    if (inside.empty() || !std::all_of(inside.begin(), inside.end(), is_variable)) {
      return wrong("must have names of variables between \"{\" and \"}\" (RFC 6570)");
    }
    pattern += pattern_of(op);
    rest.remove_prefix(end + 1);
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  made.pattern_ = std::make_shared<const re2::RE2>(pattern, options);
  if (!made.pattern_->ok()) {
    return wrong("is too complicated");
  }
  return made;
}

bool UriTemplate::matches(std::string_view uri) const {
  return uri.starts_with(prefix_) &&
         re2::RE2::FullMatch(re2::StringPiece(uri.data(), uri.size()), *pattern_);
}

}  // namespace mooring::catalogue
