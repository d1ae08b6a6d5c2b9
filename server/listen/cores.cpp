// SPDX-License-Identifier: Apache-2.0
#include "server/listen/cores.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

namespace mooring::listen {
namespace {

// Quota over period in cores; 0 if there is none. Inside a container the group's own files are at
// the root of the mount.
double quota() {
  std::string limit;
  double period = 0;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> limit >> period) {
    return limit == "max" || period <= 0 ? 0 : std::stod(limit) / period;
  }
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double microseconds = 0;
  if (quota_file >> microseconds && period_file >> period && microseconds > 0 && period > 0) {
    return microseconds / period;
  }
  return 0;
}

}  // namespace

unsigned usable_cores() {
  unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  if (const double limit = quota(); limit > 0) {
    cores = std::min(cores, static_cast<unsigned>(std::ceil(limit)));
  }
  return std::clamp(cores, 1U, 64U);
}

}  // namespace mooring::listen
