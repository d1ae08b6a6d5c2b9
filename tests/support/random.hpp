// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Seeded randomness for property tests: the same seed gives the same run everywhere.
namespace mooring::tests {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 to `limit` - 1.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

  bool one_in(std::size_t n) { return below(n) == 0; }

  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

  std::string bytes(std::size_t size) {
    std::string made(size, '\0');
    for (char& c : made) {
      c = static_cast<char>(below(256));
    }
    return made;
  }

  /// The text with some bytes replaced, taken out, doubled, or bits of `words` put in.
  std::string mutate(std::string_view text, const std::vector<std::string>& words) {
    std::string made(text);
    for (std::size_t i = 1 + below(4); i > 0; --i) {
      const std::size_t at = below(made.size() + 1);
      const std::size_t length = below(std::min<std::size_t>(8, made.size() - at) + 1);
      switch (below(4)) {
        case 0:
          made.replace(at, length, bytes(length));
          break;
        case 1:
          made.erase(at, length);
          break;
        case 2:
          made.insert(at, made.substr(at, length));
          break;
        default:
          made.insert(at, pick(words));
      }
    }
    return made;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace mooring::tests
