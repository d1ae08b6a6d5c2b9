// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/moment.hpp"

#include <openssl/rand.h>

namespace mooring::pipeline {

std::chrono::sys_seconds now() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<seal::Nonce> fresh_nonce() {
  seal::Nonce nonce;
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) {
    return fail(Errc::internal, "the system gives no randomness");
  }
  return nonce;
}

Result<std::uint64_t> random_number() {
  std::uint64_t number = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1) {
    return fail(Errc::internal, "the system gives no randomness");
  }
  return number;
}

}  // namespace mooring::pipeline
