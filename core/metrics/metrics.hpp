// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

/// Prometheus metrics. Resolve a handle once, at start, and keep it: an increment through a handle
/// costs some 15 ns, looking the labels up each time 25 times as much. Label values must come from
/// a closed set.
namespace mooring::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  Counter() = default;
  void increment(double by = 1) const;
  double value() const;

 private:
  friend class Registry;
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void set(double value) const;
  void add(double by) const;
  double value() const;

 private:
  friend class Registry;
  prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void observe(double value) const;

 private:
  friend class Registry;
  prometheus::Histogram* histogram_ = nullptr;
};

/// All metrics of a program; thread-safe. Handles stay valid as long as the registry lives (a
/// removed one must not be used again). Asking twice for the same name and labels gives the same
/// metric.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(
      const std::string& name,
      const std::string& help,
      const Labels& labels,
      const std::vector<double>& buckets
  );
  /// A gauge that is read at each exposition, on that thread, until it is removed. What `read` uses
  /// must live as long.
  void read_gauge(
      const std::string& name,
      const std::string& help,
      const Labels& labels,
      std::function<double()> read
  );
  /// Takes the series out of the exposition, e.g. when what its label names is gone.
  void remove(const std::string& name, const Labels& labels);

  /// Adds `process_*` (CPU, memory, descriptors, start time) read from /proc at each exposition.
  void add_process_metrics();

  /// Prometheus text format 0.0.4.
  std::string serialize();

 private:
  struct Families;
  void refresh_process_metrics();
  std::unique_ptr<Families> families_;
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace mooring::metrics
