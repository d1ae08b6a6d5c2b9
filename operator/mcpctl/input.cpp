// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/input.hpp"

#include "core/file/read_file.hpp"
#include "core/json/yaml.hpp"
#include "core/schema/check.hpp"
#include "operator/api/kinds.hpp"
#include "operator/validate/validate.hpp"

#include <iostream>
#include <iterator>

namespace mooring::mcpctl {

Result<std::string> read_file(const std::string& file) {
  if (file == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  return file::read_file(file);
}

Result<std::vector<api::Object>> read_objects(const std::string& file) {
  MOORING_TRY(const std::string text, read_file(file));
  auto documents = mooring::json::parse_yaml_documents(text, mooring::json::OldWords::refused);
  if (!documents) {
    return fail(Errc::invalid, file + ": " + documents.error().message);
  }
  std::vector<api::Object> objects;
  for (nlohmann::json& document : *documents) {
    if (api::text_at(document, {"kind"}) != "List") {
      objects.emplace_back(std::move(document));
      continue;
    }
    for (const nlohmann::json& item : api::value_at(document, {"items"})) {
      objects.emplace_back(item);
    }
  }
  return objects;
}

// A misspelt kind of our group is meant to be one, and so is our kind of a misspelt group.
std::vector<api::Object> servers_in(const std::vector<api::Object>& objects) {
  std::vector<api::Object> servers;
  for (const api::Object& object : objects) {
    if (object.kind() == api::server_kind ||
        object.api_version().starts_with(std::string(api::group) + "/")) {
      servers.push_back(object);
    }
  }
  return servers;
}

// The operator does not: what it reads may have fields of a later Kubernetes.
tl::expected<api::McpServer, std::vector<FieldError>> accept(const api::Object& written) {
  std::vector<FieldError> errors;
  if (const auto& metadata = written.at({"metadata"}); metadata.is_object()) {
    errors = schema::check(api::metadata_field(), metadata, "metadata").errors;
  }
  auto server = validate::accept(written);
  if (!server) {
    errors.insert(errors.end(), server.error().begin(), server.error().end());
  }
  return errors.empty() ? std::move(server) : tl::unexpected(std::move(errors));
}

std::string shown_name(const api::Object& server) {
  const std::string name = server.name();
  return "mcpserver/" + (name.empty() ? "(no name)" : name);
}

}  // namespace mooring::mcpctl
