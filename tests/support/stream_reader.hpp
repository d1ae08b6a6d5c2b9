// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What a client makes of the bytes of an event stream (HTML Living Standard, section 9.2.6).
namespace mooring::tests {

struct ReadEvent {
  std::string id;  ///< the last one told, be it by an earlier event
  std::string type;
  std::string data;

  bool operator==(const ReadEvent&) const = default;
};

class StreamReader {
 public:
  std::vector<ReadEvent> events;  ///< those with data
  std::string last_id;
  std::string retry;
  int comments = 0;

  void read(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = bytes.find_first_of("\r\n");
      line(bytes.substr(0, end));
      bytes.remove_prefix(
          end == std::string_view::npos ? bytes.size()
                                        : end + (bytes.substr(end).starts_with("\r\n") ? 2 : 1)
      );
    }
  }

 private:
  void line(std::string_view text) {
    if (text.empty()) {
      dispatch();
      return;
    }
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    value.remove_prefix(value.starts_with(' ') ? 1 : 0);
    if (name.empty()) {
      ++comments;
    } else if (name == "id") {
      last_id = value;
    } else if (name == "retry") {
      retry = value;
    } else if (name == "event") {
      type_ = value;
    } else if (name == "data") {
      data_.append(value).append("\n");
    }
  }

  void dispatch() {
    if (data_.size() > 1) {
      data_.pop_back();
      events.push_back({last_id, type_.empty() ? "message" : type_, data_});
    }
    data_.clear();
    type_.clear();
  }

  std::string data_;
  std::string type_;
};

}  // namespace mooring::tests
