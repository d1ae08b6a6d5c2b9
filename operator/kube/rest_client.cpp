// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/rest_client.hpp"

#include "core/http/message.hpp"
#include "core/log/log.hpp"
#include "operator/kube/transport.hpp"

namespace mooring::kube {
namespace {

using nlohmann::json;

constexpr const char* json_type = "application/json";
constexpr const char* apply_type = "application/apply-patch+yaml";
constexpr const char* merge_type = "application/merge-patch+json";
constexpr std::size_t warnings_kept = 100;

std::string body_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json attributes_of(std::string_view verb, const Scope& scope, std::string_view subresource) {
  const std::string resource = resource_name(scope.kind);
  const std::size_t dot = resource.find('.');
  return {
      {"verb", verb},
      {"resource", resource.substr(0, dot)},
      {"group", dot == std::string::npos ? "" : resource.substr(dot + 1)},
      {"subresource", subresource},
      {"namespace", scope.namespace_},
  };
}

Answer<json> parse(const std::string& body, const std::string& what) {
  json value = json::parse(body, nullptr, false);
  if (!value.is_object()) {
    return failed(Errc::unavailable, what + ": the answer is not a JSON object");
  }
  return value;
}

}  // namespace

RestClient::RestClient(
    std::unique_ptr<Transport> transport, RestOptions options, const std::string& host
)
    : transport_(std::move(transport)), options_(std::move(options)), host_(host) {}

RestClient::~RestClient() = default;

Result<std::unique_ptr<RestClient>> RestClient::open(
    const Connection& connection, RestOptions options
) {
  TransportOptions how;
  how.user_agent = options.user_agent;
  how.request_timeout = options.timeout;
  MOORING_TRY(auto transport, Transport::open(connection, how));
  http::Url url;
  http::parse_url(connection.server, url);
  return std::unique_ptr<RestClient>(new RestClient(
      std::move(transport), std::move(options), url.host + ":" + std::to_string(url.port)
  ));
}

Answer<HttpReply> RestClient::send_observed(const HttpRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  auto reply = transport_->send(request);
  if (options_.observer) {
    const auto time = std::chrono::steady_clock::now() - start;
    options_.observer(
        {request.method,
         host_,
         reply ? reply->status : 0,
         time,
         request.body.size(),
         reply ? std::optional(reply->body.size()) : std::nullopt}
    );
  }
  return reply;
}

Answer<HttpReply> RestClient::send(const HttpRequest& request, const std::string& what) {
  auto reply = send_observed(request);
  if (reply && reply->status == 401) {
    // The token may have been replaced since it was read.
    transport_->invalidate_token();
    reply = send_observed(request);
  }
  if (!reply) {
    return reply;
  }
  log_warnings(*reply, what);
  if (reply->status < 200 || reply->status > 299) {
    return tl::unexpected(failure_of(reply->status, reply->body, reply->retry_after, what));
  }
  return reply;
}

Answer<api::Object> RestClient::send_object(const HttpRequest& request, const std::string& what) {
  MOORING_TRY(const HttpReply reply, send(request, what));
  MOORING_TRY(json body, parse(reply.body, what));
  return api::Object(std::move(body));
}

void RestClient::log_warnings(const HttpReply& reply, const std::string& what) {
  for (const std::string& warning : reply.warnings) {
    const std::lock_guard lock(mutex_);
    if (warnings_logged_.size() < warnings_kept && warnings_logged_.insert(warning).second) {
      log::warn("the API server warns", {{"request", what}, {"warning", warning}});
    }
  }
}

Answer<api::Object> RestClient::get(const api::ObjectRef& ref) {
  return send_object({"GET", object_path(ref), "", ""}, describe("get", ref));
}

Answer<api::Object> RestClient::patch(
    const std::string& path, const api::Object& object, std::string_view verb
) {
  return send_object(
      {"PATCH", path, apply_type, body_of(object.body())}, describe(verb, object.ref())
  );
}

Answer<api::Object> RestClient::apply(const api::Object& object, std::string_view manager) {
  return patch(apply_path(object.ref(), "", manager), object, "patch");
}

Answer<api::Object> RestClient::apply_status(const api::Object& object, std::string_view manager) {
  return patch(apply_path(object.ref(), "/status", manager), object, "patch status of");
}

Answer<void> RestClient::remove(
    const api::ObjectRef& ref, std::string_view uid, std::string_view resource_version
) {
  json options = {
      {"apiVersion", "v1"},
      {"kind", "DeleteOptions"},
      {"propagationPolicy", "Background"},
      {"preconditions", {{"uid", uid}}},
  };
  if (!resource_version.empty()) {
    options["preconditions"]["resourceVersion"] = resource_version;
  }
  const auto reply =
      send({"DELETE", object_path(ref), json_type, body_of(options)}, describe("delete", ref));
  if (!reply && reply.error().code != Errc::not_found) {
    return tl::unexpected(reply.error());
  }
  return {};
}

Answer<api::Object> RestClient::create(const api::Object& object, std::string_view manager) {
  return send_object(
      {"POST", create_path(object.ref(), manager), json_type, body_of(object.body())},
      describe("create", object.ref())
  );
}

Answer<api::Object> RestClient::replace(const api::Object& object, std::string_view manager) {
  return send_object(
      {"PUT",
       object_path(object.ref()) + "?fieldManager=" + std::string(manager),
       json_type,
       body_of(object.body())},
      describe("update", object.ref())
  );
}

Answer<api::Object> RestClient::merge(
    const api::ObjectRef& ref, const json& patch, std::string_view manager
) {
  return send_object(
      {"PATCH",
       object_path(ref) + "?fieldManager=" + std::string(manager),
       merge_type,
       body_of(patch)},
      describe("patch", ref)
  );
}

Answer<api::Object> RestClient::try_apply(const api::Object& object, std::string_view manager) {
  return patch(apply_path(object.ref(), "", manager) + "&dryRun=All", object, "try to apply");
}

Answer<api::Object> RestClient::try_merge(
    const api::ObjectRef& ref, const json& patch, std::string_view manager
) {
  return send_object(
      {"PATCH", merge_dry_run_path(ref, manager), merge_type, body_of(patch)},
      describe("try to patch", ref)
  );
}

Answer<std::string> RestClient::page(const std::string& path) {
  MOORING_TRY(HttpReply reply, send({"GET", path, "", ""}, "get " + path));
  return std::move(reply.body);
}

Answer<ListPage> RestClient::list(const Scope& scope, const ListQuery& query) {
  const std::string what = describe("list", scope);
  MOORING_TRY(const HttpReply reply, send({"GET", list_path(scope, query), "", ""}, what));
  MOORING_TRY(json body, parse(reply.body, what));
  ListPage page;
  page.resource_version = api::text_at(body, {"metadata", "resourceVersion"});
  page.continue_token = api::text_at(body, {"metadata", "continue"});
  const api::Kind* kind = api::find_kind(scope.kind);
  for (json& item : body["items"]) {
    if (item.is_object() && kind != nullptr) {
      // Items of a list do not say what they are.
      item["kind"] = kind->kind;
      item["apiVersion"] = kind->api_version;
      page.items.push_back(std::move(item));
    }
  }
  return page;
}

std::shared_ptr<WatchStream> RestClient::watch(const Scope& scope, const WatchQuery& query) {
  const auto start = std::chrono::steady_clock::now();
  auto stream = transport_->stream(watch_path(scope, query), describe("watch", scope));
  if (options_.observer) {
    stream->on_answer([observer = options_.observer, host = host_, start](int status) {
      observer({"GET", host, status, std::chrono::steady_clock::now() - start, 0, std::nullopt});
    });
  }
  return stream;
}

Answer<bool> RestClient::review(std::string_view kind, std::string_view plural, const json& spec) {
  const json asked = {{"apiVersion", "authorization.k8s.io/v1"}, {"kind", kind}, {"spec", spec}};
  const std::string path = "/apis/authorization.k8s.io/v1/" + std::string(plural);
  MOORING_TRY(
      const api::Object answer,
      send_object({"POST", path, json_type, body_of(asked)}, "ask for permissions")
  );
  const json& allowed = answer.at({"status", "allowed"});
  return allowed.is_boolean() && allowed.get<bool>();
}

Answer<bool> RestClient::may(
    std::string_view verb, const Scope& scope, std::string_view subresource
) {
  return review(
      "SelfSubjectAccessReview",
      "selfsubjectaccessreviews",
      {{"resourceAttributes", attributes_of(verb, scope, subresource)}}
  );
}

Answer<bool> RestClient::user_may(
    std::string_view user, std::string_view verb, const Scope& scope, std::string_view subresource
) {
  return review(
      "SubjectAccessReview",
      "subjectaccessreviews",
      {{"user", user}, {"resourceAttributes", attributes_of(verb, scope, subresource)}}
  );
}

void RestClient::cancel() {
  transport_->cancel();
}

}  // namespace mooring::kube
