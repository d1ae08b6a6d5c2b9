// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

// The library's headers are of Asio's older names, and its Asio is not compiled apart.
#undef BOOST_ASIO_NO_DEPRECATED
#undef BOOST_ASIO_SEPARATE_COMPILATION

// A task whose exception nobody looks at would raise SIGTRAP. Each chain here ends in a handler;
// were one forgotten, a line is better than the end of the process.
#define _REPORT_PPLTASK_UNOBSERVED_EXCEPTION() \
  static_cast<void>(std::fputs("an unobserved exception in the HTTP client\n", stderr))

#include <cpprest/http_client.h>
#include <pplx/threadpool.h>
