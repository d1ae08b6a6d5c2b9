// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object_key.hpp"
#include "operator/api/place.hpp"
#include "operator/kube/failure.hpp"
#include "operator/kube/request.hpp"
#include "operator/watch/change.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring::watch {

/// A copy of what the API server holds of one scope. Objects are kept as compact text, a tenth of
/// their size as a tree, for they are read far less often than they lie here. Thread-safe.
class Store {
 public:
  explicit Store(kube::Scope scope) : scope_(std::move(scope)) {}

  const kube::Scope& scope() const { return scope_; }

  /// What changed, if more did than the version.
  std::optional<Change> put(api::Object object);
  std::optional<Change> erase(const api::ObjectKey& key);
  /// These are all there is; what is not among them was deleted unseen.
  std::vector<Change> replace(std::vector<api::Object> objects);
  /// There are none, for the cluster does not have the kind (any more); until `replace`.
  std::vector<Change> miss();
  /// The store is as new as this.
  void advance(const std::string& resource_version);

  std::optional<api::Object> get(const api::ObjectKey& key) const;
  /// Those that are about this McpServer.
  std::vector<api::Object> of_owner(const api::ObjectKey& server) const;
  std::vector<api::ObjectKey> keys() const;
  /// Those whose objects want or have this place (api::places).
  std::vector<api::Holder> holders(const std::string& place) const;
  std::size_t size() const;
  std::size_t bytes() const;
  /// The resourceVersion that it is as new as.
  std::string version() const;

  /// It has had its first full content.
  bool synced() const;
  /// The cluster does not have the kind.
  bool missing() const;
  /// Or there is nothing to wait for, as the kind is missing.
  bool is_at_least(const std::string& resource_version) const;

 private:
  struct Entry {
    std::string text;  ///< without its resourceVersion
    std::string resource_version;
    std::set<api::ObjectKey> owners;
    std::vector<api::Place> places;
    std::optional<api::Holder> holder;
  };

  using Entries = std::map<api::ObjectKey, Entry>;

  static Entry entry(api::Object object);
  static api::Object object(const Entry& entry);
  std::optional<Change> put_locked(const api::ObjectKey& key, Entry entry);
  std::vector<Change> replace_locked(std::vector<api::Object> objects);
  std::optional<Change> erase_locked(Entries::iterator found);
  void unlink(const api::ObjectKey& key, const Entry& entry);

  const kube::Scope scope_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::map<api::ObjectKey, std::set<api::ObjectKey>> by_owner_;
  std::map<std::string, std::set<api::ObjectKey>> by_place_;  ///< by its text
  std::size_t bytes_ = 0;
  std::string version_;
  bool synced_ = false;
  bool missing_ = false;
};

/// The stores of a program, by kind and namespace.
class Cache {
 public:
  /// Only before others use it.
  Store& add(kube::Scope scope);

  /// nullptr if that kind is not watched in that namespace.
  const Store* find(std::string_view kind, std::string_view namespace_) const;
  /// Of all namespaces: those that want this place, and those that have it.
  std::vector<api::Holder> holders(const api::Place& place) const;
  bool synced() const;

  const std::vector<std::unique_ptr<Store>>& stores() const { return stores_; }

 private:
  std::vector<std::unique_ptr<Store>> stores_;
};

}  // namespace mooring::watch
