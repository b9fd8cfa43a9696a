// Goal: what a session does depends on the bytes that came, never on how they were cut. Method:
// one stream whole, byte by byte, at every point, and random streams cut at random.

#include <array>
#include <boost/test/unit_test.hpp>

#include "base/random.hpp"
#include "drive.hpp"
#include "support/mutation.hpp"

BOOST_AUTO_TEST_SUITE(cuts)

namespace {

using brood::SessionLimits;
using brood::SplitMix;
using brood::test::cut;
using brood::test::Driver;
using brood::test::garbage;
using brood::test::mutated;
using brood::test::Transcript;

constexpr SessionLimits small_limits{
    .max_header_bytes = 200, .max_headers = 5, .max_body_bytes = 40};

const std::string everything =
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
    "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nDRAINED"
    "GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n"
    "POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    "3;a=\"b;\"\r\nabc\r\n00a \t;c\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
    "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    "OPTIONS * HTTP/1.2\r\nHost: [::1]:80\r\n\r\n";

Transcript run_in_bytes(Driver& driver, std::string_view bytes) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < bytes.size(); ++i) pieces.push_back(bytes.substr(i, 1));
  return driver.run(pieces);
}

const std::string endings[]{
    "",
    "GET /last HTTP/1.1\r\nHost: a\r\n\r\nGET /lost HTTP/1.1\r\nHost: a\r\n\r\n",
    "PUT /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
    "PUT /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\rabc\r\n",
    "PUT /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n27\r\n",
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r",
    "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
    "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\nZ: 1\r\n\r\n",
    "GET /" + std::string(300, 'a') + " HTTP/1.1\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: " + std::string(300, 'a') + "\nHost: a\r\n\r\n",
    "GET / HTTP/3.1\r\n X\r\n\r\n",
    "\r\n\r\r\n",
};

void check_same(const Transcript& got, const Transcript& whole) {
  BOOST_TEST(got.events == whole.events);
  BOOST_TEST(got.fields == whole.fields);
  BOOST_TEST(got.output == whole.output);
  BOOST_TEST(got.status == whole.status);
  BOOST_TEST(got.refused_status == whole.refused_status);
}

bool is_known_refusal(int status) {
  constexpr std::array known{0, 400, 413, 414, 417, 421, 431, 501, 505};
  return std::find(known.begin(), known.end(), status) != known.end();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_whole_stream_is_served) {
  Driver driver{small_limits};
  const Transcript got = driver.run(everything);
  BOOST_TEST(got.events ==
             "head GET /\nrequest \n"
             "head PUT /want with body\nrequest hello\n"
             "head HEAD /\nrequest \n"
             "head PUT / with body\nrequest \n"
             "head GET /refuse\n"
             "head POST /want with body\nrequest abc0123456789\n"
             "head GET /x\nrequest \n"
             "head OPTIONS *\nrequest \n"
             "body \nclose\n");
  BOOST_TEST(got.refused_status == 0);
}

BOOST_AUTO_TEST_CASE(byte_by_byte_is_like_whole) {
  Driver driver{small_limits};
  for (const std::string& ending : endings) {
    BOOST_TEST_INFO_SCOPE(ending);
    const Transcript whole = driver.run(everything + ending);
    check_same(run_in_bytes(driver, everything + ending), whole);
  }
}

BOOST_AUTO_TEST_CASE(cut_anywhere_is_like_whole) {
  Driver driver{small_limits};
  for (const std::string& ending : endings) {
    const std::string all = everything + ending;
    const std::string_view bytes = all;
    const Transcript whole = driver.run(bytes);
    // Before the last part a cut is like that of another ending.
    const std::size_t first = ending.empty() ? 1 : everything.size() - 2;
    for (std::size_t at = first; at < bytes.size(); ++at) {
      BOOST_TEST_INFO_SCOPE(ending << " cut at " << at);
      const std::array pieces{bytes.substr(0, at), bytes.substr(at)};
      check_same(driver.run(pieces), whole);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_pipeline_with_bodies_survives_the_end_of_the_buffer) {
  std::string all;
  for (int i = 0; i < 60; ++i)
    all += "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\nX: " +
           std::string(static_cast<std::size_t>(i) * 97, 'x') + "\r\n\r\n" +
           std::string(9000, static_cast<char>('A' + i));
  Driver driver;
  const Transcript whole = driver.run(all);
  BOOST_TEST(brood::test::count(whole.events, "request ") == 60u);
  SplitMix random{1};
  for (int n = 0; n < 3; ++n) BOOST_TEST((driver.run(cut(all, random)) == whole));
}

BOOST_AUTO_TEST_CASE(hostile_bytes_end_in_a_known_status_however_cut) {
  Driver driver{small_limits};
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SplitMix random{seed};
    const std::string bytes =
        seed % 5 == 0 ? garbage(random) : mutated(everything + endings[seed % 13], random);
    const Transcript whole = driver.run(bytes);
    const Transcript in_pieces = driver.run(cut(bytes, random));
    // One assertion for each kind, for there are thousands of runs.
    if (whole.events == in_pieces.events && whole.fields == in_pieces.fields &&
        whole.output == in_pieces.output && whole.refused_status == in_pieces.refused_status &&
        is_known_refusal(whole.refused_status) && whole.output.size() < 8192)
      continue;
    BOOST_TEST_INFO_SCOPE("seed " << seed << ": " << bytes);
    check_same(in_pieces, whole);
    BOOST_TEST(is_known_refusal(whole.refused_status));
    BOOST_TEST(whole.output.size() < 8192u);
  }
}

BOOST_AUTO_TEST_CASE(hostile_bytes_do_end_in_every_way) {
  // Otherwise the case above would prove little.
  Driver driver{small_limits};
  std::array<int, 600> seen{};
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SplitMix random{seed};
    const int status = driver.run(mutated(everything + endings[seed % 13], random)).refused_status;
    ++seen[static_cast<std::size_t>(status)];
  }
  for (const std::size_t status : {0u, 400u, 413u, 414u, 431u, 501u, 505u}) {
    BOOST_TEST_INFO_SCOPE(status);
    BOOST_TEST(seen[status] > 3);
  }
}

BOOST_AUTO_TEST_SUITE_END()
