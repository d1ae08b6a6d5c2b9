// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/watch_stream.hpp"
#include "operator/watch/watcher.hpp"
#include "tests/support/fake_api_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace mooring::watch {
namespace {

using namespace std::chrono_literals;
using support::ApiAnswer;
using support::ApiRequest;
using support::FakeApiServer;
using support::replies;
using support::status_body;

const std::string list_start = "GET /api/v1/services?";
const std::string watch_start = "GET /api/v1/services?watch=1";

std::string service(const std::string& name, int version, const std::string& note = "") {
  return R"({"kind":"Service","apiVersion":"v1","metadata":{"name":")" + name +
         R"(","namespace":"tools","resourceVersion":")" + std::to_string(version) +
         R"(","labels":{"note":")" + note + R"("}}})";
}

std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string bookmark(int version) {
  return event(
      "BOOKMARK",
      R"({"kind":"Service","apiVersion":"v1","metadata":{"resourceVersion":")" +
          std::to_string(version) + R"("}})"
  );
}

std::string initial_end(int version) {
  return event(
      "BOOKMARK",
      R"({"kind":"Service","apiVersion":"v1","metadata":{"resourceVersion":")" +
          std::to_string(version) + R"(","annotations":{"k8s.io/initial-events-end":"true"}}})"
  );
}

/// A watch list with these objects, then what `rest` does.
FakeApiServer::Handler watch_list(
    std::vector<std::string> objects, int version, FakeApiServer::Handler rest
) {
  return [=](const ApiRequest& request, ApiAnswer& answer) {
    answer.begin();
    for (const std::string& object : objects) {
      answer.chunk(event("ADDED", object));
    }
    answer.chunk(initial_end(version));
    rest(request, answer);
  };
}

class Fixture {
 public:
  Fixture() {
    kube::Connection connection;
    connection.server = server.url();
    client = std::move(*kube::RestClient::open(connection, {"test", 10s, {}}));
  }

  ~Fixture() {
    if (watcher) {
      watcher->stop();
    }
    client->cancel();
  }

  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  void start() {
    WatcherHooks hooks;
    hooks.changed = [this](const Change& change) {
      const std::lock_guard lock(mutex);
      told += change.any().name() + (change.before ? "-" : "") + (change.after ? "+" : "") + " ";
    };
    hooks.failed = [this](const kube::Scope&, const kube::Failure& failure) {
      const std::lock_guard lock(mutex);
      failures.push_back(failure);
    };
    watcher = std::make_unique<Watcher>(*client, store, std::move(hooks));
    watcher->start();
  }

  FakeApiServer::Handler hang() {
    return [this](const ApiRequest&, ApiAnswer&) { server.wait_for_end(60s); };
  }

  std::string names() const {
    std::string text;
    for (const api::ObjectKey& key : store.keys()) {
      text += key.name + " ";
    }
    return text;
  }

  bool until(const std::function<bool()>& condition) const { return server.wait_until(condition); }

  std::string all_told() {
    const std::lock_guard lock(mutex);
    return told;
  }

  bool failed_with(Errc code) {
    const std::lock_guard lock(mutex);
    return std::any_of(failures.begin(), failures.end(), [code](const kube::Failure& failure) {
      return failure.code == code;
    });
  }

  FakeApiServer server;
  std::unique_ptr<kube::RestClient> client;
  Store store{{"Service", "", ""}};
  std::unique_ptr<Watcher> watcher;
  std::mutex mutex;
  std::string told;
  std::vector<kube::Failure> failures;
};

TEST_CASE("watcher: a watch list fills the store and its stream keeps it up to date") {
  Fixture f;
  f.server.on(
      watch_start,
      {watch_list(
          {service("a", 1), service("b", 2)},
          5,
          [&f](const ApiRequest& r, ApiAnswer& answer) {
            answer.chunk(event("MODIFIED", service("a", 6, "x")));
            answer.chunk(event("DELETED", service("b", 7)) + event("ADDED", service("c", 8)));
            f.hang()(r, answer);
          }
      )}
  );
  f.start();

  CHECK(f.until([&] { return f.store.synced() && f.names() == "a c "; }));
  CHECK(f.store.is_at_least("8"));
  CHECK(f.until([&] { return f.all_told() == "a+ b+ a-+ b- c+ "; }));
}

