// SPDX-License-Identifier: Apache-2.0
#include "server/seal/seal.hpp"

#include "core/text/ascii.hpp"
#include "core/text/encoding.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

// A token is base64url of
//   format (1 byte, 1) | length of the key id (1) | key id | nonce (12) | ciphertext | tag (16)
// and the tag covers the purpose, a zero byte and all up to the nonce as well.
namespace mooring::seal {
namespace {

constexpr char format = 1;
constexpr std::size_t tag_size = 16;
constexpr std::size_t max_keys = 16;
constexpr std::size_t max_id = 32;
constexpr std::size_t max_token = 65'536;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return aes;
}

// AES-256-GCM that stays ready under the key it was used with last. One a thread and direction:
// making one, or giving it another key, costs more than a session's token.
class Cipher {
 public:
  explicit Cipher(bool encrypts) : encrypts_(encrypts) {}

  /// The context, to be fed; null if there is none.
  EVP_CIPHER_CTX* start(const Ring::Key& key, const unsigned char* nonce) {
    const bool is_same = has_key_ && key.secret == secret_;
    has_key_ = EVP_CipherInit_ex2(
                   context_.get(),
                   is_same ? nullptr : cipher(),
                   is_same ? nullptr : key.secret.data(),
                   nonce,
                   encrypts_ ? 1 : 0,
                   nullptr
               ) == 1;
    secret_ = key.secret;
    return has_key_ ? context_.get() : nullptr;
  }

 private:
  const bool encrypts_;
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context_{EVP_CIPHER_CTX_new()};
  bool has_key_ = false;
  std::array<unsigned char, 32> secret_{};
};

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

int length(std::string_view text) {
  return static_cast<int>(text.size());
}

std::string bound_data(std::string_view purpose, std::string_view head) {
  return std::string(purpose).append(1, '\0').append(head);
}

bool is_key_id(std::string_view id) {
  return !id.empty() && id.size() <= max_id && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

Result<Ring::Key> make_key(std::string id, std::string_view secret) {
  Ring::Key key;
  if (!is_key_id(id)) {
    return fail(
        Errc::invalid,
        "id is " + text::quoted(id) + ", must be 1 to 32 letters, digits, \"-\", \"_\" or \".\""
    );
  }
  if (secret.size() != key.secret.size()) {
    return fail(
        Errc::invalid,
        "secret has " + std::to_string(secret.size()) + " bytes, must have " +
            std::to_string(key.secret.size())
    );
  }
  key.id = std::move(id);
  std::copy(secret.begin(), secret.end(), key.secret.begin());
  return key;
}

Result<Ring::Key> parse_key(const nlohmann::json& entry) {
  if (!entry.is_object() || !entry.contains("id") || !entry["id"].is_string() ||
      !entry.contains("secret") || !entry["secret"].is_string()) {
    return fail(Errc::invalid, "must be {\"id\": \"…\", \"secret\": \"…\"}");
  }
  for (const auto& [name, value] : entry.items()) {
    if (name != "id" && name != "secret") {
      return fail(Errc::invalid, "has the unknown field " + text::quoted(name));
    }
  }
  const auto secret = text::from_base64url(entry["secret"].get_ref<const std::string&>());
  if (!secret) {
    return fail(Errc::invalid, "secret is not base64url without padding (RFC 4648 section 5)");
  }
  return make_key(entry["id"].get<std::string>(), *secret);
}

struct Parts {
  std::string_view head, nonce, ciphertext, tag;
  std::string_view key_id;
};

bool take_apart(std::string_view token, Parts& parts) {
  if (token.size() < 2 || token[0] != format) {
    return false;
  }
  const std::size_t head_size = 2 + static_cast<unsigned char>(token[1]);
  if (token.size() < head_size + std::tuple_size_v<Nonce> + tag_size) {
    return false;
  }
  parts.head = token.substr(0, head_size);
  parts.key_id = parts.head.substr(2);
  parts.nonce = token.substr(head_size, std::tuple_size_v<Nonce>);
  parts.tag = token.substr(token.size() - tag_size);
  token.remove_prefix(head_size + parts.nonce.size());
  parts.ciphertext = token.substr(0, token.size() - tag_size);
  return true;
}

bool decrypt(
    const Ring::Key& key, const Parts& parts, std::string_view purpose, std::string& plaintext
) {
  thread_local Cipher decrypting(false);
  EVP_CIPHER_CTX* context = decrypting.start(key, bytes(parts.nonce));
  const std::string bound = bound_data(purpose, parts.head);
  std::string tag(parts.tag);
  int written = 0;
  plaintext.resize(parts.ciphertext.size());
  return context != nullptr &&
         EVP_DecryptUpdate(context, nullptr, &written, bytes(bound), length(bound)) == 1 &&
         EVP_DecryptUpdate(
             context, bytes(plaintext), &written, bytes(parts.ciphertext), length(parts.ciphertext)
         ) == 1 &&
         EVP_CIPHER_CTX_ctrl(
             context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size), tag.data()
         ) == 1 &&
         EVP_DecryptFinal_ex(context, bytes(plaintext), &written) == 1;
}

}  // namespace

