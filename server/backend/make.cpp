// SPDX-License-Identifier: Apache-2.0
#include "server/backend/make.hpp"

#include "server/backend/declared.hpp"
#include "server/backend/stdio.hpp"

namespace mooring::backend {
namespace {

using Made = Result<std::unique_ptr<Backend>>;

struct Maker {
  const settings::Backend& backend;
  metrics::Registry& registry;

  Made operator()(const settings::StdioSocket& socket) const { return stdio(socket); }

  Made operator()(const settings::StdioCommand& command) const { return stdio(command); }

  Made operator()(const settings::DeclaredTools& declared) const {
    MOORING_TRY(std::unique_ptr<Backend> made, DeclaredBackend::make(backend.name, declared));
    return made;
  }

  template <class Source>
  Made stdio(const Source& source) const {
    return std::make_unique<StdioBackend>(
        StdioOptions{
            backend.name,
            source,
            backend.timeout,
            source.start_timeout,
            source.check_arguments,
            source.instances},
        registry
    );
  }
};

}  // namespace

Result<std::vector<std::unique_ptr<Backend>>> make(
    const settings::Settings& settings, metrics::Registry& registry
) {
  std::vector<std::unique_ptr<Backend>> backends;
  for (const settings::Backend& backend : settings.backends) {
    Made made = std::visit(Maker{backend, registry}, backend.kind);
    if (!made) {
      return fail(
          Errc::invalid, "backends[" + std::to_string(backends.size()) + "]." + made.error().message
      );
    }
    backends.push_back(std::move(*made));
  }
  return backends;
}

}  // namespace mooring::backend
