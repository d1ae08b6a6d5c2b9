// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace mooring::tests {

/// The folder above this program that has the file. Found when it runs: a path that is compiled in
/// would make of each checkout something else to compile.
inline std::filesystem::path folder_with(const std::string& file) {
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (!std::filesystem::exists(folder / file) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

/// A path of the source tree.
inline std::filesystem::path in_tree(const std::string& path) {
  return folder_with("VERSION") / path;
}

/// A path of the build tree that this program is of.
inline std::filesystem::path in_build(const std::string& path) {
  return folder_with("CMakeCache.txt") / path;
}

}  // namespace mooring::tests
