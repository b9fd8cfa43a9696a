#include "cli/balance_options.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "cli/server_text.hpp"

BOOST_AUTO_TEST_SUITE(balance_options)

namespace {

using namespace brood;

Result<std::string> no_file(const std::string&) {
  errno = ENOENT;
  return failure_from_errno("open");
}

BalanceParse parse(const std::string& line, const ConfigReader& reader = no_file) {
  std::istringstream words(line);
  std::vector<std::string> args;
  for (std::string word; words >> word;) args.push_back(word);
  return parse_balance_options(args, reader);
}

std::string message(const BalanceParse& parsed) {
  const auto* error = std::get_if<OptionError>(&parsed);
  return error == nullptr ? "no error" : error->message;
}

ConfigReader file_of(const std::string& text) {
  return [text](const std::string&) -> Result<std::string> { return text; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(ports_are_the_courses_form) {
  const auto options = std::get<BalanceOptions>(parse("1234 -N 7 8080 -R 3 8081"));
  BOOST_TEST((options.compat == BalanceOptions::Compat::cse130));
  BOOST_TEST((options.mode == ForwardSettings::Mode::tcp));
  BOOST_TEST((options.strategy == Strategy::least_entries));
  BOOST_TEST(options.listens.front() == "127.0.0.1:1234");
  BOOST_TEST(options.servers.size() == 2U);
  BOOST_TEST(to_string(options.servers[1]) == "127.0.0.1:8081");
  BOOST_TEST(options.parallel == 7U);
  BOOST_TEST(options.health_requests == 3U);
  BOOST_TEST(options.max_queue == 0U);
}

BOOST_AUTO_TEST_CASE(the_courses_defaults_are_its_own) {
  const auto options = std::get<BalanceOptions>(parse("1234 8080"));
  BOOST_TEST(options.parallel == 4U);
  BOOST_TEST(options.health_requests == 5U);
  BOOST_TEST((options.health_interval == std::chrono::seconds{3}));
  BOOST_TEST((options.health_timeout == std::chrono::seconds{2}));
}

BOOST_AUTO_TEST_CASE(a_server_is_read_and_written_back) {
  const char* const texts[] = {"web:80",
                               "127.0.0.1:8081,weight=3,max=8",
                               "[::1]:80,backup",
                               "unix:/run/a.sock,weight=2",
                               "web:80,max=4,backup",
                               "web:80,health=127.0.0.1:9000",
                               "web:80,weight=2,health=unix:/run/reporter"};
  for (const char* const text : texts) {
    const auto server = read_server(text);
    BOOST_TEST_REQUIRE(server.has_value(), text);
    BOOST_TEST(to_string(*server) == text);
  }
}

BOOST_AUTO_TEST_CASE(every_mistake_is_named) {
  const struct {
    const char* name;
    const char* line;
    const char* message;
  } rows[] = {
      {"no server", "", "there is no server"},
      {"no port", "--server web", "the port is missing"},
      {"port 0", "--server web:0", "the port must be a number from 1 to 65535"},
      {"no host", "--server :80", "the host is missing"},
      {"bare IPv6", "--server ::1:80", "an IPv6 address stands in brackets"},
      {"weight 0", "--server web:80,weight=0", "weight: must be at least 1"},
      {"unknown setting", "--server web:80,wait=1", "wait=1 is unknown"},
      {"a port that is none", "1234 http", "http is no port"},
      {"near name", "--sever web:80", "did you mean --server?"},
      {"twice", "--mode tcp --mode http", "given twice"},
      {"strategy", "--strategy best", "allowed: round-robin, random"},
      {"hash key", "--hash-key cookie", "allowed: client, path, header:NAME"},
      {"hash key of tcp", "--server w:80 --mode tcp --strategy hash --hash-key path",
       "only client is known in mode tcp"},
      {"trusted", "--trusted-proxies nobody", "--trusted-proxies nobody: "},
      {"N of 0", "--parallel 0", "must be at least 1"},
      {"no value", "--server", "--server needs a value"},
  };
  for (const auto& row : rows)
    BOOST_TEST(message(parse(row.line)).find(row.message) != std::string::npos,
               row.name << ": " << message(parse(row.line)));
}

BOOST_AUTO_TEST_CASE(the_command_lines_servers_replace_the_files) {
  const auto reader = file_of("server = a:1\nserver = b:2\nparallel = 9\n");
  const auto file = std::get<BalanceOptions>(parse("--config x", reader));
  BOOST_TEST(file.servers.size() == 2U);
  const auto typed = std::get<BalanceOptions>(parse("--config x --server c:3", reader));
  BOOST_TEST_REQUIRE(typed.servers.size() == 1U);
  BOOST_TEST(typed.servers[0].host == "c");
  BOOST_TEST(typed.parallel == 9U);
}

BOOST_AUTO_TEST_CASE(a_mistake_in_the_file_is_located) {
  BOOST_TEST(
      message(parse("--config x", file_of("server = a:1\nqueue = 3\n"))).starts_with("x:2: "));
}

BOOST_AUTO_TEST_CASE(what_is_described_reads_back_to_the_same) {
  const auto options = std::get<BalanceOptions>(
      parse("--server web:80,weight=3 --mode tcp --strategy hash --threads 2 --send-proxy v2"));
  std::string line;
  for (const auto& [name, value] : describe(options))
    line.append("--").append(name).append(1, ' ').append(value).append(1, ' ');
  BalanceOptions again = std::get<BalanceOptions>(parse(line));
  BOOST_TEST((again == options));
}

BOOST_AUTO_TEST_SUITE_END()
