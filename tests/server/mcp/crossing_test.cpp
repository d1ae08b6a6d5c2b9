// SPDX-License-Identifier: Apache-2.0
#include "tests/server/mcp/run.hpp"

using namespace mooring;
using namespace mooring::tests;
using era::Generation;

// What is not tools: params, answers and notices between the generations.
namespace {

std::unique_ptr<Run> run_named(
    const std::string& method, const std::string& params, std::string_view name
) {
  return run_modern(method, "," + params, {{"Mcp-Name", name}});
}

std::string params(const Run& made, mcp::Hop hop) {
  const std::string text = mcp::params_of(std::get<mcp::Ask>(made.step), hop);
  CHECK(rpc::check(text));
  return text;
}

mcp::Reply reply(const Run& made, Generation backend, std::string_view raw, bool is_error = false) {
  mcp::Reply answer =
      mcp::reply_of(std::get<mcp::Ask>(made.step), {backend, is_error, raw}, profile);
  CHECK(rpc::check(answer.body));
  return answer;
}

mcp::Hop to(Generation generation) {
  mcp::Hop hop;
  hop.generation = generation;
  return hop;
}

constexpr std::string_view info =
    R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1.0"}})";

std::string result_of(const std::string& raw) {
  return R"({"jsonrpc":"2.0","id":1,"result":)" + raw + "}";
}

std::string error_of(const std::string& raw) {
  return R"({"jsonrpc":"2.0","id":1,"error":)" + raw + "}";
}

}  // namespace

TEST_CASE("params_of: a prompt goes under its own name, with arguments only if there are some") {
  CHECK(
      params(*run(legacy("prompts/get", R"("name":"greet")")), to(legacy_peer)) ==
      R"({"name":"greet"})"
  );
  CHECK(
      params(
          *run(legacy("prompts/get", R"("name":"greet","arguments":{"a":"1"})")), to(legacy_peer)
      ) == R"({"name":"greet","arguments":{"a":"1"}})"
  );
}

TEST_CASE("params_of: a resource goes by its URI as it was written") {
  const auto made =
      run(legacy("resources/read", R"("uri":"crm:\/\/deals","_meta":{"traceparent":"t"})"));

  CHECK(params(*made, to(legacy_peer)) == R"({"uri":"crm:\/\/deals","_meta":{"traceparent":"t"}})");
}

TEST_CASE("params_of: a completion refers to the prompt's own name, and keeps the rest") {
  catalogue::Offers both = a_crm();
  const catalogue::Catalogue two({offer("a", both), offer("b", both)}, {}, ring);
  const auto made = run(
      legacy(
          "completion/complete",
          R"("ref":{"type":"ref/prompt","name":"b_greet","title":"T"},"argument":{"name":"n","value":"v"},"context":{"arguments":{}})"
      ),
      {},
      two
  );

  CHECK(
      params(*made, to(legacy_peer)) ==
      R"({"ref":{"name":"greet","type":"ref/prompt","title":"T"},"argument":{"name":"n","value":"v"},"context":{"arguments":{}}})"
  );
}

