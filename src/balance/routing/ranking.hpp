#pragma once

#include "balance/routing/choice.hpp"
#include "base/random.hpp"

namespace brood {

/// Puts a candidate at its place among the best few, if it has one there.
inline void insert_ranked(Choice& choice, std::uint32_t place,
                          const Choice::Candidate& candidate) noexcept {
  auto& ranked = choice.candidates;
  if (place >= ranked.size()) return;
  if (choice.candidate_count < ranked.size()) ++choice.candidate_count;
  for (std::uint32_t i = choice.candidate_count - 1; i > place; --i) ranked[i] = ranked[i - 1];
  ranked[place] = candidate;
}

/// Keeps the best few of those that it is offered, the lowest score first.
class Ranking {
 public:
  /// The first offered of equals wins.
  Ranking() = default;
  /// Each of equals wins with the same chance.
  explicit Ranking(SplitMix& random) noexcept : random_(&random) {}

  void offer(ServerId server, double score) noexcept {
    const auto& ranked = choice_.candidates;
    if (choice_.candidate_count == ranked.size() && !(score < ranked.back().score) &&
        score != ranked.front().score)
      return;
    insert_ranked(choice_, is_first(score) ? 0 : after_equals(score),
                  {.server = server, .score = score});
  }

  /// The best of them, or no_server if nobody was offered.
  Choice choice(std::string_view reason) noexcept {
    choice_.server = choice_.candidates.front().server;
    choice_.reason = reason;
    return choice_;
  }

 private:
  bool is_first(double score) noexcept {
    const double best = choice_.candidates.front().score;
    if (choice_.candidate_count == 0 || score < best) return ties_ = 1, true;
    // The k-th of equals comes first with a chance of 1/k: in the end all have had the same.
    return score == best && random_ != nullptr && random_->below(++ties_) == 0;
  }

  std::uint32_t after_equals(double score) const noexcept {
    std::uint32_t place = choice_.candidate_count;
    while (place > 0 && choice_.candidates[place - 1].score > score) --place;
    return place;
  }

  SplitMix* random_ = nullptr;
  std::uint32_t ties_ = 0;
  Choice choice_;
};

}  // namespace brood
