// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/backend/backend.hpp"
#include "server/catalogue/offers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mooring::backend {

/// One list of a server, from page to page: at most 10,000 items and 64 MiB.
class Listing {
 public:
  Listing(era::Generation generation, catalogue::Kind kind)
      : generation_(generation), kind_(kind) {}

  catalogue::Kind kind() const { return kind_; }

  /// Of the next request.
  std::string_view method() const { return catalogue::list_method(kind_); }

  std::string params() const;
  /// Takes a page: true if it was the last one.
  Result<bool> take(const Answer& answer);

  std::vector<std::string> items;  ///< raw objects

 private:
  Result<bool> take_result(std::string_view raw);
  Error too_long() const;

  era::Generation generation_;
  catalogue::Kind kind_;
  std::string cursor_;  // raw JSON string
  std::size_t bytes_ = 0;
};

}  // namespace mooring::backend
