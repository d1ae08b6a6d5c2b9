# SPDX-License-Identifier: Apache-2.0
# Headers of others as clang has read them, once for all sources instead of in each: a fifth of what compiling costs. They
# are kept outside the tree, by a digest of all that they say, so that ccache finds what another checkout compiled with them.

set(MOORING_OF_STD algorithm atomic chrono functional map memory mutex optional set string string_view thread vector)

# mooring_read_once(words nlohmann/json.hpp vector): answers the words by which a source is compiled with these.
function(mooring_read_once out)
  set(cache "$ENV{MOORING_CACHE}")
  if(NOT cache)
    set(cache "$ENV{HOME}/.cache/mooring")
  endif()
  list(TRANSFORM ARGN REPLACE "(.+)" "#include <\\1>\n" OUTPUT_VARIABLE includes)
  list(JOIN includes "" source)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  separate_arguments(words UNIX_COMMAND "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} -std=c++20 -w -x c++-header")
  get_directory_property(definitions COMPILE_DEFINITIONS)
  list(TRANSFORM definitions PREPEND -D)
  get_directory_property(options COMPILE_OPTIONS)
  # That is of the checkout.
  list(FILTER options EXCLUDE REGEX "^-ffile-prefix-map=")
  list(APPEND words ${definitions} ${options})

  # With all macros and line numbers: clang refuses what was read of a header that is another now. By no name of its own, so
  # that it is the same text in each checkout.
  set(file "${CMAKE_BINARY_DIR}/read_once.hpp")
  file(WRITE "${file}" "${source}")
  execute_process(COMMAND ${words} -E -dD - INPUT_FILE "${file}" OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(SHA256 digest "${CMAKE_CXX_COMPILER_VERSION} ${words} ${text}")
  set(kept "${cache}/read_once/${digest}")
  if(NOT EXISTS "${kept}.pch")
    message(STATUS "Reading headers once for all (${kept}.pch)")
    # Another configure step may do the same now: there is nothing half written by the name.
    string(RANDOM unfinished)
    file(WRITE "${kept}.hpp" "${source}")
    execute_process(COMMAND ${words} -fpch-instantiate-templates -Xclang -fno-pch-timestamp -o "${kept}.${unfinished}" "${kept}.hpp"
      COMMAND_ERROR_IS_FATAL ANY)
    file(RENAME "${kept}.${unfinished}" "${kept}.pch")
    # Of other compilers and of headers that were.
    execute_process(COMMAND find "${cache}/read_once" -type f -mtime +30 -delete)
  endif()
  file(TOUCH "${kept}.hpp" "${kept}.pch")
  set(${out} -include-pch "${kept}.pch" PARENT_SCOPE)
endfunction()

mooring_read_once(MOORING_READ_ONCE nlohmann/json.hpp ${MOORING_OF_STD})

# For who uses core/net: cpprest sets Asio up in a way of its own, and operator/kube, its home, does not.
file(STRINGS "${PROJECT_SOURCE_DIR}/core/net/asio.hpp" asio REGEX "^#include <boost/")
list(TRANSFORM asio REPLACE "#include <(.+)>" "\\1")
mooring_read_once(MOORING_READ_ONCE_NET nlohmann/json.hpp ${asio} boost/beast/core/tcp_stream.hpp boost/beast/http.hpp ${MOORING_OF_STD})
