// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/outcome.hpp"

namespace mooring::plan {
namespace {

constexpr std::chrono::minutes after_refusal{5};

}  // namespace

std::string_view metric_label(const Outcome& outcome) {
  switch (outcome.next) {
    case Outcome::Next::forget:
      return "success";
    case Outcome::Next::after:
      return "requeue_after";
    case Outcome::Next::retry:
    case Outcome::Next::terminal:
      return "error";
  }
  return "error";
}

Outcome outcome(const Plan& obeyed) {
  if (!obeyed.requeue_after) {
    return {};
  }
  return {Outcome::Next::after, *obeyed.requeue_after};
}

// What the API server calls invalid is hardly mended by time: it needs another spec, another
// version of this program, or an admission policy that thinks otherwise, which nothing tells us of.
// What is forbidden gets allowed by people, while we wait.
Outcome outcome(const Error& error) {
  switch (error.code) {
    case Errc::invalid:
      return {Outcome::Next::terminal, after_refusal};
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::gone:
    case Errc::too_many:
    case Errc::timeout:
    case Errc::unavailable:
    case Errc::internal:
      return {Outcome::Next::retry, {}};
  }
  return {Outcome::Next::retry, {}};
}

}  // namespace mooring::plan
