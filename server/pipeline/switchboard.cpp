// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/switchboard.hpp"

#include <utility>
#include <vector>

namespace mooring::pipeline {
namespace {

std::string key_of(std::string_view session, std::string_view request_id) {
  return std::string(session).append(1, '\n').append(request_id);
}

}  // namespace

Switchboard::Line::Line(Switchboard& board, std::string key, std::weak_ptr<Words> words)
    : board_(&board), key_(std::move(key)), words_(std::move(words)) {}

Switchboard::Line::~Line() {
  if (board_ != nullptr) {
    board_->disconnect(key_, words_);
  }
}

Switchboard::Line::Line(Line&& other) noexcept
    : board_(std::exchange(other.board_, nullptr)),
      key_(std::move(other.key_)),
      words_(std::move(other.words_)) {}

Switchboard::Line& Switchboard::Line::operator=(Line&& other) noexcept {
  std::swap(board_, other.board_);
  std::swap(key_, other.key_);
  std::swap(words_, other.words_);
  return *this;
}

Switchboard::Line Switchboard::connect(
    std::string_view session, std::string_view request_id, const std::shared_ptr<Words>& words
) {
  std::string key = key_of(session, request_id);
  const std::lock_guard lock(mutex_);
  calls_.insert_or_assign(key, words);
  return {*this, std::move(key), words};
}

// A client may have used the id again meanwhile, against the rules: then the line is the other's.
void Switchboard::disconnect(const std::string& key, const std::weak_ptr<Words>& words) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(key);
  if (found != calls_.end() && !found->second.owner_before(words) &&
      !words.owner_before(found->second)) {
    calls_.erase(found);
  }
}

bool Switchboard::cancel(std::string_view session, std::string_view request_id) {
  std::shared_ptr<Words> words;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = calls_.find(key_of(session, request_id)); found != calls_.end()) {
      words = found->second.lock();
    }
  }
  if (words) {
    words->put(ClientCancelled{});
  }
  return words != nullptr;
}

Switchboard::Question::~Question() {
  if (board_ != nullptr) {
    board_->forget(number_);
  }
}

Switchboard::Question::Question(Question&& other) noexcept
    : board_(std::exchange(other.board_, nullptr)), number_(other.number_) {}

Switchboard::Question& Switchboard::Question::operator=(Question&& other) noexcept {
  std::swap(board_, other.board_);
  std::swap(number_, other.number_);
  return *this;
}

Switchboard::Question Switchboard::ask(
    std::string_view session, const std::shared_ptr<Words>& words
) {
  const std::lock_guard lock(mutex_);
  questions_.emplace(++last_number_, Open{std::string(session), words});
  return {*this, last_number_};
}

void Switchboard::reply(std::string_view session, std::uint64_t question, backend::Answer answer) {
  std::shared_ptr<Words> words;
  {
    const std::lock_guard lock(mutex_);
    const auto found = questions_.find(question);
    if (found == questions_.end() || found->second.session != session) {
      return;
    }
    words = found->second.words.lock();
    questions_.erase(found);
  }
  if (words) {
    words->put(ClientReplied{question, std::move(answer)});
  }
}

void Switchboard::forget(std::uint64_t question) {
  const std::lock_guard lock(mutex_);
  questions_.erase(question);
}

void Switchboard::end_session(std::string_view session) {
  const std::string prefix = key_of(session, "");
  std::vector<std::shared_ptr<Words>> ended;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, words] : calls_) {
      if (key.starts_with(prefix)) {
        ended.push_back(words.lock());
      }
    }
    std::erase_if(questions_, [session](const auto& each) {
      return each.second.session == session;
    });
  }
  for (const auto& words : ended) {
    if (words) {
      words->put(ClientCancelled{});
    }
  }
}

// Numbers grow with time, and all wait equally long: the first is over first.
void Switchboard::give_up(Time now) {
  const std::lock_guard lock(mutex_);
  while (!parked_.empty() && parked_.begin()->second.until <= now) {
    parked_.begin()->second.ongoing.call->cancel();
    parked_.erase(parked_.begin());
  }
}

std::optional<Switchboard::Time> Switchboard::next_end() {
  const std::lock_guard lock(mutex_);
  if (parked_.empty()) {
    is_watched_ = false;
    return std::nullopt;
  }
  return parked_.begin()->second.until;
}

void Switchboard::watch(const asio::any_io_executor& executor) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_watched_, true)) {
      return;
    }
  }
  asio::co_spawn(executor, keep_watch(), asio::detached);
}

asio::awaitable<void> Switchboard::keep_watch() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (const auto end = next_end()) {
    timer.expires_at(*end);
    error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    give_up(std::chrono::steady_clock::now());
  }
}

std::optional<std::uint64_t> Switchboard::park(Ongoing ongoing, Time now, Time until) {
  give_up(now);
  const std::lock_guard lock(mutex_);
  if (parked_.size() >= most_parked) {
    return std::nullopt;
  }
  ongoing.relay->attach(nullptr);
  parked_.emplace(++last_number_, Parked{std::move(ongoing), until});
  return last_number_;
}

std::optional<Ongoing> Switchboard::take_parked(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = parked_.find(number);
  if (found == parked_.end()) {
    return std::nullopt;
  }
  Ongoing ongoing = std::move(found->second.ongoing);
  parked_.erase(found);
  return ongoing;
}

void Switchboard::give_up(std::uint64_t number) {
  if (const auto ongoing = take_parked(number)) {
    ongoing->call->cancel();
  }
}

void Switchboard::clear() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, parked] : parked_) {
    parked.ongoing.call->cancel();
  }
  parked_.clear();
}

}  // namespace mooring::pipeline
