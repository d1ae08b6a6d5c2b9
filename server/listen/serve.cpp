// SPDX-License-Identifier: Apache-2.0
#include "server/listen/serve.hpp"

#include "core/log/log.hpp"
#include "server/backend/make.hpp"
#include "server/listen/ring_watch.hpp"
#include "server/listen/service.hpp"
#include "server/pipeline/moment.hpp"

#include <openssl/rand.h>

#include <csignal>
#include <thread>

namespace mooring::listen {
namespace {

// A ring for one run: what it seals nobody else opens.
Result<seal::Ring> ephemeral_ring() {
  std::string secret(32, '\0');
  if (RAND_bytes(
          reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size())
      ) != 1) {
    return fail(Errc::internal, "the system gives no randomness");
  }
  return seal::Ring::of("run", secret);
}

Result<seal::Ring> first_ring(const std::string& path) {
  return path.empty() ? ephemeral_ring() : read_ring(path);
}

Result<Identity> make_identity(const Neighbours& neighbours, unsigned short port) {
  Identity identity;
  MOORING_TRY(identity.first_number, pipeline::random_number());
  if (neighbours.advertise.empty()) {
    return identity;
  }
  hop::Place place;
  MOORING_TRY(place.self, hop::parse_advertised(neighbours.advertise, port));
  MOORING_TRY(place.peers, hop::parse_peers(neighbours.peers));
  // 0 would mean any process at this address.
  while (place.self.instance == 0) {
    MOORING_TRY(place.self.instance, pipeline::random_number());
  }
  identity.place = std::move(place);
  return identity;
}

// Blocks both signals in this thread and all that it starts, so that sigwait is the one who sees
// them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int wait_for(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

}  // namespace

Result<void> serve(
    const settings::Settings& settings,
    const Neighbours& neighbours,
    const std::function<void(unsigned short)>& listening
) {
  log::configure(
      log::parse_level(settings.logging.level), log::parse_format(settings.logging.format)
  );
  for (const std::string& doubt : settings.doubts) {
    log::warn(doubt);
  }
  MOORING_TRY(seal::Ring ring, first_ring(settings.sessions.key_ring));
  MOORING_TRY(Identity identity, make_identity(neighbours, settings.listen.port));
  metrics::Registry registry;
  MOORING_TRY(auto backends, backend::make(settings, registry));
  const sigset_t signals = block_stop_signals();
  Service service(settings, std::move(ring), std::move(identity), registry, std::move(backends));
  if (auto started = service.start(); !started) {
    return started;
  }
  log::info(
      "listening",
      {{"address", settings.listen.address},
       {"port", service.port()},
       {"path", settings.listen.path},
       {"admin_port", service.admin_port()},
       {"version", MOORING_VERSION}}
  );
  if (listening) {
    listening(service.port());
  }
  const int signal = wait_for(signals);
  std::thread([signals] {
    wait_for(signals);
    std::_Exit(1);
  }).detach();
  log::info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  const std::size_t cut = service.drain();
  if (cut > 0) {
    log::warn("requests cut at the end of the drain", {{"count", cut}});
  }
  log::info("stopped");
  return {};
}

}  // namespace mooring::listen
