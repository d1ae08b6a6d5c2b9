// SPDX-License-Identifier: Apache-2.0
#include "operator/keys/rotation.hpp"

#include "core/text/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace mooring::keys {
namespace {

using std::chrono::milliseconds;
using time::Timestamp;
using Keys = std::vector<Key>;

bool only_opens_yet(const Key& key) {
  return !key.sealing;
}

// Until the change has spread some replicas still seal with it.
Timestamp leaves_at(const Key& key) {
  return *key.retired + spread + key.life;
}

Timestamp succeeded_at(const Keys& keys, const Policy& policy) {
  return *keys.front().sealing + policy.rotation - spread;
}

// Rings are changed by hand as well: whichever key is first seals.
void settle(Keys& keys, milliseconds life, Timestamp now) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Key& key = keys[i];
    if (i == 0 && (!key.sealing || key.retired)) {
      key.sealing = now;
      key.retired.reset();
    } else if (i > 0 && key.sealing && !key.retired) {
      key.retired = now;
    }
    if (key.sealing && (!key.retired || now < *key.retired + spread)) {
      key.life = std::max(key.life, life);
    }
  }
}

void let_seal(Keys& keys, milliseconds life, Timestamp now, std::vector<std::string>& steps) {
  const auto added = std::find_if(keys.begin(), keys.end(), only_opens_yet);
  if (added == keys.end() || now < added->added + spread) {
    return;
  }
  Key& before = keys.front();
  before.retired = now;
  added->sealing = now;
  added->life = life;
  steps.push_back(
      "key " + added->id + " seals from now on; " + before.id + " opens what it sealed until " +
      time::print_rfc3339(leaves_at(before))
  );
  std::rotate(keys.begin(), added, added + 1);
}

void let_leave(Keys& keys, Timestamp now, std::vector<std::string>& steps) {
  std::erase_if(keys, [&](const Key& key) {
    const bool is_over = key.retired && leaves_at(key) <= now;
    if (is_over) {
      steps.push_back("key " + key.id + " leaves: nothing that it sealed is good any more");
    }
    return is_over;
  });
}

// k1, k2 and so on; ids of other people's making are left out of the count.
std::string next_id(const Keys& keys) {
  unsigned last = 0;
  for (const Key& key : keys) {
    unsigned number = 0;
    const char* end = key.id.data() + key.id.size();
    if (key.id.starts_with('k') && key.id.size() < 10 &&
        std::from_chars(key.id.data() + 1, end, number).ptr == end) {
      last = std::max(last, number);
    }
  }
  return "k" + std::to_string(last + 1);
}

void add(Keys& keys, std::string_view random, Timestamp now, std::vector<std::string>& steps) {
  Key key{next_id(keys), text::base64url(random), now, std::nullopt, std::nullopt, shortest_life};
  steps.push_back(
      "key " + key.id + " is added; it opens now and seals from " +
      time::print_rfc3339(now + spread) + ", when every replica has it"
  );
  keys.push_back(std::move(key));
}

bool has_room(const Keys& keys) {
  return keys.size() < most_keys && std::none_of(keys.begin(), keys.end(), only_opens_yet);
}

Timestamp due_at(const Keys& keys, const Policy& policy) {
  Timestamp due = Timestamp::max();
  for (const Key& key : keys) {
    if (!key.sealing) {
      due = std::min(due, key.added + spread);
    } else if (key.retired) {
      due = std::min(due, leaves_at(key));
    }
  }
  return has_room(keys) ? std::min(due, succeeded_at(keys, policy)) : due;
}

}  // namespace

Next next(const Kept& kept, const Policy& policy, Timestamp now, std::string_view random) {
  // What is kept are whole seconds.
  now = std::chrono::floor<std::chrono::seconds>(now);
  const milliseconds life = std::max<milliseconds>(policy.session_life, shortest_life);
  Kept before = kept.ring.empty() ? Kept{new_ring(random), "", kept.salt} : kept;
  if (before.salt.empty()) {
    before.salt = text::sha256_hex("salt" + std::string(random));
  }
  if (policy.rotation == milliseconds::zero()) {
    Next same{before, {}};
    same.outlook.is_changed = before != kept;
    return same;
  }
  Keys keys = read(before, now, life);
  settle(keys, life, now);
  Next result;
  std::vector<std::string>& steps = result.outlook.steps;
  let_seal(keys, life, now, steps);
  let_leave(keys, now, steps);
  if (has_room(keys) && succeeded_at(keys, policy) <= now) {
    add(keys, random, now, steps);
  }
  result.kept = print(keys);
  result.kept.salt = before.salt;
  if (steps.empty()) {
    result.kept.ring = before.ring;  // however it is written
  }
  result.outlook.is_changed = result.kept != kept;
  result.outlook.due = due_at(keys, policy);
  return result;
}

}  // namespace mooring::keys