TEST_CASE("params_of: progress and log messages are asked for in the backend's own way") {
  const auto made =
      run(legacy("resources/read", R"("uri":"crm://deals","_meta":{"progressToken":"mine"})"));
  mcp::Hop hop = to(modern_peer);
  hop.progress_token = 7;
  hop.log_level = era::LogLevel::warning;

  const std::string asked = params(*made, hop);

  CHECK(asked.find(R"("progressToken":7)") != std::string::npos);
  CHECK(asked.find(R"("io.modelcontextprotocol/logLevel":"warning")") != std::string::npos);
  CHECK(asked.find("mine") == std::string::npos);
}

TEST_CASE("params_of: a legacy client's capabilities go on if it can be asked") {
  session::Session asked = a_session;
  asked.capabilities =
      session::sampling | session::sampling_tools | session::elicitation_form | session::roots;
  const auto made = run(legacy("resources/read", R"("uri":"crm://deals")"));
  auto& ask = std::get<mcp::Ask>(made->step);
  ask.session = &asked;
  mcp::Hop hop = to(modern_peer);

  CHECK(params(*made, hop).find(R"(clientCapabilities":{})") != std::string::npos);
  hop.can_be_asked = true;
  CHECK(
      params(*made, hop)
          .find(
              R"(clientCapabilities":{"sampling":{"tools":{}},"elicitation":{"form":{}},"roots":{}})"
          ) != std::string::npos
  );
}

TEST_CASE("params_of: answers and state go on in every method that may ask") {
  const std::string more = R"("uri":"crm://deals","inputResponses":{"k":{}},"requestState":"s")";
  const auto made = run_named("resources/read", more, "crm://deals");

  CHECK(
      params(*made, to(modern_peer)).find(R"("inputResponses":{"k":{}},"requestState":"s")") !=
      std::string::npos
  );
  CHECK(params(*made, to(legacy_peer)) == R"({"uri":"crm://deals"})");
}

TEST_CASE("reply_of: what a modern client reads says how long it may be kept") {
  const auto made = run_named("resources/read", R"("uri":"crm://deals")", "crm://deals");

  CHECK(
      reply(*made, legacy_peer, R"({"contents":[]})").body ==
      result_of(
          R"({"resultType":"complete","contents":[],"ttlMs":0,"cacheScope":"private",)" +
          std::string(info) + "}"
      )
  );
  CHECK(
      reply(
          *made,
          modern_peer,
          R"({"contents":[],"resultType":"complete","ttlMs":5,"cacheScope":"public"})"
      )
          .body ==
      result_of(
          R"({"resultType":"complete","contents":[],"ttlMs":5,"cacheScope":"public",)" +
          std::string(info) + "}"
      )
  );
  CHECK(
      reply(*made, modern_peer, R"({"resultType":"input_required","inputRequests":{}})").body ==
      result_of(R"({"resultType":"input_required","inputRequests":{},)" + std::string(info) + "}")
  );
}

TEST_CASE("reply_of: a legacy client is spared how long it may be kept") {
  const auto made = run(legacy("resources/read", R"("uri":"crm://deals")"));

  CHECK(
      reply(
          *made,
          modern_peer,
          R"({"resultType":"complete","contents":[],"ttlMs":5,"cacheScope":"public"})"
      )
          .body == result_of(R"({"contents":[]})")
  );
}

TEST_CASE("reply_of: a resource that is not found is so in the words of the client's generation") {
  struct Case {
    bool is_modern;
    Generation backend;
    std::string from, to;
  };

  const std::vector<Case> cases = {
      {true,
       legacy_peer,
       R"({"code":-32002,"message":"m"})",
       R"({"code":-32602,"message":"m","data":{"uri":"crm://deals"}})"},
      {true,
       legacy_peer,
       R"({"code":-32602,"message":"m"})",
       R"({"code":-32602,"message":"m","data":{"uri":"crm://deals"}})"},
      {true,
       modern_peer,
       R"({"code":-32602,"message":"m","data":{"uri":"u"}})",
       R"({"code":-32602,"message":"m","data":{"uri":"u"}})"},
      {false,
       modern_peer,
       R"({"code":-32602,"message":"m","data":{"uri":"u"}})",
       R"({"code":-32002,"message":"m","data":{"uri":"u"}})"},
      {false, modern_peer, R"({"code":-32602,"message":"m"})", R"({"code":-32602,"message":"m"})"},
      {false,
       legacy_peer,
       R"({"code":-32602,"message":"m","data":{}})",
       R"({"code":-32602,"message":"m","data":{}})"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.from);
    const auto made = c.is_modern
                          ? run_named("resources/read", R"("uri":"crm://deals")", "crm://deals")
                          : run(legacy("resources/read", R"("uri":"crm://deals")"));
    const mcp::Reply answer = reply(*made, c.backend, c.from, true);
    CHECK(answer.status == 200);
    CHECK(answer.body == error_of(c.to));
  }
}

TEST_CASE("reply_of: a capability that is missing is a bad request in the modern generation") {
  const std::string raw =
      R"({"code":-32021,"message":"m","data":{"requiredCapabilities":{"sampling":{}}}})";
  const auto modern = run_named("prompts/get", R"("name":"greet")", "greet");
  CHECK(reply(*modern, modern_peer, raw, true).status == 400);
  CHECK(reply(*modern, modern_peer, raw, true).body == error_of(raw));
  CHECK(reply(*modern, modern_peer, raw, true).code == -32021);

  CHECK(
      reply(*run(legacy("prompts/get", R"("name":"greet")")), modern_peer, raw, true).status == 200
  );
}

TEST_CASE("reply_of: messages say what it was about") {
  const auto prompt = run(legacy("prompts/get", R"("name":"greet")"));
  const auto complete = run(
      legacy("completion/complete", R"("ref":{"type":"ref/prompt","name":"greet"},"argument":{})")
  );

  CHECK(
      reply(*prompt, legacy_peer, "[]").body ==
      error_of(
          R"({"code":-32603,"message":"prompt \"greet\": its backend's answer is not one to prompts/get"})"
      )
  );
  CHECK(
      reply(*complete, legacy_peer, "1").body ==
      error_of(
          R"({"code":-32603,"message":"completion/complete: its backend's answer is not one to completion/complete"})"
      )
  );
}

TEST_CASE("says_not_found: only a read goes on to the next backend") {
  const auto read = run(legacy("resources/read", R"("uri":"file:///x")"));
  const auto prompt = run(legacy("prompts/get", R"("name":"greet")"));
  const auto says = [](const Run& made, std::string_view raw, bool is_error) {
    return mcp::says_not_found(std::get<mcp::Ask>(made.step), {legacy_peer, is_error, raw});
  };

  for (const std::string code : {"-32002", "-32602", "-32601", "0"}) {
    const std::string raw = R"({"code":)" + code + R"(,"message":"m"})";
    CHECK(says(*read, raw, true));
    CHECK_FALSE(says(*prompt, raw, true));
  }
  CHECK(says(*read, R"({"contents":[]})", false));
  CHECK_FALSE(says(*read, R"({"contents":[{}]})", false));
  CHECK_FALSE(says(*read, R"({"code":-32603,"message":"m"})", true));
  CHECK_FALSE(says(*read, "[]", true));
}

TEST_CASE("notice_body: progress comes back under the client's own token") {
  const auto made =
      run(legacy("resources/read", R"("uri":"crm://deals","_meta":{"progressToken":"m\"e"})"));
  const auto& ask = std::get<mcp::Ask>(made->step);

  CHECK(
      mcp::notice_body(
          ask,
          "notifications/progress",
          R"({"progress":1,"progressToken":7,"total":2,"_meta":{"io.modelcontextprotocol/x":1,"t":2}})"
      ) ==
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"m\"e","progress":1,"total":2,"_meta":{"t":2}}})"
  );
  const auto silent = run(legacy("resources/read", R"("uri":"crm://deals")"));
  CHECK(mcp::notice_body(std::get<mcp::Ask>(silent->step), "notifications/progress", "{}").empty());
}

TEST_CASE("notice_body: a log message passes as it stands") {
  const auto made = run(legacy("resources/read", R"("uri":"crm://deals")"));

  CHECK(
      mcp::notice_body(
          std::get<mcp::Ask>(made->step),
          "notifications/message",
          R"({"level":"info","logger":"l","data":{"a":[1]}})"
      ) ==
      R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":"l","data":{"a":[1]}}})"
  );
}