TEST_CASE("watcher: a frame cut anywhere, and a character cut in two, are put together") {
  Fixture f;
  const std::string whole = event("ADDED", service("d", 6, "gr\xc3\xbc\xc3\x9f"));
  f.server.on(watch_start, {watch_list({}, 5, [&](const ApiRequest& r, ApiAnswer& answer) {
                for (const char byte : whole) {
                  answer.chunk({&byte, 1});
                }
                f.hang()(r, answer);
              })});
  f.start();

  CHECK(f.until([&] { return f.names() == "d "; }));
  CHECK(f.store.get({"tools", "d"})->label("note") == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("watcher: a server without watch lists is listed page by page, then watched") {
  Fixture f;
  f.server.on(
      list_start,
      {replies(200, R"({"metadata":{"continue":"next"},"items":[)" + service("a", 1) + "]}"),
       replies(200, R"({"metadata":{"resourceVersion":"9"},"items":[)" + service("b", 2) + "]}")}
  );
  f.server.on(
      watch_start,
      {replies(422, status_body(422, "Invalid", "sendInitialEvents is forbidden")), f.hang()}
  );
  f.start();

  CHECK(f.until([&] { return f.server.count("resourceVersion=9") == 1; }));
  CHECK(f.names() == "a b ");
  CHECK(f.server.count("resourceVersion=0&limit=500") == 1);
  CHECK(f.server.count("limit=500&continue=next") == 1);
}

TEST_CASE("watcher: a stream that ends as asked goes on where it was") {
  Fixture f;
  f.server.on(
      watch_start,
      {watch_list(
           {service("a", 1)},
           5,
           [](const ApiRequest&, ApiAnswer& answer) {
             answer.chunk(bookmark(40));
             answer.end();
           }
       ),
       f.hang()}
  );
  f.start();

  CHECK(f.until([&] { return f.server.count("watch=1&resourceVersion=40") == 1; }));
  CHECK(f.names() == "a ");
}

TEST_CASE("watcher: a stream cut in the middle of a frame goes on where it was") {
  Fixture f;
  f.server.on(
      watch_start,
      {watch_list(
           {service("a", 1)},
           5,
           [](const ApiRequest&, ApiAnswer& answer) {
             answer.chunk(event("ADDED", service("b", 6)) + R"({"type":"ADDED","obj)");
             answer.cut();
           }
       ),
       f.hang()}
  );
  f.start();

  CHECK(f.until([&] { return f.server.count("watch=1&resourceVersion=6") == 1; }));
  CHECK(f.names() == "a b ");
  CHECK(f.failed_with(Errc::unavailable));
}

TEST_CASE("watcher: a version that is gone, by status or by frame, is listed anew; deletions show"
) {
  const FakeApiServer::Handler by_status = replies(410, status_body(410, "Expired", "too old"));
  const FakeApiServer::Handler by_frame = [](const ApiRequest&, ApiAnswer& answer) {
    answer.begin();
    answer.chunk(event("ERROR", status_body(410, "Expired", "too old")));
    answer.end();
  };
  for (const auto& gone : {by_status, by_frame}) {
    Fixture f;
    f.server.on(
        watch_start,
        {watch_list(
             {service("a", 1), service("b", 2)},
             5,
             [](const ApiRequest&, ApiAnswer& answer) {
               answer.chunk(bookmark(6));
               answer.end();
             }
         ),
         gone,
         watch_list({service("b", 2), service("c", 8)}, 9, f.hang())}
    );
    f.start();

    CHECK(f.until([&] { return f.names() == "b c "; }));
    CHECK(f.until([&] { return f.all_told() == "a+ b+ c+ a- "; }));
    CHECK(f.failed_with(Errc::gone));
  }
}

TEST_CASE("watcher: 429 is waited out for as long as the server asks") {
  Fixture f;
  f.server.on(
      watch_start,
      {replies(429, status_body(429, "TooManyRequests", "slow"), "Retry-After: 1\r\n"),
       watch_list({service("a", 1)}, 5, f.hang())}
  );
  const auto start = std::chrono::steady_clock::now();
  f.start();

  CHECK(f.until([&] { return f.store.synced(); }));
  CHECK(std::chrono::steady_clock::now() - start >= 1s);
  CHECK(f.failed_with(Errc::too_many));
}

TEST_CASE("watcher: garbage, unknown events and a very long line harm nothing") {
  Fixture f;
  const std::string long_note(2U << 20U, 'x');
  f.server.on(watch_start, {watch_list({}, 5, [&](const ApiRequest& r, ApiAnswer& answer) {
                answer.chunk("garbage\n[]\n\n{\"type\":\"ADDED\"}\n");
                answer.chunk(event("SOMETHING", service("x", 6)));
                answer.chunk(event("ADDED", service("long", 7, long_note)));
                f.hang()(r, answer);
              })});
  f.start();

  CHECK(f.until([&] { return f.names() == "long "; }));
  CHECK(f.store.get({"tools", "long"})->label("note").size() == long_note.size());
}

TEST_CASE("watcher: a refusal is told, and tried again until it is allowed") {
  Fixture f;
  f.server.on(list_start, {replies(403, status_body(403, "Forbidden", "cannot list"))});
  f.server.on(
      watch_start,
      {replies(403, status_body(403, "Forbidden", "cannot watch")),
       watch_list({service("a", 1)}, 5, f.hang())}
  );
  f.start();

  CHECK(f.until([&] { return f.store.synced(); }));
  CHECK(f.failed_with(Errc::forbidden));
}

TEST_CASE("watcher: it stops at once, whatever it waits for") {
  for (const bool silent_before_head : {true, false}) {
    Fixture f;
    f.server.on(
        watch_start, {silent_before_head ? f.hang() : watch_list({service("a", 1)}, 5, f.hang())}
    );
    f.start();
    CHECK(f.until([&] { return f.server.count("watch=1") == 1; }));

    const auto start = std::chrono::steady_clock::now();
    f.watcher->stop();
    CHECK(std::chrono::steady_clock::now() - start < 30s);
  }
}

TEST_CASE("watcher: a consumer slower than the stream slows the stream, and loses nothing") {
  // More than a stream keeps for its consumer.
  const std::string note(100'000, 'x');
  const std::size_t count = kube::WatchStream::Limits{}.buffered * 3 / 2 / note.size();
  Fixture f;
  f.server.on(watch_start, {watch_list({}, 5, [&](const ApiRequest& r, ApiAnswer& answer) {
                for (std::size_t i = 0; i < count; ++i) {
                  answer.chunk(event("ADDED", service("s" + std::to_string(i), 10, note)));
                }
                f.hang()(r, answer);
              })});
  f.start();

  CHECK(f.until([&] { return f.store.size() == count; }));
}

}  // namespace
}  // namespace mooring::watch
