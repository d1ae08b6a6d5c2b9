// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace {

// An input is a line, in which a backslash stands before another one, before `n`, `r` or `xHH`.
std::string unescaped(std::string_view line) {
  std::string made;
  while (!line.empty()) {
    const char kind = line[0] == '\\' && line.size() > 1 ? line[1] : '\0';
    if (kind == '\0') {
      made += line[0];
      line.remove_prefix(1);
    } else if (kind == 'x') {
      made += static_cast<char>(std::stoi(std::string(line.substr(2, 2)), nullptr, 16));
      line.remove_prefix(std::min<std::size_t>(4, line.size()));
    } else {
      made += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind;
      line.remove_prefix(2);
    }
  }
  return made;
}

}  // namespace

// replay FILE: each of its inputs once
int main(int count, char** words) {
  std::ifstream file(count > 1 ? words[1] : "");
  int inputs = 0;
  for (std::string line; std::getline(file, line); ++inputs) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
    const std::string input = unescaped(line);
    // In memory of just its size, so that a byte read beyond it is seen.
    const std::vector<char> exact(input.begin(), input.end());
    mooring::fuzz::try_input({exact.data(), exact.size()});
  }
  std::printf("%d inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
