// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/conversation.hpp"

#include "server/input/question_id.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <functional>

using namespace mooring;
using namespace mooring::pipeline;
using namespace std::chrono_literals;

namespace {

const seal::Ring ring = *seal::Ring::of("k1", std::string(32, 's'));
constexpr session::Time noon = session::Time(1'800'000'000s);
const session::Session a_session{"2025-11-25", "client", "1", 0, noon, noon + 1h};

catalogue::Catalogue of_one_tool() {
  catalogue::Offers offers;
  offers.capabilities.tools = true;
  offers.tools = {R"({"name":"read","inputSchema":{"type":"object"}})"};
  return {{{"files", std::make_shared<const catalogue::Offers>(std::move(offers))}}, {"{}"}, ring};
}

// A call of the tool, with all that its step points into.
struct Posted {
  std::string text;
  http::Request request;
  rpc::Body body;
  era::Call call;
  mcp::Step step;
};

// A backend that does what the test says when it is called, and remembers what it is told.
class Scripted final : public backend::Backend {
 public:
  struct Begun final : backend::Call {
    explicit Begun(std::shared_ptr<backend::Sink> s) : sink(std::move(s)) {}

    void reply(const std::string& question_id, const backend::Answer& answer) override {
      replies.push_back(question_id + " " + answer.raw);
      if (on_reply) {
        on_reply(*this);
      }
    }

    void cancel() override { ++cancelled; }

    std::shared_ptr<backend::Sink> sink;
    std::vector<std::string> replies;
    std::function<void(Begun&)> on_reply;
    int cancelled = 0;
  };

  const std::string& name() const override { return name_; }

  std::string_view kind() const override { return "scripted"; }

  backend::Status status() const override { return {}; }

  std::shared_ptr<const catalogue::Offers> offers() const override { return nullptr; }

  era::Generation generation() const override { return era::Generation::legacy; }

  std::shared_ptr<backend::Call> begin(
      backend::CallRequest request, std::shared_ptr<backend::Sink> sink
  ) override {
    sessions.emplace_back(request.session);
    auto call = std::make_shared<Begun>(std::move(sink));
    calls.push_back(call);
    script(*call);
    return call;
  }

  void start(backend::Events /*events*/) override {}

  void stop() override {}

  std::function<void(Begun&)> script;
  std::vector<std::shared_ptr<Begun>> calls;
  std::vector<std::string> sessions;

 private:
  const std::string name_ = "files";
};

class ScriptedClient final : public net::Client {
 public:
  explicit ScriptedClient(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  asio::any_io_executor executor() override { return executor_; }

  void on_gone(std::function<void()> gone) override { gone_ = std::move(gone); }

  bool is_gone() const override { return left; }

  void on_lost(std::function<void()> lost) override { lose = std::move(lost); }

  asio::awaitable<bool> begin(const http::Reply& head) override {
    said += head.body;
    co_return !left;
  }

  asio::awaitable<bool> write(std::string_view piece) override {
    said += piece;
    if (on_write) {
      on_write();
    }
    co_return !left;
  }

  void leave() {
    left = true;
    if (gone_) {
      gone_();
    }
  }

  std::string said;
  std::function<void()> on_write;
  std::function<void()> lose;  ///< its connection breaks as the reply is written
  bool left = false;

 private:
  const asio::any_io_executor executor_;
  std::function<void()> gone_;
};

void answer(Scripted::Begun& call) {
  call.sink->on_event(Result<backend::Answer>(backend::Answer{false, R"({"content":[]})"}));
}

void ask(Scripted::Begun& call) {
  call.sink->on_event(backend::Question{"\"b1\"", "elicitation/create", R"({"message":"Who?"})"});
}

struct Desk {
  asio::io_context context{1};
  metrics::Registry registry;
  ToolCounters counters{registry};
  Snapshot snapshot{mcp::Profile("weather", "1.0"), of_one_tool(), true, counters};
  seal::Holder keys{ring};
  Switchboard board{42};
  Streams streams{42};
  std::string self = "this replica";
  Scripted backend;
  std::vector<backend::Backend*> backends{&backend};
  Exchanges shared{
      backends,
      keys,
      board,
      streams,
      self,
      registry.counter("dropped", "What was dropped."),
      registry.gauge("in_flight", "What is under way.")};
  ScriptedClient client{context.get_executor()};
  Exchange exchange;

  std::unique_ptr<Posted> post(const std::string& params, std::vector<http::HeaderView> headers) {
    auto made = std::make_unique<Posted>();
    made->text =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read")" + params + "}}";
    made->request.headers = std::move(headers);
    made->body = *rpc::parse(made->text);
    const auto call = era::classify(made->body.message, made->request);
    REQUIRE(call);
    made->call = *call;
    const bool is_legacy = call->generation == era::Generation::legacy;
    made->step = mcp::decide(
        made->call,
        is_legacy ? &a_session : nullptr,
        made->request,
        {snapshot.profile(), snapshot.catalogue(), ring, noon, 1h}
    );
    return made;
  }

  std::unique_ptr<Posted> legacy() { return post("", {}); }

  std::unique_ptr<Posted> modern(const std::string& more = "") {
    return post(
        R"(,"arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
        R"("io.modelcontextprotocol/clientCapabilities":{}})" +
            more,
        {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "read"}}
    );
  }

  // The reply of a conversation that ends by itself. One that does not is left once all waits.
  std::optional<http::Reply> attend(const Posted& posted, bool ends = true) {
    const auto* step = std::get_if<mcp::Ask>(&posted.step);
    REQUIRE(step);
    Caller caller{&client, "s1", true, {}, session::elicitation_form};
    if (posted.call.generation == era::Generation::modern) {
      caller.session.clear();
    }
    Conversation conversation(shared, *step, snapshot, caller, exchange);
    std::optional<http::Reply> reply;
    asio::co_spawn(
        context,
        conversation.run(),
        [&reply](const std::exception_ptr& defect, http::Reply made) {
          if (!defect) {
            reply = std::move(made);
          }
        }
    );
    context.restart();
    while (ends && !reply && context.run_one_for(20s) > 0) {
    }
    context.poll();
    return reply;
  }
};

// The id of the question that the client was asked last.
std::string question_in(const std::string& said) {
  const auto at = said.rfind(R"("id":")") + 6;
  return said.substr(at, said.find('"', at) - at);
}

}  // namespace

TEST_CASE("conversation: an answer that is there at once is the reply, and nothing is cancelled") {
  Desk desk;
  double in_flight = 0;
  desk.backend.script = [&](Scripted::Begun& call) {
    in_flight = desk.shared.in_flight.value();
    answer(call);
  };

  const auto reply = desk.attend(*desk.legacy());

  REQUIRE(reply);
  CHECK(in_flight == 1);
  CHECK(desk.shared.in_flight.value() == 0);
  CHECK(reply->status == 200);
  CHECK(reply->body == R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
  CHECK(desk.backend.calls.front()->cancelled == 0);
  CHECK(desk.backend.sessions.front() == "s1");
}

TEST_CASE("conversation: a question goes out under an id of this replica, and its answer back") {
  Desk desk;
  desk.backend.script = [](Scripted::Begun& call) {
    call.on_reply = answer;
    ask(call);
  };
  desk.client.on_write = [&desk] {
    if (desk.client.said.find("elicitation/create") == std::string::npos) {
      return;
    }
    desk.client.on_write = nullptr;
    const auto question = input::open_question(question_in(desk.client.said), ring);
    REQUIRE(question);
    CHECK(question->owner == desk.self);
    desk.board.reply("s1", question->number, {false, R"({"action":"accept"})"});
  };

  REQUIRE(desk.attend(*desk.legacy()));

  CHECK(desk.backend.calls.front()->replies.front() == R"("b1" {"action":"accept"})");
  CHECK(desk.backend.calls.front()->cancelled == 0);
  CHECK(desk.client.said.find(R"("result":{"content":[]})") != std::string::npos);
}

TEST_CASE("conversation: whatever ends it before its answer cancels the call and its questions") {
  Desk desk;
  desk.backend.script = ask;

  const auto reply = desk.attend(*desk.legacy(), false);

  CHECK_FALSE(reply);
  CHECK(desk.shared.in_flight.value() == 0);
  CHECK(desk.backend.calls.front()->cancelled == 1);
  const auto question = input::open_question(question_in(desk.client.said), ring);
  REQUIRE(question);
  desk.board.reply("s1", question->number, {false, "{}"});
  CHECK(desk.backend.calls.front()->replies.empty());
}

TEST_CASE("conversation: the end of its session cancels it") {
  Desk desk;
  desk.backend.script = ask;
  desk.client.on_write = [&desk] { desk.board.end_session("s1"); };

  const auto reply = desk.attend(*desk.legacy());

  REQUIRE(reply);
  CHECK(desk.backend.calls.front()->cancelled == 1);
}

TEST_CASE("conversation: a modern client that is asked comes back to the call that waits") {
  Desk desk;
  desk.backend.script = [](Scripted::Begun& call) {
    call.on_reply = answer;
    ask(call);
  };
  const auto asked = desk.attend(*desk.modern());
  REQUIRE(asked);
  rpc::Value result, state;
  rpc::pick(rpc::first_value(asked->body), {{"result", &result}});
  rpc::pick(result, {{"requestState", &state}});
  REQUIRE(state);
  CHECK(desk.backend.calls.front()->cancelled == 0);

  const auto back = desk.modern(
      R"(,"inputResponses":{"q1":{"action":"accept"}},"requestState":)" + std::string(state.raw)
  );
  const auto reply = desk.attend(*back);

  REQUIRE(reply);
  CHECK(reply->body.find(R"("content":[])") != std::string::npos);
  CHECK(desk.backend.calls.size() == 1);
}

TEST_CASE("conversation: a call that waits at another replica is not looked for here") {
  Desk desk;
  desk.backend.script = ask;
  const auto asked = desk.attend(*desk.modern());
  REQUIRE(asked);
  rpc::Value result, state;
  rpc::pick(rpc::first_value(asked->body), {{"result", &result}});
  rpc::pick(result, {{"requestState", &state}});
  desk.self = "another replica";

  const auto back = desk.modern(R"(,"inputResponses":{},"requestState":)" + std::string(state.raw));
  const auto reply = desk.attend(*back);

  REQUIRE(reply);
  CHECK(reply->body.find("-32602") != std::string::npos);
  CHECK(reply->body.find(call_is_over) != std::string::npos);
}

TEST_CASE("conversation: a client that has left is not told to come back: its call is cancelled") {
  Desk desk;
  desk.backend.script = [&desk](Scripted::Begun& call) {
    ask(call);
    desk.client.left = true;
  };

  REQUIRE(desk.attend(*desk.modern()));

  CHECK(desk.backend.calls.front()->cancelled == 1);
}

TEST_CASE("conversation: a call whose client does not hear that it is to come back is cancelled") {
  for (const bool is_stream : {true, false}) {
    CAPTURE(is_stream);
    Desk desk;
    desk.backend.script = [is_stream](Scripted::Begun& call) {
      if (is_stream) {
        call.sink->on_event(backend::Notice{backend::Notice::Kind::message, R"({"data":"a"})"});
      }
      ask(call);
    };
    desk.client.on_write = [&desk] {
      desk.client.left = desk.client.said.find("input_required") != std::string::npos;
    };

    REQUIRE(desk.attend(*desk.modern()));
    if (!is_stream) {
      CHECK(desk.backend.calls.front()->cancelled == 0);
      desk.client.lose();
    }

    CHECK(desk.backend.calls.front()->cancelled == 1);
  }
}

TEST_CASE("conversation: who leaves a modern call cancels it, a legacy client may come back") {
  for (const bool is_modern : {true, false}) {
    CAPTURE(is_modern);
    Desk desk;
    desk.backend.script = [&desk](Scripted::Begun& call) {
      asio::post(desk.context, [&desk, &call] {
        desk.client.leave();
        if (call.cancelled == 0) {
          asio::post(desk.context, [&call] { answer(call); });
        }
      });
    };

    const auto reply = desk.attend(is_modern ? *desk.modern() : *desk.legacy());

    REQUIRE(reply);
    CHECK(desk.backend.calls.front()->cancelled == (is_modern ? 1 : 0));
  }
}
