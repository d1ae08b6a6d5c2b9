// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/applier.hpp"

#include "core/log/log.hpp"
#include "operator/api/kinds.hpp"

namespace mooring::apply {
namespace {

using kube::Answer;

Instant now() {
  return std::chrono::steady_clock::now();
}

// What pods start with. A Deployment that is rolled while one of these is of before starts pods
// that take the old for the new, and nothing would roll them again. And none may run without the
// policy that is to keep others out.
bool pods_stand_on(const std::string& kind) {
  return kind == "Secret" || kind == "ConfigMap" || kind == "ServiceAccount" ||
         kind == "NetworkPolicy";
}

bool is_optional(const std::string& kind) {
  const api::Kind* found = api::find_kind(kind);
  return found != nullptr && found->is_optional;
}

}  // namespace

Answer<void> Applier::leading() const {
  if (hooks_.may_write && !hooks_.may_write()) {
    return kube::failed(Errc::unavailable, "another replica may lead by now: nothing is written");
  }
  return {};
}

Answer<void> Applier::obey(const api::Object& server, const plan::Plan& plan) {
  std::optional<kube::Failure> first;
  const auto note = [&first](const Answer<void>& done, const std::string& kind) {
    if (!done && !first) {
      first = done.error();
      first->child = kind;
    }
  };
  for (const plan::Apply& apply : plan.applies) {
    note(this->apply(server.key(), apply), apply.object.kind());
    if (first && (kube::is_namespace_going(*first) || pods_stand_on(apply.object.kind()))) {
      return tl::unexpected(std::move(*first));
    }
  }
  for (const plan::Delete& deletion : plan.deletes) {
    note(remove(deletion), deletion.ref.kind);
  }
  if (first) {
    return tl::unexpected(std::move(*first));
  }
  if (plan.status_patch) {
    if (auto written = write_status(server, *plan.status_patch); !written) {
      return written;
    }
  }
  for (const plan::Event& event : plan.events) {
    record(server, event);
  }
  return {};
}

Answer<void> Applier::apply(const api::ObjectKey& server, const plan::Apply& apply) {
  if (auto may = leading(); !may) {
    return may;
  }
  const std::string kind = apply.object.kind();
  const auto written = apply_object(apply.object);
  if (!written && written.error().code == Errc::not_found && is_optional(kind)) {
    // The cluster has just lost this kind, with all that was of it. The watch will find out, and
    // have everything looked at again; until then this is no reason to keep anything else back.
    log::info("kind is gone", {{"kind", kind}});
    return {};
  }
  hooks_.counted(kind, written ? "applied" : "error");
  if (!written) {
    return tl::unexpected(written.error());
  }
  log_.wrote(server, *written, now());
  log::info("applied", {{"kind", kind}, {"object", apply.object.name()}, {"why", apply.reason}});
  return {};
}

/// A port that somebody else has put into a Service stays beside ours, as server-side apply merges
/// ports by their number; has it one of our names, the whole is refused. Then the list is set to
/// ours first.
Answer<api::Object> Applier::apply_object(const api::Object& object) {
  auto written = writer_.apply(object, api::field_manager);
  if (written || written.error().code != Errc::invalid || object.kind() != "Service") {
    return written;
  }
  const auto ports = writer_.merge(
      object.ref(), {{"spec", {{"ports", object.at({"spec", "ports"})}}}}, api::field_manager
  );
  return ports ? writer_.apply(object, api::field_manager) : written;
}

Answer<void> Applier::remove(const plan::Delete& deletion) {
  if (auto may = leading(); !may) {
    return may;
  }
  auto removed = writer_.remove(deletion.ref, deletion.uid, deletion.resource_version);
  hooks_.counted(deletion.ref.kind, removed ? "deleted" : "error");
  if (removed) {
    log::info("deleted", {{"kind", deletion.ref.kind}, {"object", deletion.ref.name}});
  }
  return removed;
}

Answer<void> Applier::write_status(const api::Object& server, const nlohmann::json& status) {
  if (auto may = leading(); !may) {
    return may;
  }
  const auto written = writer_.apply_status(api::Object(status), api::status_field_manager);
  if (written) {
    log_.wrote(server.key(), *written, now());
    return {};
  }
  if (written.error().code == Errc::not_found) {
    // Deleted meanwhile: there is nobody to tell.
    return {};
  }
  return tl::unexpected(written.error());
}

/// Events are for people and best effort: one that cannot be written is lost.
void Applier::record(const api::Object& server, const plan::Event& event) {
  EventAction action;
  {
    const std::lock_guard lock(mutex_);
    action = series_.add(event, server, std::chrono::system_clock::now());
  }
  Answer<api::Object> written = api::Object{};
  if (const auto* post = std::get_if<PostEvent>(&action)) {
    written = writer_.create(post->event, api::field_manager);
  } else if (const auto* patch = std::get_if<PatchEvent>(&action)) {
    written = writer_.merge(patch->event, patch->patch, api::field_manager);
  }
  if (!written) {
    log::debug("an Event was not written", {{"error", written.error().message}});
  }
}

}  // namespace mooring::apply
