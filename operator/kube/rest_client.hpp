// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/connection.hpp"
#include "operator/kube/reader.hpp"
#include "operator/kube/request.hpp"
#include "operator/kube/watch_stream.hpp"
#include "operator/kube/writer.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::kube {

class Transport;
struct HttpRequest;
struct HttpReply;

/// A request that has been answered, or not (`status` 0), for metrics. Of a watch: its head.
struct Exchange {
  std::string_view method;
  std::string_view host;
  int status = 0;
  std::chrono::steady_clock::duration time{};
  std::size_t sent_bytes = 0;
  std::optional<std::size_t> received_bytes;  ///< of an answer that has ended
};

struct RestOptions {
  std::string user_agent;
  std::chrono::seconds timeout{30};
  std::function<void(const Exchange&)> observer;
};

struct ListPage {
  std::vector<nlohmann::json> items;
  std::string resource_version;
  std::string continue_token;
};

/// The API server's verbs over a transport. Thread-safe.
class RestClient final : public Reader, public Writer {
 public:
  static Result<std::unique_ptr<RestClient>> open(
      const Connection& connection, RestOptions options
  );
  ~RestClient() override;

  Answer<api::Object> get(const api::ObjectRef& ref) override;

  Answer<api::Object> apply(const api::Object& object, std::string_view manager) override;
  Answer<api::Object> apply_status(const api::Object& object, std::string_view manager) override;
  Answer<void> remove(
      const api::ObjectRef& ref, std::string_view uid, std::string_view resource_version
  ) override;
  Answer<api::Object> create(const api::Object& object, std::string_view manager) override;
  Answer<api::Object> replace(const api::Object& object, std::string_view manager) override;
  Answer<api::Object> merge(
      const api::ObjectRef& ref, const nlohmann::json& patch, std::string_view manager
  ) override;

  /// What `apply`, or a JSON merge patch, would make of it; nothing is kept.
  Answer<api::Object> try_apply(const api::Object& object, std::string_view manager);
  Answer<api::Object> try_merge(
      const api::ObjectRef& ref, const nlohmann::json& patch, std::string_view manager
  );
  /// A page that is no object of ours, e.g. `/version`, as it is.
  Answer<std::string> page(const std::string& path);

  Answer<ListPage> list(const Scope& scope, const ListQuery& query);
  std::shared_ptr<WatchStream> watch(const Scope& scope, const WatchQuery& query);
  /// Whether we may do this (a SelfSubjectAccessReview). `subresource` may be empty.
  Answer<bool> may(std::string_view verb, const Scope& scope, std::string_view subresource);
  /// Whether `user` may (a SubjectAccessReview, which few may ask for).
  Answer<bool> user_may(
      std::string_view user, std::string_view verb, const Scope& scope, std::string_view subresource
  );

  /// Requests under way fail, and so do all that come after. Streams have a cancel of their own.
  void cancel();

 private:
  RestClient(std::unique_ptr<Transport> transport, RestOptions options, const std::string& host);

  Answer<HttpReply> send(const HttpRequest& request, const std::string& what);
  Answer<HttpReply> send_observed(const HttpRequest& request);
  Answer<api::Object> send_object(const HttpRequest& request, const std::string& what);
  Answer<api::Object> patch(
      const std::string& path, const api::Object& object, std::string_view verb
  );
  Answer<bool> review(std::string_view kind, std::string_view plural, const nlohmann::json& spec);
  void log_warnings(const HttpReply& reply, const std::string& what);

  std::unique_ptr<Transport> transport_;
  RestOptions options_;
  std::string host_;
  std::mutex mutex_;
  std::set<std::string> warnings_logged_;
};

}  // namespace mooring::kube
