// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/write_log.hpp"

#include <doctest/doctest.h>

namespace mooring::apply {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const Instant t0{1h};
const api::ObjectKey web{"tools", "web"};

api::Object object(const std::string& kind, const std::string& version) {
  return api::Object(json{
      {"kind", kind},
      {"metadata", {{"name", "web"}, {"namespace", "tools"}, {"resourceVersion", version}}},
  });
}

TEST_CASE("write log: a key waits until the caches show what was written for it") {
  watch::Cache cache;
  watch::Store& services = cache.add({"Service", "", ""});
  WriteLog log;
  CHECK(log.freshness(web, cache, t0) == Freshness::seen);

  log.wrote(web, object("Service", "100"), t0);
  services.advance("99");
  CHECK(log.freshness(web, cache, t0) == Freshness::behind);
  CHECK(log.freshness({"tools", "other"}, cache, t0) == Freshness::seen);
  services.advance("100");
  CHECK(log.freshness(web, cache, t0) == Freshness::seen);
}

TEST_CASE("write log: kinds that are not watched are not waited for") {
  const watch::Cache cache;
  WriteLog log;
  log.wrote(web, object("Secret", "100"), t0);

  CHECK(log.freshness(web, cache, t0) == Freshness::seen);
}

TEST_CASE("write log: after half a minute the cache is not trusted any more") {
  watch::Cache cache;
  cache.add({"Service", "", ""});
  WriteLog log;
  log.wrote(web, object("Service", "100"), t0);

  CHECK(log.freshness(web, cache, t0 + 29s) == Freshness::behind);
  CHECK(log.freshness(web, cache, t0 + 30s) == Freshness::stuck);
  log.forget(web);
  CHECK(log.freshness(web, cache, t0 + 30s) == Freshness::seen);
}

TEST_CASE("write log: what has not been seen is told, so much and no more") {
  watch::Cache cache;
  watch::Store& services = cache.add({"Service", "", ""});
  cache.add({"ConfigMap", "", ""});
  WriteLog log;
  log.wrote(web, object("Service", "100"), t0);
  log.wrote(web, object("ConfigMap", "101"), t0 + 1s);
  log.wrote(web, object("Secret", "102"), t0 + 1s);

  CHECK(log.unseen(cache, t0 + 3s, 1).size() == 1);
  CHECK(log.unseen(cache, t0 + 3s, 100).size() == 2);
  services.advance("100");
  const auto unseen = log.unseen(cache, t0 + 3s, 100);
  REQUIRE(unseen.size() == 1);
  CHECK(unseen[0].server == web);
  CHECK(unseen[0].object == api::ObjectRef{"ConfigMap", "tools", "web"});
  CHECK(unseen[0].resource_version == "101");
  CHECK(unseen[0].age == 2s);
}

}  // namespace
}  // namespace mooring::apply
