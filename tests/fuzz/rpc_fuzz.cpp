// SPDX-License-Identifier: Apache-2.0
// JSON read in place, and the envelope of JSON-RPC: what a client posts, what a backend writes.
#include "server/rpc/message.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace mooring::fuzz {
namespace {

bool is_json(std::string_view text) {
  return rpc::check(text).has_value();
}

bool is_within(std::string_view part, std::string_view text) {
  return part.empty() ||
         (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
}

std::size_t depth(std::string_view text) {
  std::size_t now = 0;
  std::size_t most = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      most = std::max(most, ++now);
    } else if (c == ']' || c == '}') {
      --now;
    }
  }
  return most;
}

// The other reader skips a byte order mark, takes a zero byte for the end, and refuses numbers that
// fit no double and halves of surrogate pairs.
void compare_with_other_reader(std::string_view text, bool is_good) {
  const bool other_says = nlohmann::json::accept(text.begin(), text.end());
  if (is_good && !other_says) {
    const bool is_extreme = text.find_first_of("eE") != text.npos || text.size() > 300;
    const bool has_surrogate = text.find("\\ud") != text.npos || text.find("\\uD") != text.npos;
    require(is_extreme || has_surrogate, "JSON that is none");
  }
  const bool is_special = text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos;
  if (!is_good && other_says && !is_special) {
    require(depth(text) > rpc::max_depth, "refused what is JSON");
  }
}

void walk_string(std::string_view raw) {
  const std::string text = rpc::text_of(raw);
  const std::string again = rpc::quoted(text);
  require(is_json(again), "a string of ours is JSON");
  require(rpc::text_of(again) == text, "a string of ours says what was put in");
  require(rpc::says(again, text), "and is said to");
}

void walk(rpc::Value value, std::string_view text) {
  require(is_within(value.raw, text), "a value is a slice of its text");
  require(is_json(value.raw), "a slice is a value");
  if (value.is(rpc::Kind::string)) {
    walk_string(value.raw);
  }
  if (value.is(rpc::Kind::number)) {
    rpc::integer_of(value);
    rpc::double_of(value);
  }
  rpc::Elements elements(value);
  while (elements.next()) {
    walk(elements.value, text);
  }
  rpc::Members members(value);
  while (members.next()) {
    walk_string(members.key);
    walk(members.value, text);
  }
  if (value.is(rpc::Kind::object)) {
    std::string copied = R"({"mine":1)";
    rpc::append_members(copied, value, {"id", "params"});
    require(is_json(copied + "}"), "copied members are JSON");
  }
}

void check_message(const rpc::Message& message, std::string_view text) {
  for (const rpc::Value* part :
       {&message.id, &message.method, &message.params, &message.result, &message.error}) {
    require(is_within(part->raw, text), "a part is a slice of the body");
  }
  require(!message.params || message.params.is(rpc::Kind::object), "params are an object");
  const bool is_response = message.kind == rpc::Message::Kind::response;
  require(is_response || message.method.is(rpc::Kind::string), "a method is a string");
  require(
      message.kind != rpc::Message::Kind::request || message.id.is(rpc::Kind::string) ||
          (message.id.is(rpc::Kind::number) && message.id.raw.find_first_of(".eE") == text.npos),
      "a request has an id"
  );
  if (is_response) {
    require(message.result.is(rpc::Kind::none) != message.error.is(rpc::Kind::none), "one of two");
  }
  require(is_json(rpc::result_body(message.id ? message.id.raw : "1", "{}")), "answers are JSON");
}

}  // namespace

void try_input(std::string_view text) {
  const auto value = rpc::check(text);
  compare_with_other_reader(text, value.has_value());
  if (value) {
    walk(*value, text);
  }
  const auto body = rpc::parse(text);
  if (!body) {
    require(is_json(rpc::refusal_body(body.error())), "a refusal is JSON");
    return;
  }
  require(value.has_value(), "a body is JSON");
  if (!body->is_batch) {
    check_message(body->message, text);
  }
  require(body->batch.size() <= rpc::max_batch, "a batch is bounded");
  for (const rpc::Message& message : body->batch) {
    check_message(message, text);
  }
}

}  // namespace mooring::fuzz
