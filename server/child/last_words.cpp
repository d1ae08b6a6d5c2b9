// SPDX-License-Identifier: Apache-2.0
#include "server/child/last_words.hpp"

#include "core/text/ascii.hpp"

namespace mooring::child {
namespace {

constexpr unsigned longest_stack = 30;

}  // namespace

void LastWords::add(std::string_view line) {
  const std::string_view trimmed = text::trim(line);
  if (trimmed.empty()) {
    return;
  }
  last_ = trimmed;
  ++since_error_;
  if (text::to_lower(last_).find("error") != std::string::npos) {
    error_ = last_;
    since_error_ = 0;
  }
}

const std::string& LastWords::most_telling() const {
  return error_.empty() || since_error_ > longest_stack ? last_ : error_;
}

}  // namespace mooring::child
