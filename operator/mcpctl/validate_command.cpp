// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/command.hpp"
#include "operator/mcpctl/input.hpp"
#include "operator/validate/validate.hpp"

#include <iostream>

namespace mooring::mcpctl {
namespace {

using nlohmann::json;

struct Verdict {
  std::string file;
  std::string name;
  std::vector<FieldError> errors;
  bool is_judged_whole = true;  ///< else the fields themselves are wrong, and what rests on them
                                ///< has not been looked at
};

void judge_file(const std::string& file, std::vector<Verdict>& verdicts) {
  const auto objects = read_objects(file);
  if (!objects) {
    verdicts.push_back({file, "", {{"", objects.error().message}}});
    return;
  }
  const auto servers = servers_in(*objects);
  if (servers.empty()) {
    verdicts.push_back(
        {file, "", {{"", file + " has no McpServer (apiVersion mooring.dev/v1alpha1)"}}}
    );
  }
  for (const api::Object& server : servers) {
    const auto accepted = accept(server);
    verdicts.push_back(
        {file,
         shown_name(server),
         accepted ? std::vector<FieldError>{} : accepted.error(),
         api::parse_server(server).has_value()}
    );
  }
}

void print_json(const std::vector<Verdict>& verdicts) {
  json list = json::array();
  for (const Verdict& verdict : verdicts) {
    json errors = json::array();
    for (const FieldError& error : verdict.errors) {
      errors.push_back({{"path", error.path}, {"message", error.message}});
    }
    list.push_back(
        {{"file", verdict.file},
         {"name", verdict.name},
         {"valid", verdict.errors.empty()},
         {"errors", std::move(errors)}}
    );
  }
  std::cout << list.dump(2) << "\n";
}

void print_text(const std::vector<Verdict>& verdicts) {
  for (const Verdict& verdict : verdicts) {
    if (verdict.errors.empty()) {
      std::cout << verdict.file << ": " << verdict.name << " is valid\n";
    }
    for (const FieldError& error : verdict.errors) {
      if (error.path.empty()) {
        std::cerr << error.message << "\n";
      } else {
        std::cerr << verdict.file << ": " << verdict.name << ": " << error.path << ": "
                  << error.message << "\n";
      }
    }
    if (!verdict.is_judged_whole) {
      std::cerr << verdict.file << ": " << verdict.name
                << ": once these are mended, what rests on them is checked too\n";
    }
  }
}

}  // namespace

int validate(const ValidateOptions& options) {
  std::vector<Verdict> verdicts;
  for (const std::string& file : options.files) {
    judge_file(file, verdicts);
  }
  options.as_json ? print_json(verdicts) : print_text(verdicts);
  for (const Verdict& verdict : verdicts) {
    if (!verdict.errors.empty()) {
      return exit_invalid;
    }
  }
  return exit_ok;
}

}  // namespace mooring::mcpctl
