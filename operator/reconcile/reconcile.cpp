// SPDX-License-Identifier: Apache-2.0
#include "operator/reconcile/reconcile.hpp"

#include "core/log/log.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/plan/rivals.hpp"
#include "operator/plan/secrets.hpp"
#include "operator/render/render.hpp"
#include "operator/validate/validate.hpp"

#include <openssl/rand.h>

namespace mooring::reconcile {

using namespace std::chrono_literals;
using kube::Answer;

constexpr auto until_seen = 20ms;

Answer<Reconciled> Reconciler::reconcile(const api::ObjectKey& key) {
  const auto freshness = writes_.freshness(key, cache_, std::chrono::steady_clock::now());
  if (freshness == apply::Freshness::behind) {
    return Reconciled{{plan::Outcome::Next::after, until_seen}, true};
  }
  const auto source =
      freshness == apply::Freshness::stuck ? observe::Source::live : observe::Source::cache;
  MOORING_TRY(const auto object, observer_.server(key, source));
  if (!object || api::controller_name(*object) != identity_.controller_name) {
    // Its children go by their owner references, or are another operator's now.
    writes_.forget(key);
    prober_.forget(key);
    return Reconciled{};
  }
  log::Context::add({{"generation", object->generation()}});
  auto settled = settle(*object, source);
  if (settled || kube::is_namespace_going(settled.error())) {
    return settled ? settled : Reconciled{};
  }
  // Some failures are for people: they are told in the status, and tried again all the same.
  const kube::Failure& failure = settled.error();
  const auto told = plan::failed(*object, failure, std::chrono::system_clock::now(), failure.child);
  static_cast<void>(applier_.obey(*object, told));
  return settled;
}

Answer<Reconciled> Reconciler::settle(const api::Object& object, observe::Source source) {
  const auto now = std::chrono::system_clock::now();
  const auto server = validate::accept(object);
  if (!server) {
    return obey(object, plan::rejected(object, server.error(), now));
  }
  if (plan::is_paused(*server)) {
    return obey(object, plan::paused(object, *server, now));
  }
  MOORING_TRY(const auto observed, observer_.observe(object, *server, source));
  MOORING_TRY(const auto keys, next_keys(*server, observed, now));
  render::RenderContext context{identity_.server_image, keys.kept, identity_.operator_namespace};
  context.secrets_hash = plan::secrets_hash(*server, observed, keys.kept.salt);
  context.taken = plan::taken_places(observed, server->key);
  const auto desired = render::desired(*server, context);
  return obey(object, plan::make(*server, desired, observed, now, keys.outlook));
}

Answer<Reconciled> Reconciler::obey(const api::Object& object, const plan::Plan& plan) {
  if (auto obeyed = applier_.obey(object, plan); !obeyed) {
    return tl::unexpected(obeyed.error());
  }
  return Reconciled{plan::outcome(plan)};
}

/// What is to be kept in place of the keys in force; of these there are none only where the API
/// server itself said so (the Secret is never read from a cache).
Answer<keys::Next> Reconciler::next_keys(
    const api::McpServer& server, const plan::Observed& observed, time::Timestamp now
) {
  std::string random(32, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(random.data());
  if (RAND_bytes(bytes, static_cast<int>(random.size())) != 1) {
    return kube::failed(Errc::internal, "the source of random bytes gave none, so no key is made");
  }
  const api::Object* secret = observed.find("Secret", api::keys_name(server.key.name));
  const api::Sessions& sessions = server.spec.sessions;
  return keys::next(
      secret != nullptr ? keys::kept_in(*secret) : keys::Kept{},
      {sessions.key_rotation, sessions.ttl},
      now,
      random
  );
}

}  // namespace mooring::reconcile
