// SPDX-License-Identifier: Apache-2.0
// Asio's and Beast's own bodies, compiled once (BOOST_ASIO_SEPARATE_COMPILATION,
// BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

#include <utility>