Result<Ring> Ring::parse(std::string_view text) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object() || document.size() != 1 || !document.contains("keys") ||
      !document["keys"].is_array()) {
    return fail(
        Errc::invalid, R"(key ring: must be {"keys": [{"id": "…", "secret": "…"}]} and no more)"
    );
  }
  const auto& entries = document["keys"];
  if (entries.empty() || entries.size() > max_keys) {
    return fail(
        Errc::invalid,
        "key ring: has " + std::to_string(entries.size()) + " keys, must have 1 to " +
            std::to_string(max_keys)
    );
  }
  Ring ring;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto key = parse_key(entries[i]);
    if (key && ring.find(key->id) != nullptr) {
      key = fail(Errc::invalid, "id " + text::quoted(key->id) + " stands there twice");
    }
    if (!key) {
      return fail(
          Errc::invalid, "key ring: keys[" + std::to_string(i) + "] " + key.error().message
      );
    }
    ring.keys_.push_back(*std::move(key));
  }
  return ring;
}

Result<Ring> Ring::of(std::string id, std::string_view secret) {
  MOORING_TRY(Key key, make_key(std::move(id), secret));
  Ring ring;
  ring.keys_.push_back(std::move(key));
  return ring;
}

const Ring::Key* Ring::find(std::string_view id) const {
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [id](const Key& k) { return k.id == id; });
  return key == keys_.end() ? nullptr : &*key;
}

Result<std::string> seal(
    const Ring& ring, std::string_view purpose, std::string_view plaintext, const Nonce& nonce
) {
  const Ring::Key& key = ring.sealing();
  thread_local Cipher encrypting(true);
  EVP_CIPHER_CTX* context = encrypting.start(key, nonce.data());
  std::string token{format, static_cast<char>(key.id.size())};
  token += key.id;
  const std::string bound = bound_data(purpose, token);
  token.append(nonce.begin(), nonce.end());
  const std::size_t start = token.size();
  token.resize(start + plaintext.size() + tag_size);
  if (token.size() / 3 * 4 + 4 > max_token) {
    return fail(Errc::invalid, "too much to seal: " + std::to_string(plaintext.size()) + " bytes");
  }
  int written = 0;
  const bool sealed =
      context != nullptr &&
      EVP_EncryptUpdate(context, nullptr, &written, bytes(bound), length(bound)) == 1 &&
      EVP_EncryptUpdate(
          context, bytes(token) + start, &written, bytes(plaintext), length(plaintext)
      ) == 1 &&
      EVP_EncryptFinal_ex(context, bytes(token) + start + written, &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(
          context,
          EVP_CTRL_AEAD_GET_TAG,
          static_cast<int>(tag_size),
          bytes(token) + start + plaintext.size()
      ) == 1;
  if (!sealed) {
    return fail(Errc::internal, "AES-256-GCM failed to seal");
  }
  return text::base64url(token);
}

Result<std::string> open(const Ring& ring, std::string_view purpose, std::string_view token) {
  const auto refused = [] { return fail(Errc::not_found, "not a token of this server"); };
  if (token.size() > max_token) {
    return refused();
  }
  const auto binary = text::from_base64url(token);
  Parts parts;
  if (!binary || !take_apart(*binary, parts)) {
    return refused();
  }
  const Ring::Key* key = ring.find(parts.key_id);
  std::string plaintext;
  if (key == nullptr || !decrypt(*key, parts, purpose, plaintext)) {
    return refused();
  }
  return plaintext;
}

}  // namespace mooring::seal
