// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"

#include "core/json/early_end.hpp"
#include "core/json/yaml_scalar.hpp"
#include "core/text/ascii.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
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

// yaml-cpp says "?" for a plain scalar, "!" for a quoted one, and names a tag that was written out.
bool is_plain(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "tag:yaml.org,2002:int" ||
         tag == "tag:yaml.org,2002:float" || tag == "tag:yaml.org,2002:bool" ||
         tag == "tag:yaml.org,2002:null";
}

// YAML 1.2 section 5.1 allows no other control character outside of an escape, and yaml-cpp takes
// 0x04 for the end.
bool is_forbidden(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

// Builds values from the parser's events, so that every limit bites while reading. (yaml-cpp's own
// LoadAll never ends on some malformed texts: a stray "}" makes it yield empty documents without
// consuming anything.)
class Reader : public YAML::EventHandler {
 public:
  explicit Reader(OldWords old_words) : old_words_(old_words) {}

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
    if (stack_.size() + depth_of(found->second) > depth_limit) {
      throw Refused{at(mark) + "nested deeper than 100 levels"};
    }
    count(mark, size_of(found->second));
    place(mark, YAML::NullAnchor, found->second);
  }

  void OnScalar(
      const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text
  ) override {
    if (old_words_ == OldWords::refused && is_plain(tag)) {
      refuse_old_word(mark, text);
    }
    place(mark, anchor, is_key() || !is_plain(tag) ? json(text) : plain_scalar(text));
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

  static std::size_t depth_of(const json& value) {
    std::size_t deepest = 0;
    if (value.is_structured()) {
      for (const json& item : value) {
        deepest = std::max(deepest, depth_of(item));
      }
    }
    return deepest + (value.is_structured() ? 1 : 0);
  }

  static void refuse_old_word(const YAML::Mark& mark, const std::string& text) {
    if (is_old_boolean(text)) {
      throw Refused{
          at(mark) + "kubectl takes " + text + " for true or false; write \"" + text +
          "\" in quotes, or true or false"};
    }
    if (is_old_octal(text)) {
      throw Refused{
          at(mark) + "kubectl takes " + text + " for an octal number; write \"" + text +
          "\" in quotes, or the number without the 0"};
    }
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
      count(mark, size_of(value));
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
    const auto& name = key.get_ref<const std::string&>();
    if (stack_.back().value.contains(name)) {
      throw Refused{at(mark) + "the key " + text::quoted(name) + " stands twice"};
    }
    stack_.back().key = name;
  }

  const OldWords old_words_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, json> anchors_;
  std::size_t nodes_ = 0;
  std::size_t started_ = 0;
  YAML::Mark mark_;
};

// Such text needs an escape, or is lost at the edges of a line.
bool has_odd(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return c == '\r' || c == '\t' || c == 0x7f || is_forbidden(c);
  });
}

bool reads_as_itself(const std::string& text) {
  return !is_old_word(text) && !is_number_like(text) && !has_odd(text) &&
         text.find('\n') == std::string::npos && plain_scalar(text).is_string();
}

// A block of lines (section 8.1.2) keeps exactly what ends with one line break and begins with no
// blank.
bool reads_as_lines(const std::string& text) {
  return text.size() > 1 && text.back() == '\n' && text[text.size() - 2] != '\n' &&
         text.front() != ' ' && text.front() != '\n' && !has_odd(text);
}

void write_string(YAML::Emitter& out, const std::string& text) {
  if (reads_as_itself(text)) {
    out << text;
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

void write(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key;
      write_string(out, key);
      out << YAML::Value;
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
    if (reads_as_lines(text)) {
      out << YAML::Literal << text;
    } else {
      write_string(out, text);
    }
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

// What is wrong in the middle may be so for want of an end.
tl::unexpected<Error> refused(std::string_view text, const std::string& found) {
  const std::string early = early_end(text);
  return fail(Errc::invalid, early.empty() ? found : early);
}

}  // namespace

Result<std::vector<json>> parse_yaml_documents(std::string_view text, OldWords old_words) {
  if (!text::is_utf8(text)) {
    return fail(Errc::invalid, "the text is not UTF-8");
  }
  if (const auto found = std::find_if(text.begin(), text.end(), is_forbidden);
      found != text.end()) {
    const auto line = std::count(text.begin(), found, '\n') + 1;
    return fail(
        Errc::invalid,
        "line " + std::to_string(line) + ": a control character; write it escaped, in double quotes"
    );
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Reader reader(old_words);
    while (parser.HandleNextDocument(reader)) {
    }
    return std::move(reader.documents);
  } catch (const Refused& error) {
    return refused(text, error.message);
  } catch (const YAML::Exception& error) {
    return refused(text, at(error.mark) + error.msg);
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
  std::string text(out.c_str(), out.size());
  // A block of lines at the end has brought its own line break.
  return text.ends_with('\n') ? text : text + "\n";
}

}  // namespace mooring::json
