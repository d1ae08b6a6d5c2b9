// SPDX-License-Identifier: Apache-2.0
#include "server/backend/declared.hpp"

#include "server/rpc/message.hpp"

#include <nlohmann/json.hpp>

namespace mooring::backend {
namespace {

constexpr std::string_view head = R"({"content":[{"type":"text","text":")";

std::string listed(const settings::DeclaredTool& tool) {
  nlohmann::json object = {
      {"name", tool.name}, {"description", tool.description}, {"inputSchema", tool.input_schema}};
  if (!tool.title.empty()) {
    object["title"] = tool.title;
  }
  return object.dump();
}

Answer error_answer(int code, std::string_view message) {
  return {
      true, R"({"code":)" + std::to_string(code) + R"(,"message":)" + rpc::quoted(message) + "}"};
}

// Wrong arguments are the model's to mend, so they come back as a result (SEP-1303).
Answer wrong_arguments(const std::vector<FieldError>& errors) {
  return {
      false,
      R"({"content":[{"type":"text","text":)" + rpc::quoted(describe(errors, "\n")) +
          R"(}],"isError":true})"};
}

// A call that is over before anybody could say anything to it.
class Finished final : public Call {
 public:
  void reply(const std::string& /*question_id*/, const Answer& /*answer*/) override {}

  void cancel() override {}
};

}  // namespace

Result<std::unique_ptr<DeclaredBackend>> DeclaredBackend::make(
    std::string name, const settings::DeclaredTools& declared
) {
  auto backend = std::make_unique<DeclaredBackend>();
  backend->name_ = std::move(name);
  auto offers = std::make_shared<catalogue::Offers>();
  offers->capabilities.tools = true;
  offers->checks_arguments = true;
  for (std::size_t i = 0; i < declared.tools.size(); ++i) {
    const settings::DeclaredTool& tool = declared.tools[i];
    const std::string field = "tools[" + std::to_string(i) + "].";
    auto schema = schema_check::Schema::compile(tool.input_schema);
    if (!schema) {
      return fail(Errc::invalid, field + "inputSchema: " + schema.error().message);
    }
    auto text = TextTemplate::compile(tool.text, tool.input_schema);
    if (!text) {
      return fail(Errc::invalid, field + "text: " + text.error().message);
    }
    backend->tools_.emplace(tool.name, Tool{std::move(*schema), std::move(*text)});
    offers->tools.push_back(listed(tool));
  }
  backend->offers_ = std::move(offers);
  return backend;
}

std::shared_ptr<Call> DeclaredBackend::begin(CallRequest request, std::shared_ptr<Sink> sink) {
  static const auto finished = std::make_shared<Finished>();
  sink->on_event(Result<Answer>(answer(request)));
  return finished;
}

Answer DeclaredBackend::answer(const CallRequest& request) const {
  if (request.method != "tools/call") {
    return error_answer(rpc::code::method_not_found, "only tools/call is answered here");
  }
  rpc::Value name;
  rpc::Value arguments;
  rpc::pick(rpc::first_value(request.params), {{"name", &name}, {"arguments", &arguments}});
  const auto found = tools_.find(rpc::text_of(name.raw));
  if (found == tools_.end()) {
    return error_answer(rpc::code::invalid_params, "there is no tool " + std::string(name.raw));
  }
  const rpc::Value given = arguments ? arguments : rpc::Value{rpc::Kind::object, "{}"};
  if (const auto errors = found->second.schema.check(given); !errors.empty()) {
    return wrong_arguments(errors);
  }
  Answer answer;
  answer.raw.reserve(512 + request.params.size());
  answer.raw += head;
  found->second.text.append_to(answer.raw, given);
  answer.raw += R"("}]})";
  return answer;
}

}  // namespace mooring::backend
