#include "lab/compare/journal.hpp"

#include <charconv>
#include <limits>

#include "base/text.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

constexpr std::string_view head_word = "brood-compare-2 ";

/// Takes what is before `end` off the front of `text`, and `end` as well.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t size = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return taken;
}

/// Reads numbers one after the other; remembers whether one was none.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string_view word() { return take_until(text_, ' '); }
  template <class T>
  void read(T& value) {
    parse(word(), value);
  }
  template <class T>
  static bool parse_into(std::string_view word, T& value) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc{} && end == word.data() + word.size();
  }
  void read(Duration& value) {
    std::int64_t ns = 0;
    read(ns);
    value = Duration{ns};
  }
  /// "-" stands for none.
  template <class T>
  void read(std::optional<T>& value) {
    const std::string_view text = word();
    if (text == "-") return;
    std::int64_t number = 0;
    parse(text, number);
    value = T{static_cast<T>(number)};
  }
  /// "1:2,3:4"; "-" stands for an empty one.
  template <class First, class Second>
  void read(std::vector<std::pair<First, Second>>& pairs) {
    std::string_view list = word();
    while (!list.empty() && list != "-") {
      std::string_view pair = take_until(list, ',');
      auto& [first, second] = pairs.emplace_back();
      parse(take_until(pair, ':'), first);
      parse(pair, second);
    }
  }
  std::string_view rest() const { return text_; }
  bool is_sound() const { return is_sound_; }

 private:
  template <class T>
  void parse(std::string_view word, T& value) {
    is_sound_ = is_sound_ && parse_into(word, value);
  }

  std::string_view text_;
  bool is_sound_ = true;
};

class Writer {
 public:
  template <class T>
  Writer& operator<<(const T& value) {
    line_ += std::to_string(value) + ' ';
    return *this;
  }
  Writer& operator<<(const std::string& word) { return line_ += word + ' ', *this; }
  Writer& operator<<(Duration value) { return *this << value.count(); }
  template <class T>
  Writer& operator<<(const std::optional<T>& value) {
    return value ? *this << *value : *this << std::string("-");
  }
  template <class First, class Second>
  Writer& operator<<(const std::vector<std::pair<First, Second>>& pairs) {
    std::string list;
    for (const auto& [first, second] : pairs)
      list += (list.empty() ? "" : ",") + std::to_string(first) + ':' + std::to_string(second);
    return *this << (list.empty() ? std::string("-") : list);
  }
  std::string line(const std::string& rest) const { return line_ + rest + '\n'; }

 private:
  std::string line_;
};

bool read_latency(Reader& reader, Histogram& latency) {
  std::uint64_t min = 0, max = 0;
  double sum = 0;
  std::vector<Histogram::Bucket> buckets;
  reader.read(min);
  reader.read(max);
  reader.read(sum);
  reader.read(buckets);
  return reader.is_sound() && latency.restore(buckets, min, max, sum);
}

std::optional<Record> parse_line(std::string_view line) {
  Reader reader(line);
  Record record{.workload = std::string(reader.word()), .contender = std::string(reader.word())};
  Measurement& measured = record.measurement;
  LoadResult& load = measured.load;
  reader.read(record.level);
  reader.read(record.round);
  reader.read(load.elapsed);
  for (std::uint64_t& count : load.failures) reader.read(count);
  reader.read(load.unfinished);
  reader.read(load.body_bytes);
  reader.read(load.all_served_after);
  reader.read(load.idle_held);
  reader.read(load.slow_answers);
  reader.read(measured.cpu);
  reader.read(measured.switches);
  reader.read(measured.memory);
  reader.read(measured.processes);
  reader.read(measured.threads);
  reader.read(measured.first_service);
  reader.read(measured.sizes);
  if (!read_latency(reader, load.latency)) return std::nullopt;
  measured.trouble = reader.rest();
  return record;
}

}  // namespace

std::string journal_head(const std::string& description, std::span<const std::string> words) {
  std::string head = std::string(head_word) + description;
  for (const std::string& word : words) head.append("\t").append(word);
  return head + '\n';
}

std::string journal_line(const Record& record) {
  const Measurement& measured = record.measurement;
  const LoadResult& load = measured.load;
  Writer line;
  line << record.workload << record.contender << record.level << record.round << load.elapsed;
  for (const std::uint64_t count : load.failures) line << count;
  line << load.unfinished << load.body_bytes << load.all_served_after << load.idle_held
       << load.slow_answers << measured.cpu << measured.switches << measured.memory
       << measured.processes << measured.threads << measured.first_service << measured.sizes
       << load.latency.min() << load.latency.max() << format_fixed(load.latency.sum(), 0)
       << load.latency.buckets();
  return line.line(escape(measured.trouble));
}

std::optional<EarlierRun> parse_journal(std::string_view text) {
  if (!text.starts_with(head_word) || text.find('\n') == std::string_view::npos)
    return std::nullopt;
  text.remove_prefix(head_word.size());
  std::string_view head = take_until(text, '\n');
  EarlierRun run{.description = std::string(take_until(head, '\t')), .words = {}, .records = {}};
  while (!head.empty()) run.words.emplace_back(take_until(head, '\t'));
  while (text.find('\n') != std::string_view::npos) {
    auto record = parse_line(take_until(text, '\n'));
    if (!record) break;
    run.records.push_back(*std::move(record));
  }
  return run;
}

}  // namespace brood
