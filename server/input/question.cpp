// SPDX-License-Identifier: Apache-2.0
#include "server/input/question.hpp"

#include "core/text/ascii.hpp"
#include "server/session/session.hpp"

namespace mooring::input {
namespace {

constexpr std::string_view elicitation = "elicitation/create";
constexpr std::string_view sampling = "sampling/createMessage";
constexpr std::string_view roots = "roots/list";

rpc::Value params_of(const Question& question) {
  return question.params.empty() ? rpc::Value() : rpc::first_value(question.params);
}

bool is_by_url(const Question& question) {
  rpc::Value mode;
  rpc::pick(params_of(question), {{"mode", &mode}});
  return mode.is(rpc::Kind::string) && rpc::says(mode.raw, "url");
}

bool uses_tools(const Question& question) {
  rpc::Value tools, choice;
  rpc::pick(params_of(question), {{"tools", &tools}, {"toolChoice", &choice}});
  return tools || choice;
}

// Of the hop it came by, or of one generation only.
std::string without_hop(std::string_view params) {
  const rpc::Value all = rpc::first_value(params);
  std::string out = "{";
  rpc::append_members(out, all, {"_meta", "elicitationId", "task"});
  return out + "}";
}

tl::unexpected<Error> wrong(std::string what) {
  return fail(Errc::invalid, "input_required: " + std::move(what));
}

Result<Question> read_question(rpc::Value key, rpc::Value request) {
  Question question{rpc::text_of(key.raw), "", ""};
  rpc::Value method, params;
  const std::string where = "inputRequests." + text::quoted(question.key, 60);
  if (!request.is(rpc::Kind::object) ||
      !rpc::pick(request, {{"method", &method}, {"params", &params}}) ||
      !method.is(rpc::Kind::string) || !is_question(rpc::text_of(method.raw))) {
    return wrong(where + " is no request to a client");
  }
  question.method = rpc::text_of(method.raw);
  if (params && !params.is(rpc::Kind::object)) {
    return wrong(where + ".params is no object");
  }
  question.params = params.raw;
  return question;
}

}  // namespace

bool is_question(std::string_view method) {
  return method == elicitation || method == sampling || method == roots;
}

std::optional<std::string> lacking(const Question& question, unsigned capabilities) {
  unsigned needed = session::roots;
  if (question.method == sampling) {
    needed = session::sampling | (uses_tools(question) ? session::sampling_tools : 0U);
  } else if (question.method == elicitation) {
    needed = is_by_url(question) ? session::elicitation_url : session::elicitation_form;
  }
  if ((capabilities & needed) == needed) {
    return std::nullopt;
  }
  return declared(needed);
}

std::string declared(unsigned capabilities) {
  std::string out = "{";
  const auto add = [&out](std::string_view member) {
    out.append(out.size() > 1 ? "," : "").append(member);
  };
  if ((capabilities & session::sampling) != 0) {
    add((capabilities & session::sampling_tools) != 0 ? R"("sampling":{"tools":{}})"
                                                      : R"("sampling":{})");
  }
  const bool form = (capabilities & session::elicitation_form) != 0;
  const bool url = (capabilities & session::elicitation_url) != 0;
  if (form || url) {
    add(form && url ? R"("elicitation":{"form":{},"url":{}})"
        : url       ? R"("elicitation":{"url":{}})"
                    : R"("elicitation":{"form":{}})");
  }
  if ((capabilities & session::roots) != 0) {
    add(R"("roots":{})");
  }
  return out + "}";
}

std::string for_modern(const Question& question) {
  return question.params.empty() ? "" : without_hop(question.params);
}

std::string for_legacy(const Question& question, std::string_view elicitation_id) {
  if (question.params.empty()) {
    return "";
  }
  std::string out = without_hop(question.params);
  if (question.method == elicitation && is_by_url(question)) {
    out.back() = ',';
    out.append(R"("elicitationId":)").append(rpc::quoted(elicitation_id)).append("}");
  }
  return out;
}

std::string input_required(
    const std::vector<Question>& questions, std::string_view state, std::string_view server_info
) {
  std::string out = R"({"resultType":"input_required","inputRequests":{)";
  for (const Question& question : questions) {
    out += out.back() == '{' ? "" : ",";
    rpc::append_quoted(out, question.key);
    out.append(R"(:{"method":")").append(question.method).append("\"");
    if (const std::string params = for_modern(question); !params.empty()) {
      out.append(R"(,"params":)").append(params);
    }
    out += '}';
  }
  out += R"(},"requestState":)";
  rpc::append_quoted(out, state);
  out.append(R"(,"_meta":{"io.modelcontextprotocol/serverInfo":)").append(server_info);
  return out + "}}";
}

Result<Required> read_required(rpc::Value result) {
  rpc::Value requests, state;
  if (!rpc::pick(result, {{"inputRequests", &requests}, {"requestState", &state}})) {
    return wrong("\"inputRequests\" or \"requestState\" stands there twice");
  }
  if ((requests && !requests.is(rpc::Kind::object)) || (state && !state.is(rpc::Kind::string))) {
    return wrong("\"inputRequests\" must be an object, \"requestState\" a string");
  }
  if (!requests && !state) {
    return wrong("it has neither \"inputRequests\" nor \"requestState\"");
  }
  Required required;
  if (state) {
    required.state = rpc::text_of(state.raw);
  }
  rpc::Members members(requests);
  while (requests && members.next()) {
    if (required.questions.size() == max_questions) {
      return wrong("it asks for more than " + std::to_string(max_questions) + " inputs");
    }
    MOORING_TRY(Question question, read_question({rpc::Kind::string, members.key}, members.value));
    required.questions.push_back(std::move(question));
  }
  return required;
}

std::optional<std::string> answer_of(rpc::Value input_responses, std::string_view key) {
  rpc::Value answer;
  if (!input_responses.is(rpc::Kind::object) || !rpc::pick(input_responses, {{key, &answer}}) ||
      !answer.is(rpc::Kind::object)) {
    return std::nullopt;
  }
  return std::string(answer.raw);
}

std::string input_responses(const std::vector<KeyedAnswer>& answers) {
  std::string out = "{";
  for (const KeyedAnswer& answer : answers) {
    out += out.size() > 1 ? "," : "";
    rpc::append_quoted(out, answer.key);
    out.append(":").append(answer.raw);
  }
  return out + "}";
}

}  // namespace mooring::input
