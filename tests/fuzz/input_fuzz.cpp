// SPDX-License-Identifier: Apache-2.0
// A backend's `input_required`, and what a client answers to it.
#include "server/input/question.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

namespace mooring::fuzz {
namespace {

bool is_object(std::string_view text) {
  const auto value = rpc::check(text);
  return value && value->is(rpc::Kind::object);
}

void try_question(const input::Question& question) {
  require(input::is_question(question.method), "only what may be asked is");
  for (const std::string& params :
       {input::for_modern(question), input::for_legacy(question, "an \"id\"")}) {
    require(params.empty() || is_object(params), "params are an object");
  }
  for (const unsigned capabilities : {0U, 31U}) {
    const auto lacking = input::lacking(question, capabilities);
    require(!lacking || is_object(*lacking), "what is lacking is an object");
  }
}

}  // namespace

void try_input(std::string_view text) {
  const auto value = rpc::check(text);
  if (!value || !value->is(rpc::Kind::object)) {
    return;
  }
  rpc::Members members(*value);
  while (members.next()) {
    const auto answer = input::answer_of(*value, rpc::text_of(members.key));
    require(!answer || is_object(*answer), "an answer is an object");
  }
  const auto required = input::read_required(*value);
  if (!required) {
    require(required.error().code == Errc::invalid, "a refusal is of the backend");
    return;
  }
  require(required->questions.size() <= input::max_questions, "questions are bounded");
  std::vector<input::KeyedAnswer> answers;
  for (const input::Question& question : required->questions) {
    try_question(question);
    answers.push_back({question.key, "{}"});
  }
  require(is_object(input::input_responses(answers)), "answers are an object");
  const std::string ours = input::input_required(required->questions, "state", "{}");
  require(is_object(ours), "what we ask is an object");
  const auto again = input::read_required(*rpc::check(ours));
  require(again.has_value(), "and can be read");
  require(again->questions.size() == required->questions.size(), "with all questions");
}

}  // namespace mooring::fuzz
