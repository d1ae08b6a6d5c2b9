// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"

#include "core/text/ascii.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace mooring::json {
namespace {

using nlohmann::json;

constexpr std::size_t node_limit = 1'000'000;
constexpr std::size_t depth_limit = 100;
constexpr std::size_t document_limit = 1'000;

// Thrown and caught in this file only: yaml-cpp reports by exceptions, so the walk does too.
struct Refused {
  std::string message;
};

std::string at(const YAML::Mark& mark) {
  return mark.is_null() ? std::string()
                        : "line " + std::to_string(mark.line + 1) + ", column " +
                              std::to_string(mark.column + 1) + ": ";
}

// YAML 1.2 core schema, section 10.3.2: what a plain scalar means.
json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") {
    return true;
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return false;
  }
  const char* first = text.data() + (text.front() == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [end, error] = std::from_chars(first, last, integer);
      error == std::errc{} && end == last) {
    return integer;
  }
  const bool numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  double number = 0;
  if (numeric) {
    if (const auto [end, error] = std::from_chars(first, last, number);
        error == std::errc{} && end == last && std::isfinite(number)) {
      return number;
    }
  }
  return text;
}

// YAML 1.2, section 5.1: no control characters but tab and line breaks. yaml-cpp takes 0x04 for the
// end of the text, and loops on it.
void refuse_unprintable(std::string_view text) {
  const auto control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  };
  if (const auto found = std::find_if(text.begin(), text.end(), control); found != text.end()) {
    throw Refused{
        "line " + std::to_string(std::count(text.begin(), found, '\n') + 1) +
        ": a control character; write it escaped, in double quotes"};
  }
  if (!text::is_utf8(text)) {
    throw Refused{"the text is not UTF-8"};
  }
}

// Builds values from the parser's events, so that every limit bites while reading. (yaml-cpp's own
// LoadAll never ends on some malformed texts: a stray "}" makes it yield empty documents without
// consuming anything.)
class Reader : public YAML::EventHandler {
 public:
  std::vector<json> documents;

  void OnDocumentStart(const YAML::Mark& mark) override {
    mark_ = mark;
    if (++started_ > document_limit) {
      throw Refused{at(mark) + "more than 1,000 documents, or a bracket that closes nothing"};
    }
    anchors_.clear();
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(mark, anchor, nullptr);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refused{at(mark) + "an alias inside the value it stands for"};
    }
    count(mark, size_of(found->second));
    place(mark, YAML::NullAnchor, found->second);
  }

  void OnScalar(
      const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text
  ) override {
    place(
        mark,
        anchor,
        tag == "!" || tag == "tag:yaml.org,2002:str" || is_key() ? json(text) : plain_scalar(text)
    );
  }

  void OnSequenceStart(
      const YAML::Mark& mark,
      const std::string& /*tag*/,
      YAML::anchor_t anchor,
      YAML::EmitterStyle::value /*style*/
  ) override {
    open(mark, anchor, json::array());
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(
      const YAML::Mark& mark,
      const std::string& /*tag*/,
      YAML::anchor_t anchor,
      YAML::EmitterStyle::value /*style*/
  ) override {
    open(mark, anchor, json::object());
  }

  void OnMapEnd() override { close(); }

 private:
  struct Open {
    json value;
    YAML::anchor_t anchor;
    std::optional<std::string> key;
  };

  static std::size_t size_of(const json& value) {
    std::size_t size = 1;
    if (value.is_structured()) {
      for (const json& item : value) {
        size += size_of(item);
      }
    }
    return size;
  }

  bool is_key() const {
    return !stack_.empty() && stack_.back().value.is_object() && !stack_.back().key;
  }

  void count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > node_limit) {
      throw Refused{at(mark) + "more than 1,000,000 values after expanding aliases"};
    }
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, json value) {
    if (is_key()) {
      throw Refused{at(mark) + "a key must be a string"};
    }
    if (stack_.size() >= depth_limit) {
      throw Refused{at(mark) + "nested deeper than 100 levels"};
    }
    stack_.push_back({std::move(value), anchor, std::nullopt});
    mark_ = mark;
  }

  void close() {
    Open closed = std::move(stack_.back());
    stack_.pop_back();
    place(mark_, closed.anchor, std::move(closed.value));
  }

  void place(const YAML::Mark& mark, YAML::anchor_t anchor, json value) {
    count(mark, 1);
    if (anchor != YAML::NullAnchor) {
      anchors_[anchor] = value;
    }
    if (stack_.empty()) {
      if (!value.is_null()) {
        documents.push_back(std::move(value));
      }
    } else if (stack_.back().value.is_array()) {
      stack_.back().value.push_back(std::move(value));
    } else if (is_key()) {
      take_key(mark, value);
    } else {
      stack_.back().value[*std::exchange(stack_.back().key, std::nullopt)] = std::move(value);
    }
  }

  void take_key(const YAML::Mark& mark, const json& key) {
    if (!key.is_string()) {
      throw Refused{at(mark) + "a key must be a string"};
    }
    const auto& text = key.get_ref<const std::string&>();
    if (stack_.back().value.contains(text)) {
      throw Refused{at(mark) + "the key \"" + text + "\" stands twice"};
    }
    stack_.back().key = text;
  }

  std::vector<Open> stack_;
  std::map<YAML::anchor_t, json> anchors_;
  std::size_t nodes_ = 0;
  std::size_t started_ = 0;
  YAML::Mark mark_;
};

bool reads_as_itself(const std::string& text) {
  // YAML 1.1 readers take these for booleans, so they are quoted too.
  static constexpr const char* words[] = {
      "y",
      "n",
      "yes",
      "no",
      "on",
      "off",
      "Y",
      "N",
      "Yes",
      "No",
      "On",
      "Off",
      "YES",
      "NO",
      "ON",
      "OFF"};
  for (const char* word : words) {
    if (text == word) {
      return false;
    }
  }
  return plain_scalar(text).is_string();
}

// Whether `|` gives back the very text: it ends in exactly one line break, begins with no blank,
// and holds nothing that must be escaped.
bool is_literal_block(const std::string& text) {
  const auto plain = [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= 0x20; };
  return text.size() > 1 && text.ends_with('\n') && text[text.size() - 2] != '\n' &&
         text.front() != ' ' && text.front() != '\n' &&
         std::all_of(text.begin(), text.end(), plain);
}

void write(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      write(out, item);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (const json& item : value) {
      write(out, item);
    }
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (is_literal_block(text)) {
      out << YAML::Literal << text;
    } else if (reads_as_itself(text)) {
      out << text;
    } else {
      out << YAML::DoubleQuoted << text;
    }
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

}  // namespace

Result<std::vector<json>> parse_yaml_documents(std::string_view text) {
  try {
    refuse_unprintable(text);
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Reader reader;
    while (parser.HandleNextDocument(reader)) {
    }
    return std::move(reader.documents);
  } catch (const Refused& refused) {
    return fail(Errc::invalid, refused.message);
  } catch (const YAML::Exception& error) {
    return fail(Errc::invalid, at(error.mark) + error.msg);
  }
}

Result<json> parse_yaml(std::string_view text) {
  MOORING_TRY(auto documents, parse_yaml_documents(text));
  if (documents.size() != 1) {
    return fail(
        Errc::invalid,
        documents.empty() ? "the document is empty"
                          : "one document expected, not " + std::to_string(documents.size())
    );
  }
  return std::move(documents.front());
}

std::string to_yaml(const json& value) {
  YAML::Emitter out;
  write(out, value);
  return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace mooring::json
