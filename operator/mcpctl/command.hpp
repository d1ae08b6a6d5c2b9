// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/mcpctl/cluster.hpp"

#include <string>
#include <vector>

/// The commands of mcpctl: each takes its options and gives the program's exit code.
namespace mooring::mcpctl {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_invalid = 2;
inline constexpr int exit_environment = 3;
/// Of `plan`, which has codes of its own: 0 nothing, 1 an error, 2 changes.
inline constexpr int exit_changes = 2;

struct ValidateOptions {
  std::vector<std::string> files;
  bool as_json = false;
};

struct RenderOptions {
  std::string file;
  std::string namespace_;
  std::string server_image;
  std::string key_ring_file;
};

struct ExplainOptions {
  std::string path;
  bool as_markdown = false;
};

struct ServeOptions {
  std::string file;
  std::string name;  ///< which McpServer of the file; empty: the only one
  unsigned short port = 0;
  unsigned short admin_port = 0;
  std::string log_format;
};

struct PlanOptions {
  std::vector<std::string> files;
  ClusterOptions cluster;
  bool as_json = false;
};

struct StatusOptions {
  std::string name;  ///< empty: all of the namespace
  ClusterOptions cluster;
  bool all_namespaces = false;
  bool as_json = false;
};

struct DoctorOptions {
  ClusterOptions cluster;  ///< without a namespace: resources of all
  bool as_json = false;
};

int validate(const ValidateOptions& options);
int render(const RenderOptions& options);
int explain(const ExplainOptions& options);
int crd();
int plan(const PlanOptions& options);
int status(const StatusOptions& options);
int doctor(const DoctorOptions& options);
int serve(const ServeOptions& options);

/// One line on standard error, and the code.
int complain(int code, const std::string& message);

}  // namespace mooring::mcpctl
