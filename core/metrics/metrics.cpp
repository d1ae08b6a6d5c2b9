// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace mooring::metrics {

void Counter::increment(double by) const {
  counter_->Increment(by);
}

double Counter::value() const {
  return counter_->Value();
}

void Gauge::set(double value) const {
  gauge_->Set(value);
}

void Gauge::add(double by) const {
  gauge_->Increment(by);
}

double Gauge::value() const {
  return gauge_->Value();
}

void Histogram::observe(double value) const {
  histogram_->Observe(value);
}

struct Registry::Families {
  std::mutex mutex;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
  // Handles by name and labels: what remove() needs, and what makes asking twice cheap.
  std::map<std::pair<std::string, Labels>, prometheus::Counter*> counter_of;
  std::map<std::pair<std::string, Labels>, prometheus::Gauge*> gauge_of;
  std::map<std::pair<std::string, Labels>, prometheus::Histogram*> histogram_of;
  std::map<std::pair<std::string, Labels>, std::function<double()>> read_of;

  // Of the process, as counters cannot be set: the last CPU time that was added.
  std::atomic<bool> process{false};
  std::mutex process_mutex;
  double cpu_seconds = 0;
};

Registry::Registry()
    : families_(std::make_unique<Families>()),
      registry_(std::make_shared<prometheus::Registry>()) {}

Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(families_->mutex);
  auto*& family = families_->counters[name];
  if (family == nullptr) {
    family = &prometheus::BuildCounter().Name(name).Help(help).Register(*registry_);
  }
  auto*& metric = families_->counter_of[{name, labels}];
  metric = metric == nullptr ? &family->Add(labels) : metric;
  Counter handle;
  handle.counter_ = metric;
  return handle;
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(families_->mutex);
  auto*& family = families_->gauges[name];
  if (family == nullptr) {
    family = &prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
  }
  auto*& metric = families_->gauge_of[{name, labels}];
  metric = metric == nullptr ? &family->Add(labels) : metric;
  Gauge handle;
  handle.gauge_ = metric;
  return handle;
}

Histogram Registry::histogram(
    const std::string& name,
    const std::string& help,
    const Labels& labels,
    const std::vector<double>& buckets
) {
  const std::lock_guard lock(families_->mutex);
  auto*& family = families_->histograms[name];
  if (family == nullptr) {
    family = &prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
  }
  auto*& metric = families_->histogram_of[{name, labels}];
  metric = metric == nullptr ? &family->Add(labels, buckets) : metric;
  Histogram handle;
  handle.histogram_ = metric;
  return handle;
}

void Registry::read_gauge(
    const std::string& name,
    const std::string& help,
    const Labels& labels,
    std::function<double()> read
) {
  gauge(name, help, labels);
  const std::lock_guard lock(families_->mutex);
  families_->read_of[{name, labels}] = std::move(read);
}

void Registry::remove(const std::string& name, const Labels& labels) {
  const std::lock_guard lock(families_->mutex);
  const std::pair key{name, labels};
  families_->read_of.erase(key);
  if (auto node = families_->counter_of.extract(key)) {
    families_->counters.at(name)->Remove(node.mapped());
  }
  if (auto node = families_->gauge_of.extract(key)) {
    families_->gauges.at(name)->Remove(node.mapped());
  }
  if (auto node = families_->histogram_of.extract(key)) {
    families_->histograms.at(name)->Remove(node.mapped());
  }
}

namespace {

// Seconds since the epoch at which this process began: boot time plus field 22 of /proc/self/stat
// (proc(5)).
double start_time() {
  double boot = 0;
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    if (word == "btime") {
      stat >> boot;
      break;
    }
  }
  std::ifstream self("/proc/self/stat");
  const std::string line((std::istreambuf_iterator<char>(self)), std::istreambuf_iterator<char>());
  double ticks = 0;
  // Field 2 is the program's name, in parentheses, and may have any characters.
  if (const auto end_of_name = line.rfind(')'); end_of_name != std::string::npos) {
    std::istringstream fields(line.substr(end_of_name + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field) {
      fields >> skipped;
    }
    fields >> ticks;
  }
  return boot + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(entry, {}));
}

}  // namespace

void Registry::add_process_metrics() {
  families_->process = true;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  gauge("process_max_fds", "Maximum number of open file descriptors.")
      .set(static_cast<double>(limit.rlim_cur));
  gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")
      .set(start_time());
}

void Registry::refresh_process_metrics() {
  const std::lock_guard lock(families_->process_mutex);
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
  gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.").set(size * page);
  gauge("process_resident_memory_bytes", "Resident memory size in bytes.").set(resident * page);
  gauge("process_open_fds", "Number of open file descriptors.").set(open_descriptors());
  const Counter total =
      counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
  const double now = cpu_seconds();
  total.increment(now - families_->cpu_seconds);
  families_->cpu_seconds = now;
}

std::string Registry::serialize() {
  if (families_->process) {
    refresh_process_metrics();
  }
  {
    const std::lock_guard lock(families_->mutex);
    for (const auto& [key, read] : families_->read_of) {
      families_->gauge_of.at(key)->Set(read());
    }
  }
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace mooring::metrics
