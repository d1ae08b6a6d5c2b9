// SPDX-License-Identifier: Apache-2.0
#include "server/backend/waiters.hpp"

#include <algorithm>

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;

// Several questions of one call come together: so long the one that has asked may ask more.
constexpr auto breath = 20ms;
constexpr std::size_t most_late = 256;

}  // namespace

void Waiters::add(std::uint64_t id, Time deadline, Waiting waiting) {
  // A modern server logs only for calls that want it, and asks by its answers.
  if (!waiting.is_ours && (generation_ == era::Generation::legacy || waiting.log_level)) {
    speaking_.insert(id);
  }
  ours_ += waiting.is_ours ? 1 : 0;
  waiting_.emplace(id, Entry{deadline, std::move(waiting)});
  deadlines_.emplace(deadline, id);
}

Waiting* Waiters::find(std::uint64_t id) {
  const auto found = waiting_.find(id);
  return found == waiting_.end() ? nullptr : &found->second.waiting;
}

std::shared_ptr<Sink> Waiters::take(std::uint64_t id) {
  const auto found = waiting_.find(id);
  if (found != waiting_.end()) {
    return take(found);
  }
  std::erase_if(late_, [id](const Late& late) { return late.id == id; });
  return nullptr;
}

std::shared_ptr<Sink> Waiters::take(Entries::iterator entry) {
  deadlines_.erase({entry->second.deadline, entry->first});
  speaking_.erase(entry->first);
  asking_.erase(entry->first);
  ours_ -= entry->second.waiting.is_ours ? 1 : 0;
  auto sink = std::move(entry->second.waiting.sink);
  waiting_.erase(entry);
  return sink;
}

bool Waiters::give_up(std::uint64_t id, Time until) {
  const auto found = waiting_.find(id);
  return found != waiting_.end() && give_up(found, until) != nullptr;
}

// Who waits for its client's answer will never have it, and so says nothing more.
std::shared_ptr<Sink> Waiters::give_up(Entries::iterator entry, Time until) {
  if (speaking_.contains(entry->first)) {
    if (late_.size() < most_late) {
      late_.push_back({entry->first, until, entry->second.waiting.session});
    } else {
      crowded_until_ = until;
    }
  }
  return take(entry);
}

std::optional<std::uint64_t> Waiters::speaker(Time now) {
  const bool may_ask_more = asking_.contains(last_asking_) && now - last_asked_ < breath;
  std::optional<std::uint64_t> id;
  if (speaking_.empty() && (may_ask_more || asking_.size() == 1)) {
    id = may_ask_more ? last_asking_ : *asking_.begin();
  } else if (speaking_.size() == 1 && !may_ask_more) {
    id = *speaking_.begin();
  }
  return id && !may_be_of_late(waiting_.at(*id).waiting.session, now) ? id : std::nullopt;
}

// What is late of the same session is the same person's.
bool Waiters::may_be_of_late(const std::string& session, Time now) {
  std::erase_if(late_, [now](const Late& late) { return late.until <= now; });
  return now < crowded_until_ ||
         std::any_of(late_.begin(), late_.end(), [&session](const Late& late) {
           return session.empty() || late.session != session;
         });
}

void Waiters::ask(std::uint64_t id, std::string question, Time now, Time deadline) {
  waiting_.at(id).waiting.questions.push_back(std::move(question));
  speaking_.erase(id);
  asking_.insert(id);
  last_asking_ = id;
  last_asked_ = now;
  postpone(id, deadline);
}

bool Waiters::answer(std::uint64_t id, const std::string& question, Time deadline) {
  Waiting* waiting = find(id);
  if (waiting == nullptr || std::erase(waiting->questions, question) == 0) {
    return false;
  }
  if (waiting->questions.empty()) {
    asking_.erase(id);
    speaking_.insert(id);
    postpone(id, deadline);
  }
  return true;
}

void Waiters::postpone(std::uint64_t id, Time deadline) {
  Entry& entry = waiting_.at(id);
  deadlines_.erase({entry.deadline, id});
  entry.deadline = deadline;
  deadlines_.emplace(deadline, id);
}

std::optional<Waiters::Overdue> Waiters::take_overdue(Time now, Time until) {
  if (deadlines_.empty() || now < deadlines_.begin()->first) {
    return std::nullopt;
  }
  const std::uint64_t id = deadlines_.begin()->second;
  return Overdue{id, give_up(waiting_.find(id), until)};
}

void Waiters::fail_all(const Error& error, const std::function<bool(std::uint64_t)>& is_spared) {
  // Whoever hears of it may ask anew at once: that is not to be failed too.
  std::vector<std::shared_ptr<Sink>> failed;
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    const auto here = entry++;
    if (!is_spared(here->first)) {
      failed.push_back(take(here));
    }
  }
  late_.clear();
  crowded_until_ = {};
  for (const auto& sink : failed) {
    sink->on_event(Result<Answer>(tl::unexpected(error)));
  }
}

std::optional<Waiters::Time> Waiters::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

}  // namespace mooring::backend
