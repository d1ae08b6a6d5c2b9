// SPDX-License-Identifier: Apache-2.0
#include "server/bridge/install.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <link.h>
#include <set>
#include <string_view>
#include <system_error>

namespace mooring::bridge {
namespace {

namespace fs = std::filesystem;

// dl_iterate_phdr's callback: the paths of all that the loader has mapped, but the program (empty
// name) and the kernel's own page (no path).
int add_object(dl_phdr_info* info, std::size_t /*size*/, void* paths) {
  if (std::strchr(info->dlpi_name, '/') != nullptr) {
    static_cast<std::set<fs::path>*>(paths)->insert(info->dlpi_name);
  }
  return 0;
}

// PT_INTERP of the program: the first object that dl_iterate_phdr tells of.
int add_loader(dl_phdr_info* info, std::size_t /*size*/, void* paths) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type == PT_INTERP) {
      static_cast<std::set<fs::path>*>(paths)->insert(
          reinterpret_cast<const char*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr)
      );
    }
  }
  return 1;
}

// Started through a loader (`ld-linux… mcp-server`), /proc/self/exe is the loader.
fs::path program() {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  return self.filename().native().starts_with("ld-") ? fs::path(program_invocation_name) : self;
}

// Written beside and renamed into place: a copy that is running stays whole.
void put_copy(const fs::path& from, const fs::path& to) {
  fs::path beside = to;
  beside += ".new";
  fs::remove(beside);
  fs::copy_file(from, beside);
  fs::permissions(beside, static_cast<fs::perms>(0555));
  fs::rename(beside, to);
}

}  // namespace

int install(const std::string& directory) {
  try {
    std::set<fs::path> libraries;
    dl_iterate_phdr(add_object, &libraries);
    dl_iterate_phdr(add_loader, &libraries);
    fs::create_directories(directory);
    put_copy(program(), fs::path(directory) / "mcp-server");
    for (const fs::path& library : libraries) {
      put_copy(library, fs::path(directory) / library.filename());
    }
    return 0;
  } catch (const fs::filesystem_error& error) {
    const fs::path& to = error.path2().empty() ? error.path1() : error.path2();
    std::cerr << "mcp-server install: cannot write " << to.string() << ": "
              << error.code().message() << "; give a directory this user may write to\n";
    return 3;
  }
}

}  // namespace mooring::bridge
