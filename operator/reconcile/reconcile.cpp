// SPDX-License-Identifier: Apache-2.0
#include "operator/reconcile/reconcile.hpp"

#include "operator/api/kinds.hpp"
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
  if (!object) {
    // Its children go by their owner references.
    writes_.forget(key);
    prober_.forget(key);
    return Reconciled{};
  }
  auto settled = settle(*object, source);
  if (settled || kube::is_namespace_going(settled.error())) {
    return settled ? settled : Reconciled{};
  }
  // Some failures are for people: they are told in the status, and tried again all the same.
  const auto told = plan::failed(*object, settled.error(), std::chrono::system_clock::now());
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
  const auto desired = render::desired(
      *server, {server_image_, key_ring(observed, server->key), operator_namespace_}
  );
  return obey(object, plan::make(*server, desired, observed, now));
}

Answer<Reconciled> Reconciler::obey(const api::Object& object, const plan::Plan& plan) {
  if (auto obeyed = applier_.obey(object, plan); !obeyed) {
    return tl::unexpected(obeyed.error());
  }
  return Reconciled{plan::outcome(plan)};
}

/// The ring in force, or a new one; the latter only where the API server itself said that there is
/// none (the Secret is never read from a cache).
std::string Reconciler::key_ring(const plan::Observed& observed, const api::ObjectKey& key) const {
  const api::Object* secret = observed.find("Secret", api::keys_name(key.name));
  std::string ring = secret != nullptr ? render::key_ring_of(*secret) : "";
  if (!ring.empty()) {
    return ring;
  }
  std::string random(32, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size()));
  return render::key_ring(random);
}

}  // namespace mooring::reconcile
