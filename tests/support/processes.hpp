// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <string>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace mooring::tests {

/// Gone, or a zombie that only waits for its parent.
inline bool has_ended(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  return !std::getline(stat, line) || line.substr(line.rfind(')') + 2, 1) == "Z";
}

/// Begins this program anew with one test case and these variables (NAME=value) more; pipes stay
/// open in it. A fork alone would have no threads but the one that forks.
inline pid_t begin_this_test_anew(std::string test_case, std::vector<std::string> more) {
  test_case.insert(0, "--test-case=");
  std::string name = "again";
  char* arguments[] = {name.data(), test_case.data(), nullptr};
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.push_back(*variable);
  }
  for (std::string& variable : more) {
    variables.push_back(variable.data());
  }
  variables.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execve("/proc/self/exe", arguments, variables.data());
    _exit(127);
  }
  return pid;
}

}  // namespace mooring::tests
