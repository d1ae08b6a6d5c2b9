// SPDX-License-Identifier: Apache-2.0
#include "operator/watch/store.hpp"

#include "operator/api/kinds.hpp"

#include <algorithm>

namespace mooring::watch {

using api::Object;
using api::ObjectKey;
using nlohmann::json;

namespace {

template <typename Index, typename Name>
void take_out(Index& index, const Name& name, const ObjectKey& key) {
  const auto found = index.find(name);
  found->second.erase(key);
  if (found->second.empty()) {
    index.erase(found);
  }
}

}  // namespace

Store::Entry Store::entry(Object object) {
  Entry made;
  made.resource_version = object.resource_version();
  make_lean(object);
  made.owners = owners({std::nullopt, object});
  made.places = api::places(object);
  std::sort(made.places.begin(), made.places.end());
  made.places.erase(std::unique(made.places.begin(), made.places.end()), made.places.end());
  if (!made.places.empty()) {
    made.holder = api::holder(object);
  }
  if (const auto metadata = object.body().find("metadata"); metadata != object.body().end()) {
    metadata->erase("resourceVersion");
  }
  made.text = object.body().dump(-1, ' ', false, json::error_handler_t::replace);
  made.text.shrink_to_fit();
  return made;
}

Object Store::object(const Entry& entry) {
  Object object(json::parse(entry.text));
  object.body()["metadata"]["resourceVersion"] = entry.resource_version;
  return object;
}

void Store::unlink(const ObjectKey& key, const Entry& entry) {
  bytes_ -= entry.text.size();
  for (const ObjectKey& owner : entry.owners) {
    take_out(by_owner_, owner, key);
  }
  for (const api::Place& place : entry.places) {
    take_out(by_place_, place.text, key);
  }
}

std::optional<Change> Store::put_locked(const ObjectKey& key, Entry entry) {
  std::optional<Change> change;
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    change = Change{std::nullopt, object(entry)};
  } else if (found->second.text == entry.text) {
    found->second.resource_version = std::move(entry.resource_version);
    return std::nullopt;
  } else {
    change = Change{object(found->second), object(entry)};
    unlink(key, found->second);
  }
  bytes_ += entry.text.size();
  for (const ObjectKey& owner : entry.owners) {
    by_owner_[owner].insert(key);
  }
  for (const api::Place& place : entry.places) {
    by_place_[place.text].insert(key);
  }
  entries_.insert_or_assign(key, std::move(entry));
  return change;
}

std::optional<Change> Store::erase_locked(Entries::iterator found) {
  Change change{object(found->second), std::nullopt};
  unlink(found->first, found->second);
  entries_.erase(found);
  return change;
}

std::optional<Change> Store::put(Object object) {
  const ObjectKey key = object.key();
  Entry made = entry(std::move(object));
  const std::lock_guard lock(mutex_);
  return put_locked(key, std::move(made));
}

std::optional<Change> Store::erase(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return std::nullopt;
  }
  return erase_locked(found);
}

std::vector<Change> Store::replace(std::vector<Object> objects) {
  const std::lock_guard lock(mutex_);
  missing_ = false;
  return replace_locked(std::move(objects));
}

std::vector<Change> Store::miss() {
  const std::lock_guard lock(mutex_);
  missing_ = true;
  return replace_locked({});
}

std::vector<Change> Store::replace_locked(std::vector<Object> objects) {
  std::vector<Change> changes;
  std::set<ObjectKey> present;
  for (Object& object : objects) {
    const ObjectKey key = object.key();
    present.insert(key);
    if (auto change = put_locked(key, entry(std::move(object)))) {
      changes.push_back(std::move(*change));
    }
  }
  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto next = std::next(it);
    if (present.count(it->first) == 0) {
      changes.push_back(*erase_locked(it));
    }
    it = next;
  }
  synced_ = true;
  return changes;
}

void Store::advance(const std::string& resource_version) {
  const std::lock_guard lock(mutex_);
  version_ = resource_version;
}

std::optional<Object> Store::get(const ObjectKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return std::nullopt;
  }
  return object(found->second);
}

std::vector<Object> Store::of_owner(const ObjectKey& server) const {
  std::vector<Object> objects;
  const std::lock_guard lock(mutex_);
  const auto owned = by_owner_.find(server);
  if (owned != by_owner_.end()) {
    for (const ObjectKey& key : owned->second) {
      objects.push_back(object(entries_.at(key)));
    }
  }
  return objects;
}

std::vector<ObjectKey> Store::keys() const {
  std::vector<ObjectKey> keys;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    keys.push_back(key);
  }
  return keys;
}

std::vector<api::Holder> Store::holders(const std::string& place) const {
  std::vector<api::Holder> holders;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_place_.find(place); found != by_place_.end()) {
    for (const ObjectKey& key : found->second) {
      if (const auto& holder = entries_.at(key).holder) {
        holders.push_back(*holder);
      }
    }
  }
  return holders;
}

std::size_t Store::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::size_t Store::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::string Store::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

bool Store::synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

bool Store::missing() const {
  const std::lock_guard lock(mutex_);
  return missing_;
}

bool Store::is_at_least(const std::string& resource_version) const {
  const std::lock_guard lock(mutex_);
  return missing_ || kube::at_least(version_, resource_version);
}

Store& Cache::add(kube::Scope scope) {
  stores_.push_back(std::make_unique<Store>(std::move(scope)));
  return *stores_.back();
}

const Store* Cache::find(std::string_view kind, std::string_view namespace_) const {
  for (const auto& store : stores_) {
    const kube::Scope& scope = store->scope();
    if (scope.kind == kind && (scope.namespace_.empty() || scope.namespace_ == namespace_)) {
      return store.get();
    }
  }
  return nullptr;
}

std::vector<api::Holder> Cache::holders(const api::Place& place) const {
  std::vector<api::Holder> all;
  for (const auto& store : stores_) {
    if (store->scope().kind == api::server_kind || store->scope().kind == place.kind) {
      const auto some = store->holders(place.text);
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  return all;
}

bool Cache::synced() const {
  return std::all_of(stores_.begin(), stores_.end(), [](const auto& store) {
    return store->synced();
  });
}

}  // namespace mooring::watch
