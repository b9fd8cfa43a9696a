// The access log of `serve`: one true line for each request whatever became of it, in every model,
// over rotations, and never at a request's cost.
#include <fcntl.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "support/faults.hpp"
#include "support/models.hpp"

BOOST_AUTO_TEST_SUITE(serve_access_log)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// Once so many lines are there; those that come later are seen by whoever looks again.
std::vector<std::string> lines_of(const std::string& path, std::size_t count) {
  BOOST_TEST(eventually([&] { return lines_of(path).size() >= count; }), path);
  return lines_of(path);
}

Launch logging(const std::string& model, const std::string& path,
               const std::string& format = "%r|%>s|%B|%X|%{slot}P") {
  let_faults_kill();
  std::vector<std::string> options = options_of_model(
      model, 2, {"--handler", "fault", "--access-log", path, "--access-log-format", format});
  return {.binary = BROOD_FAULTY_BINARY, .options = options, .limits = {{RLIMIT_CORE, 0}}};
}

}  // namespace

BOOST_DATA_TEST_CASE(each_request_has_its_line, all_models, model) {
  const TempFolder folder;
  const std::string path = folder / "access";
  Server server(logging(model, path));
  Client client = Client::tcp(server.port());
  BOOST_TEST(client.exchange(get_request("/bytes/5")).status == 200);
  BOOST_TEST(client.exchange(get_request("/refuse")).status == 403);
  BOOST_TEST(client.exchange("HEAD /bytes/70000 HTTP/1.1\r\nHost: a\r\n\r\n", true).status == 200);
  BOOST_TEST(client.exchange(get_request("/bytes/70000")).status == 200);
  BOOST_TEST(client.exchange(get_request("/parts/9", {"Connection: close"})).status == 200);
  // Pipelined, and what is no head.
  Client hasty = Client::tcp(server.port());
  hasty.send(get_request("/bytes/1") + get_request("/bytes/2") +
             "GET /two HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  BOOST_TEST(hasty.is_closed_by_server());
  Client odd = Client::tcp(server.port());
  odd.send("NONSENSE\r\n\r\n");
  BOOST_TEST(odd.is_closed_by_server());
  BOOST_TEST(get(server.port(), "/healthcheck").status == 200);  // Probes have none.
  BOOST_TEST(server.stop() == 0);
  const std::vector<std::string> expected{"GET /bytes/5 HTTP/1.1|200|5|+|",
                                          "GET /refuse HTTP/1.1|403|14|+|",
                                          "HEAD /bytes/70000 HTTP/1.1|200|0|+|",
                                          "GET /bytes/70000 HTTP/1.1|200|70000|+|",
                                          "GET /parts/9 HTTP/1.1|200|11|-|",
                                          "GET /bytes/1 HTTP/1.1|200|1|+|",
                                          "GET /bytes/2 HTTP/1.1|200|2|+|",
                                          "GET /two HTTP/1.1|400|",
                                          "-|400|"};
  std::vector<std::string> lines = lines_of(path);
  BOOST_TEST_REQUIRE(lines.size() == expected.size());
  for (const std::string& begin : expected)  // In which order is the workers' and threads' affair.
    BOOST_TEST(std::ranges::count_if(
                   lines, [&](const std::string& line) { return line.starts_with(begin); }) == 1,
               begin);
}

BOOST_DATA_TEST_CASE(whatever_became_of_it, models_with_pool, model) {
  const TempFolder folder;
  const std::string path = folder / "access";
  Launch launch = logging(model, path, "%U %>s %X");
  launch.options.insert(launch.options.end(), {"--body-timeout", "100ms"});
  Server server(launch);
  const std::uint16_t port = server.port();
  Client uploads = Client::tcp(port);
  uploads.send("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  BOOST_TEST(uploads.read_reply().status == 408);
  Client leaves = Client::tcp(port);
  leaves.send("PUT /upload/left HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  leaves.abort();
  Client reads = Client::tcp(port);
  reads.send(get_request("/bytes/90000000"));
  BOOST_TEST(reads.read_reply(true).status == 200);
  reads.abort();
  Client short_of = Client::tcp(port);
  short_of.send(get_request("/shrunk/100000"));
  BOOST_TEST(short_of.is_closed_by_server());
  const std::vector<std::string> lines = lines_of(path, 4);
  for (const char* const expected :
       {"/upload 408 -", "/upload/left 4", "/bytes/90000000 200 X", "/shrunk/100000 200 X"})
    BOOST_TEST(std::ranges::count_if(
                   lines, [&](const auto& line) { return line.starts_with(expected); }) == 1,
               expected);
  BOOST_TEST(lines.size() == 4U);
}

BOOST_AUTO_TEST_CASE(the_combined_format_has_every_part) {
  const TempFolder folder;
  const std::string path = folder / "access";
  Server server(logging("prefork", path, "combined"));
  get(server.port(), "/bytes/3?a=%22", {"Referer: http://b.example/", "User-Agent: some \"one\""});
  const std::string line = lines_of(path, 1).front();
  const std::regex expected(
      R"(127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] )"
      R"("GET /bytes/3\?a=%22 HTTP/1\.1" 200 3 "http://b\.example/" "some \\"one\\"")");
  BOOST_TEST(std::regex_match(line, expected), line);
}

BOOST_AUTO_TEST_CASE(goaccess_reads_it_without_an_error) {
  const std::string peer = "/usr/bin/goaccess";
  if (!fs::exists(peer)) {
    BOOST_TEST_MESSAGE("skipped: no " << peer << " here");
    return;
  }
  const TempFolder folder;
  const std::string path = folder / "access";
  Server server(logging("prefork", path, "combined"));
  for (int count = 0; count < 20; ++count) get(server.port(), "/bytes/3", {"User-Agent: \x01\"\\"});
  Client::tcp(server.port()).exchange("NONSENSE\r\n\r\n");
  lines_of(path, 21);
  const Finished finished = run_to_end(
      {.binary = peer,
       .options = {path, "--log-format=COMBINED", "--no-progress", "--no-global-config", "-o",
                   folder / "report.json", "--invalid-requests=" + (folder / "invalid")}});
  BOOST_TEST(finished.status == 0, finished.err);
  std::ifstream report(folder / "report.json");
  const std::string text{std::istreambuf_iterator<char>(report), {}};
  const auto general = boost::json::parse(text).at("general").as_object();
  BOOST_TEST(general.at("valid_requests").as_int64() >= 20);
}

BOOST_DATA_TEST_CASE(a_rotation_loses_nothing_and_reaches_every_worker, all_models, model) {
  const TempFolder folder;
  const std::string path = folder / "access";
  Server server(logging(model, path));
  Client kept = Client::tcp(server.port());
  BOOST_TEST(kept.exchange(get_request("/bytes/1")).status == 200);
  lines_of(path, 1);
  fs::rename(path, path + ".1");
  const std::size_t from = server.mark();
  server.signal(SIGUSR1);
  server.wait_for("log_reopened", from);
  BOOST_TEST(kept.exchange(get_request("/bytes/2")).status == 200);
  BOOST_TEST(get(server.port(), "/bytes/3").status == 200);
  BOOST_TEST(lines_of(path, 2).size() == 2U);
  BOOST_TEST(lines_of(path + ".1").size() == 1U);
}

// Method: nobody reads the pipe, and far more is logged than it holds.
BOOST_DATA_TEST_CASE(a_reader_that_does_not_read_delays_nobody, models_with_pool, model) {
  const TempFolder folder;
  const std::string path = folder / "pipe";
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const brood::UniqueFd reader{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  Server server(logging(model, path, "%r%r%r%r%r%r%r%r%r%r%r%r%r%r%r%r%r%r%r%r"));
  Client client = Client::tcp(server.port());
  const std::string target = "/" + std::string(2000, 'x');
  for (int count = 0; count < 600; ++count)
    BOOST_TEST_REQUIRE(client.exchange(get_request(target)).status == 200);
  const auto noted = [&](const LogLine& line) {
    return text_of(line, "event") == "worker_note" &&
           text_of(line, "text").find("access log: lines are lost") != std::string::npos;
  };
  server.wait_for(noted);
  const std::size_t from = server.mark();
  server.signal(SIGINT);
  BOOST_TEST(number_of(server.wait_for("dump_totals", from), "access_lines_lost") > 0);
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_opened_is_told_before_the_start) {
  const Finished finished = run_to_end(
      {.binary = BROOD_BINARY,
       .options = {"serve", "--listen", "127.0.0.1:0", "--access-log", "/nonexistent/access"}});
  BOOST_TEST(finished.status == 2);
  BOOST_TEST(finished.err ==
             "brood: cannot open the log file /nonexistent/access: No such file or "
             "directory (see --access-log)\n");
}

BOOST_AUTO_TEST_CASE(many_workers_write_whole_lines_into_one_file) {
  const TempFolder folder;
  const std::string path = folder / "access";
  Server server(faulty(8, {"--access-log", path, "--access-log-format", "%r %{slot}P end"}));
  Load load(
      {.port = server.port(), .clients = 8, .path = "/bytes/1", .requests_per_connection = 7});
  BOOST_TEST(load.reaches(2000));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0U, counts.first_failure);
  BOOST_TEST(server.stop() == 0);
  const std::vector<std::string> lines = lines_of(path);
  BOOST_TEST(lines.size() == counts.ok);
  const std::regex whole(R"(GET /bytes/1 HTTP/1\.1 \d+ end)");
  for (const std::string& line : lines)
    if (!std::regex_match(line, whole)) BOOST_TEST(false, line);
}

BOOST_AUTO_TEST_SUITE_END()
