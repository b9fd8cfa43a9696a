#include "lab/compare/advice.hpp"

#include <algorithm>

#include "lab/compare/table_report.hpp"
#include "lab/compare/workload.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

/// What matters under a load.
struct Question {
  std::string_view workload;
  std::string_view figure;
  std::string_view unit;
  bool wants_most = true;
};

constexpr std::string_view answers = "requests/s";

constexpr Question questions[] = {
    {"kept", "throughput", answers},
    {"close", "throughput", answers},
    {"cpu", "throughput", answers},
    {"sleep", "throughput", answers},
    {"mixed", "p99_ms", "ms at p99", false},
    {"large", "throughput", answers},
    {"slow", "throughput", answers},
    {"idle", "memory_mib", "MiB", false},
    {"offered", "throughput", answers},
    {"burst", "first_service_ms", "ms until all were served", false},
};

/// Those of the workload at its highest level that have an answer, the best first.
std::vector<const Entry*> ranked(std::span<const Entry> entries, const Question& question) {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries) {
    if (entry.workload != question.workload || !entry.median(question.figure)) continue;
    if (!found.empty() && found.front()->level < entry.level) found.clear();
    if (!found.empty() && found.front()->level > entry.level) continue;
    // Who holds few connections needs little memory for them.
    const bool holds_all = question.workload != "idle" || entry.median("idle_held") >= entry.level;
    if (holds_all && entry.trouble().empty()) found.push_back(&entry);
  }
  std::ranges::stable_sort(found, [&](const Entry* a, const Entry* b) {
    const double of_a = *a->median(question.figure), of_b = *b->median(question.figure);
    return question.wants_most ? of_a > of_b : of_a < of_b;
  });
  return found;
}

std::string with_unit(const Entry& entry, const Question& question) {
  return std::string(entry.contender) + ", " + cell_text(entry, figure_named(question.figure)) +
         ' ' + std::string(question.unit);
}

std::string sentence(const std::vector<const Entry*>& ranked, const Question& question) {
  const Figure& figure = figure_named(question.figure);
  std::string text = with_unit(*ranked.front(), question);
  const auto top = ranked.front()->spread(figure);
  std::string ties;
  std::size_t tied = 1;
  for (; tied < ranked.size() && is_tie(*top, *ranked[tied]->spread(figure)); ++tied)
    ties.append(ties.empty() ? "" : ", ").append(ranked[tied]->contender);
  if (!ties.empty()) text.append("; no worse: ").append(ties);
  if (tied < ranked.size()) text.append("; last: ").append(with_unit(*ranked.back(), question));
  std::string about = title_of(*ranked.front());
  if (const Workload* const workload = find_workload(question.workload))
    about.append(" (").append(workload->about).append(")");
  return about + ": " + text + '.';
}

}  // namespace

std::vector<std::string> advice_of(std::span<const Entry> entries) {
  std::vector<std::string> sentences;
  for (const Question& question : questions)
    if (const auto found = ranked(entries, question); found.size() > 1)
      sentences.push_back(sentence(found, question));
  return sentences;
}

std::string advice_text(std::span<const Entry> entries) {
  std::string text;
  for (const std::string& sentence : advice_of(entries))
    text.append("  ").append(folded(sentence, terminal_columns - 4, "    ")).append("\n");
  return text.empty() ? text : "which model for which load\n" + text + '\n';
}

}  // namespace brood
