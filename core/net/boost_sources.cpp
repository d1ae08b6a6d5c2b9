// SPDX-License-Identifier: Apache-2.0
// Asio's and Beast's own bodies, compiled once (BOOST_ASIO_SEPARATE_COMPILATION,
// BOOST_BEAST_SEPARATE_COMPILATION). A program that also links a library with an Asio of its own
// (cpprestsdk) resolves that library's calls to these bodies too: the handler allocation hooks must
// be the working ones, which BOOST_ASIO_NO_DEPRECATED replaces by functions that return nothing.
#undef BOOST_ASIO_NO_DEPRECATED
#include <boost/asio/impl/src.hpp>

// Beast's parser asserts that at least five bytes are there when it looks at a last chunk again;
// with "0\r\n" in one packet and "\r" in the next there are four. It reads them rightly all the
// same, and a peer must not be able to end the program.
#define BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>
#include <boost/beast/src.hpp>

#include <utility>
