// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/backend.hpp"
#include "server/backend/text_template.hpp"
#include "server/schema_check/schema_check.hpp"
#include "server/settings/settings.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mooring::backend {

/// Tools that are answered here, from texts. Always up; a call does not leave its thread.
class DeclaredBackend final : public Backend {
 public:
  /// The error is invalid; it begins with the tool's field, e.g. `tools[0].text`.
  static Result<std::unique_ptr<DeclaredBackend>> make(
      std::string name, const settings::DeclaredTools& declared
  );

  const std::string& name() const override { return name_; }

  std::string_view kind() const override { return "tools"; }

  Status status() const override { return {State::up, true, ""}; }

  std::shared_ptr<const catalogue::Offers> offers() const override { return offers_; }

  era::Generation generation() const override { return era::Generation::legacy; }

  /// The answer is there before this returns.
  std::shared_ptr<Call> begin(CallRequest request, std::shared_ptr<Sink> sink) override;

  void start(Events events) override { events.changed(); }

  void stop() override {}

  Answer answer(const CallRequest& request) const;

 private:
  struct Tool {
    schema_check::Schema schema;
    TextTemplate text;
  };

  std::string name_;
  std::unordered_map<std::string, Tool> tools_;
  std::shared_ptr<const catalogue::Offers> offers_;
};

}  // namespace mooring::backend
