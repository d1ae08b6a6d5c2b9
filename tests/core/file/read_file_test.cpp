// SPDX-License-Identifier: Apache-2.0
#include "core/file/read_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

namespace mooring::file {
namespace {

struct Folder {
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }

  ~Folder() { static_cast<void>(std::system(("rm -rf " + path).c_str())); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path + "/" + name) << content;
    return path + "/" + name;
  }

  std::string path = "/tmp/mooring-file-XXXXXX";
};

TEST_CASE("file: an empty file is an empty text, not an error") {
  const Folder folder;

  CHECK(read_file(folder.write("empty", "")) == "");
}

TEST_CASE("file: the content comes whole, bytes as they are") {
  const Folder folder;
  const std::string content = std::string(100'000, 'x') + '\0' + "\xff\n";

  CHECK(read_file(folder.write("full", content)) == content);
}

TEST_CASE("file: what cannot be read is named with what the system said") {
  const Folder folder;

  CHECK(
      read_file(folder.path + "/none").error().message ==
      "cannot read " + folder.path + "/none: No such file or directory"
  );
  CHECK(
      read_file(folder.path).error().message == "cannot read " + folder.path + ": Is a directory"
  );
}

TEST_CASE("file: a file over the limit is refused by its size") {
  const Folder folder;

  CHECK(read_file(folder.write("large", "12345"), 4).error().code == Errc::invalid);
  CHECK(read_file(folder.write("just", "1234"), 4) == "1234");
}

}  // namespace
}  // namespace mooring::file
