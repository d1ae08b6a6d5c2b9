// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/transport.hpp"

#include "core/http/message.hpp"
#include "operator/kube/body_sink.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <list>
#include <memory>
#include <mutex>

namespace mooring::kube {
namespace {

constexpr int tries_at_most = 4;
// A page of a list has at most a few MiB; a server that sends without an end is none of ours.
constexpr std::size_t longest_answer = 64U << 20U;
constexpr std::chrono::minutes slowest_answer{2};

using web::http::client::http_client;
using web::http::client::http_client_config;

constexpr int library_threads = 4;
// Boost.Asio's misc category: the peer closed the connection before the answer's first byte.
constexpr int asio_eof = 2;

void start_library_threads() {
  static std::once_flag once;
  std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(library_threads); });
}

std::string must_read(const Material& material) {
  auto text = material.read();
  if (!text) {
    throw std::runtime_error(text.error().message);
  }
  return std::move(*text);
}

/// Trusts this CA and nothing else: the library has loaded the system's before.
void trust_only(boost::asio::ssl::context& context, const std::string& ca) {
  X509_STORE* store = X509_STORE_new();
  BIO* source = BIO_new_mem_buf(ca.data(), static_cast<int>(ca.size()));
  while (X509* certificate = PEM_read_bio_X509(source, nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  BIO_free(source);
  // The error that ended the loop would otherwise be taken for one of the next call.
  ERR_clear_error();
  SSL_CTX_set_cert_store(context.native_handle(), store);
}

/// Called by the library for each new TCP connection.
void prepare_tls(boost::asio::ssl::context& context, const Connection& connection) {
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (connection.ca.is_set()) {
    trust_only(context, must_read(connection.ca));
  }
  if (!connection.certificate.is_set()) {
    return;
  }
  const std::string certificate = must_read(connection.certificate);
  const std::string key = must_read(connection.key);
  context.use_certificate_chain(boost::asio::buffer(certificate));
  context.use_private_key(boost::asio::buffer(key), boost::asio::ssl::context::pem);
}

bool is_ip_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

http_client_config config(const Connection& connection, std::chrono::seconds timeout) {
  http_client_config made;
  made.set_timeout(timeout);
  made.set_max_redirects(0);
  made.set_validate_certificates(!connection.insecure);
  http::Url url;
  if (http::parse_url(connection.server, url) && is_ip_address(url.host)) {
    // RFC 6066 section 3: an address is not allowed there.
    made.set_tlsext_sni_enabled(false);
  }
  made.set_ssl_context_callback([connection](boost::asio::ssl::context& context) {
    prepare_tls(context, connection);
  });
  return made;
}

bool broke_on_the_way(const web::http::http_exception& error) {
  switch (error.error_code().value()) {
    case asio_eof:
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
      return true;
    default:
      return false;
  }
}

std::string header(const web::http::http_headers& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string{} : found->second;
}

}  // namespace

struct Transport::Impl {
  Impl(const Connection& where, const TransportOptions& how)
      : connection(where),
        options(how),
        tokens(where),
        requests(where.server, config(where, how.request_timeout)),
        streams(where.server, config(where, how.stream_timeout)) {}

  web::http::http_request prepare(const HttpRequest& request);
  Failure broken(const std::exception& error) const;
  HttpReply exchange(const HttpRequest& request);
  HttpReply exchange(const HttpRequest& request, const pplx::cancellation_token& token);

  Connection connection;
  TransportOptions options;
  TokenSource tokens;
  http_client requests;
  http_client streams;

  // What is under way. One source for all would grow with each request: it never forgets a token's
  // users.
  std::mutex mutex;
  bool is_cancelled = false;
  std::list<pplx::cancellation_token_source> under_way;
};

web::http::http_request Transport::Impl::prepare(const HttpRequest& request) {
  web::http::http_request made(request.method);
  made.set_request_uri(request.path);
  made.headers().add("Accept", "application/json");
  made.headers().add("User-Agent", options.user_agent);
  if (const std::string token = tokens.current(std::chrono::steady_clock::now()); !token.empty()) {
    made.headers().add("Authorization", "Bearer " + token);
  }
  if (!request.body.empty()) {
    made.set_body(request.body, request.content_type);
  }
  return made;
}

Failure Transport::Impl::broken(const std::exception& error) const {
  Failure failure;
  failure.code = Errc::unavailable;
  std::string why = error.what();
  if (const auto* http = dynamic_cast<const web::http::http_exception*>(&error)) {
    if (http->error_code().value() == ETIMEDOUT) {
      failure.code = Errc::timeout;
    }
    if (why.find("SSL handshake") != std::string::npos) {
      why += " (unless the server is overloaded: its certificate must be signed by the CA of " +
             connection.origin + " and name this host)";
    }
  }
  failure.message = "cannot reach the API server " + connection.server + ": " + why;
  return failure;
}

HttpReply Transport::Impl::exchange(const HttpRequest& request) {
  std::list<pplx::cancellation_token_source> mine(1);
  const auto source = mine.begin();
  {
    const std::lock_guard lock(mutex);
    if (is_cancelled) {
      throw std::runtime_error("cancelled");
    }
    under_way.splice(under_way.end(), mine);
  }
  const auto leave = [this, &mine, source](void*) {
    const std::lock_guard lock(mutex);
    mine.splice(mine.end(), under_way, source);
  };
  const std::unique_ptr<Impl, decltype(leave)> left(this, leave);
  return exchange(request, source->get_token());
}

HttpReply Transport::Impl::exchange(
    const HttpRequest& request, const pplx::cancellation_token& token
) {
  const auto body =
      std::make_shared<AnswerBody>(longest_answer, AnswerBody::Clock::now() + slowest_answer);
  web::http::http_request made = prepare(request);
  made.set_response_stream(
      Concurrency::streams::streambuf<uint8_t>(std::make_shared<BodySink<AnswerBody>>(body))
          .create_ostream()
  );
  // The continuations run on the library's threads and must not block; this thread waits.
  return requests.request(made, token)
      .then([](const web::http::http_response& response) { return response.content_ready(); })
      .then([body](const web::http::http_response& response) {
        HttpReply reply;
        reply.status = response.status_code();
        reply.body = body->take();
        reply.retry_after = header(response.headers(), "Retry-After");
        if (std::string warning = header(response.headers(), "Warning"); !warning.empty()) {
          reply.warnings.push_back(std::move(warning));
        }
        return reply;
      })
      .get();
}

Transport::Transport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Transport::~Transport() {
  cancel();
}

Result<std::unique_ptr<Transport>> Transport::open(
    const Connection& connection, const TransportOptions& options
) {
  start_library_threads();
  try {
    return std::unique_ptr<Transport>(new Transport(std::make_unique<Impl>(connection, options)));
  } catch (const std::exception& error) {
    return fail(
        Errc::invalid,
        "the API server's address " + connection.server + " of " + connection.origin +
            " cannot be used: " + error.what()
    );
  }
}

Answer<HttpReply> Transport::send(const HttpRequest& request) {
  for (int tries_left = tries_at_most;; --tries_left) {
    try {
      return impl_->exchange(request);
    } catch (const web::http::http_exception& error) {
      // A kept-alive connection that the server closed meanwhile; the pool may hold several of
      // them. All that is sent here may be sent twice.
      if (tries_left > 1 && broke_on_the_way(error)) {
        continue;
      }
      return tl::unexpected(impl_->broken(error));
    } catch (const std::exception& error) {
      return tl::unexpected(impl_->broken(error));
    }
  }
}

std::shared_ptr<WatchStream> Transport::stream(const std::string& path, std::string what) {
  auto stream = std::make_shared<WatchStream>(std::move(what));
  const pplx::cancellation_token_source source;
  web::http::http_request request = impl_->prepare({"GET", path, "", ""});
  request.set_response_stream(
      Concurrency::streams::streambuf<uint8_t>(std::make_shared<BodySink<WatchStream>>(stream))
          .create_ostream()
  );
  // The chain may outlive this object by a moment: it holds what it needs by value.
  const auto broken = [connection = impl_->connection](const std::exception& error) {
    Failure failure;
    const auto* http = dynamic_cast<const web::http::http_exception*>(&error);
    const bool silent = http != nullptr && http->error_code().value() == ETIMEDOUT;
    failure.code = silent ? Errc::timeout : Errc::unavailable;
    failure.message = "watching at " + connection.server + " was cut: " + error.what();
    return failure;
  };
  impl_->streams.request(request, source.get_token())
      .then([stream](web::http::http_response response) {
        stream->head(response.status_code(), header(response.headers(), "Retry-After"));
        return response.content_ready();
      })
      .then([stream, broken](const pplx::task<web::http::http_response>& done) {
        try {
          done.get();
          stream->end(std::nullopt);
        } catch (const std::exception& error) {
          stream->end(broken(error));
        }
      });
  stream->on_cancel([source]() { source.cancel(); });
  return stream;
}

void Transport::cancel() {
  const std::lock_guard lock(impl_->mutex);
  impl_->is_cancelled = true;
  for (const pplx::cancellation_token_source& source : impl_->under_way) {
    source.cancel();
  }
}

void Transport::invalidate_token() {
  impl_->tokens.invalidate();
}

const std::string& Transport::server() const {
  return impl_->connection.server;
}

}  // namespace mooring::kube
