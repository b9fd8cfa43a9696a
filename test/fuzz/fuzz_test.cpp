// Goal: no bytes break a parser's promises. Method: every entry of test/fuzz over the inputs that
// are known to be tricky, and over seeded mutations of them. The same entries are libFuzzer's.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/text.hpp"
#include "fuzz/entries.hpp"
#include "sim/seeds.hpp"

namespace {

using brood::SplitMix;

constexpr unsigned mutations_per_entry = 3000;

const struct Entry {
  std::string name;
  int (*run)(const std::uint8_t*, std::size_t);
} entries[]{
    {"session", fuzz_session},   {"client_session", fuzz_client_session},
    {"chunk", fuzz_chunk},       {"target", fuzz_target},
    {"frame", fuzz_frame},       {"config", fuzz_config},
    {"cgi_head", fuzz_cgi_head}, {"proxy_header", fuzz_proxy_header},
};

struct Input {
  std::string name, bytes;
};

/// By name, so that a seed chooses the same one everywhere.
std::vector<Input> read_corpus(const std::string& entry) {
  std::vector<Input> corpus;
  const std::filesystem::path folder = BROOD_SOURCE_DIR "/test/fuzz/corpus/" + entry;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path(), std::ios::binary);
    corpus.push_back({file.path().filename(), {std::istreambuf_iterator<char>(stream), {}}});
  }
  std::ranges::sort(corpus, {}, &Input::name);
  return corpus;
}

/// Asserts only on failure, for there are thousands of runs.
void run(const Entry& entry, const std::string& bytes) {
  try {
    entry.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  } catch (const std::exception& broken) {
    BOOST_ERROR(entry.name << ": " << broken.what() << ": " << brood::escape(bytes));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fuzzing)

BOOST_AUTO_TEST_CASE(every_input_of_the_corpus_keeps_the_promises) {
  for (const Entry& entry : entries) {
    const std::vector<Input> corpus = read_corpus(entry.name);
    BOOST_TEST(corpus.size() >= 5u, entry.name);
    for (const Input& input : corpus) BOOST_TEST_CONTEXT(input.name) {
        run(entry, input.bytes);
      }
  }
}

BOOST_AUTO_TEST_CASE(mutations_of_the_corpus_keep_the_promises) {
  std::cout << "seeds from " << brood::sim_test::first_seed() << " on\n";
  for (const Entry& entry : entries) {
    const std::vector<Input> corpus = read_corpus(entry.name);
    BOOST_REQUIRE(!corpus.empty());
    brood::sim_test::for_each_seed(mutations_per_entry, [&](std::uint64_t, SplitMix random) {
      const std::string& bytes =
          corpus[random.below(static_cast<std::uint32_t>(corpus.size()))].bytes;
      run(entry, random.below(20) == 0 ? brood::test::garbage(random)
                                       : brood::test::mutated(bytes, random));
    });
  }
}

BOOST_AUTO_TEST_CASE(a_broken_promise_is_noticed) {
  BOOST_CHECK_THROW(brood::fuzz::require(false, "so"), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
