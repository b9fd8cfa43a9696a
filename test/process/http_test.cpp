// What a client meets on the wire: the table of requests, the health document, the listeners.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>

#include <brood/unique_fd.hpp>
#include "support/client.hpp"
#include "support/models.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(http)

namespace {

using namespace brood::test;

/// What one connection is sent at once, and what must come back.
struct Row {
  const char* name;
  std::string request;
  std::vector<int> statuses;  ///< Of all the answers, in order.
  bool closes;                ///< The server closes after them, of itself.
};

std::string with_head(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n";
}

const std::string plain = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
const std::string last = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"a connection is kept", plain, {200}, false},
      {"requests on it are answered in order", plain + plain + plain, {200, 200, 200}, false},
      {"close is obeyed", last, {200}, true},
      {"and nothing behind it is answered", last + plain, {200}, true},
      {"HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", {200}, true},
      {"HTTP/1.0 keeps when asked",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {200},
       false},
      {"a body is drained",
       with_head("Content-Length: 10\r\n") + "0123456789" + plain,
       {200, 200},
       false},
      {"a body in chunks is drained",
       with_head("Transfer-Encoding: chunked\r\n") + "5\r\n01234\r\n0\r\n\r\n" + plain,
       {200, 200},
       false},
      {"a body that is expected is asked for and drained",
       with_head("Expect: 100-continue\r\nContent-Length: 3\r\n") + "abc",
       {100, 200},
       false},
      {"empty lines before a request are skipped", "\r\n\r\n" + plain, {200}, false},
      {"nonsense", "nonsense\r\n\r\n", {400}, true},
      {"an answer before nonsense is not lost", plain + "nonsense\r\n\r\n", {200, 400}, true},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", {400}, true},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}, true},
      {"a folded field", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", {400}, true},
      {"a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", {400}, true},
      {"both lengths",
       with_head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
       {400},
       true},
      {"a negative length", with_head("Content-Length: -1\r\n"), {400}, true},
      {"a chunk that is none",
       with_head("Transfer-Encoding: chunked\r\n") + "xyz\r\n",
       {400},
       true},
      {"no length is no body", with_head(""), {200}, false},
      {"a body beyond the limit", with_head("Content-Length: 1001\r\n"), {413}, true},
      {"chunks beyond the limit",
       with_head("Transfer-Encoding: chunked\r\n") + "3e9\r\n" + std::string(1001, 'x') + "\r\n",
       {413},
       true},
      {"a target beyond the limit",
       "GET /" + std::string(17000, 'x') + " HTTP/1.1\r\nHost: test\r\n\r\n",
       {414},
       true},
      {"an expectation that is not met",
       with_head("Expect: a miracle\r\nContent-Length: 0\r\n"),
       {417},
       true},
      {"a field beyond the limit",
       "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(20000, 'x') + "\r\n\r\n",
       {431},
       true},
      {"a method that the demo does not know",
       "BREW / HTTP/1.1\r\nHost: test\r\n\r\n",
       {405},
       false},
      {"about the server itself", "OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", {200}, false},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: test\r\n\r\n", {501}, true},
      {"a coding that nobody knows",
       with_head("Transfer-Encoding: gzip, chunked\r\n"),
       {501},
       true},
      {"another version", "GET / HTTP/2.0\r\nHost: test\r\n\r\n", {505}, true},
  };
  return table;
}

Launch launch_of(const std::string& model, int size, std::vector<std::string> more) {
  more.insert(more.end(), {"--think-time", "0"});
  return {.binary = BROOD_BINARY, .options = options_of_model(model, size, more)};
}

void check_common_fields(const Reply& reply) {
  if (reply.status < 200) return;
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  BOOST_TEST(reply.header("Date").size() == 29);
  BOOST_TEST(reply.header("Date").ends_with(" GMT"));
  BOOST_TEST(reply.header("Server").starts_with("brood"));
  BOOST_TEST(reply.header("Content-Length") == std::to_string(reply.body.size()));
}

std::int64_t errors_in(const std::vector<Row>& table) {
  std::int64_t count = 0;
  for (const Row& row : table)
    count += std::ranges::count_if(row.statuses, [](int status) { return status >= 400; });
  return count;
}

std::int64_t answers_in(const std::vector<Row>& table) {
  std::int64_t count = 0;
  for (const Row& row : table)
    count += std::ranges::count_if(row.statuses, [](int status) { return status >= 200; });
  return count;
}

/// A folder of its own for socket files, gone with the test.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "brood-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const char* name) const { return path / name; }
};

/// What a server that was killed leaves: a socket file at which nobody listens.
void leave_stale_socket(const std::string& path) {
  const brood::UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  BOOST_TEST(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

/// A kernel may have been built or told to do without.
bool has_ipv6() {
  const brood::UniqueFd fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

BOOST_DATA_TEST_CASE(each_request_of_the_table_gets_its_answer_and_the_server_goes_on, all_models,
                     model) {
  Server server(launch_of(model, 3, {"--max-body-bytes", "1000"}));
  const std::vector<pid_t> workers = server.workers();
  for (const Row& row : rows()) BOOST_TEST_CONTEXT(row.name) {
      Client client = Client::tcp(server.port());
      client.send(row.request);
      for (const int status : row.statuses) {
        const Reply reply = client.read_reply();
        BOOST_TEST(reply.status == status);
        check_common_fields(reply);
        if (row.closes && status == row.statuses.back())
          BOOST_TEST(reply.header("Connection") == "close");
      }
      if (!row.closes) client.half_close();  // Then it has been kept up to here.
      const auto [rest, is_closed] = client.read_to_end();
      BOOST_TEST(rest == "");
      BOOST_TEST(is_closed);
      if (row.closes) continue;
      Client again = Client::tcp(server.port());
      again.send(row.request);
      for ([[maybe_unused]] const int status : row.statuses) again.read_reply();
      BOOST_TEST(again.exchange(plain).status == 200);  // It really has been kept.
    }
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST((server.workers() == workers));
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_DATA_TEST_CASE(head_is_get_without_the_body, all_models, model) {
  Server server(launch_of(model, 3, {}));
  Client client = Client::tcp(server.port());
  const Reply head = client.exchange("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n", true);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(std::stoi(head.header("Content-Length")) > 0);
  BOOST_TEST(client.exchange(plain).status == 200);  // No byte of a body came before it.
}

BOOST_DATA_TEST_CASE(pipelined_answers_come_in_the_order_of_their_requests, all_models, model) {
  Server server(launch_of(model, 3, {}));
  Client client = Client::tcp(server.port());
  client.send(plain + get_request("/healthcheck") + plain + get_request("/healthcheck") + last);
  for (const char* begin : {"slot ", "0\n1\n", "slot ", "0\n2\n", "slot "})
    BOOST_TEST(client.read_reply().body.starts_with(begin), begin);
  BOOST_TEST(client.is_closed_by_server());
}

BOOST_DATA_TEST_CASE(a_body_is_asked_for_before_it_is_sent, all_models, model) {
  Server server(launch_of(model, 3, {}));
  Client client = Client::tcp(server.port());
  client.send(with_head("Expect: 100-continue\r\nContent-Length: 3\r\n"));
  BOOST_TEST(client.read_reply().status == 100);
  BOOST_TEST(client.exchange("abc").status == 200);
}

BOOST_DATA_TEST_CASE(a_client_that_is_too_slow_is_told_and_closed, all_models, model) {
  Server server(launch_of(
      model, 5,
      {"--header-timeout", "1s", "--body-timeout", "1s", "--keep-alive-timeout", "200ms"}));
  std::vector<Client> slow;
  for (const std::string& part : {std::string("GET / HT"), std::string("GET / HTTP/1.1\r\nHost"),
                                  with_head("Content-Length: 9\r\n") + "012"}) {
    slow.push_back(Client::tcp(server.port()));
    slow.back().send(part);
  }
  // Who has not begun a request is not told anything.
  Client silent = Client::tcp(server.port());
  Client kept = Client::tcp(server.port());
  BOOST_TEST(kept.exchange(plain).status == 200);
  for (Client* client : {&silent, &kept}) {
    const auto [bytes, is_closed] = client->read_to_end();
    BOOST_TEST(bytes == "");
    BOOST_TEST(is_closed);
  }
  for (Client& client : slow) {
    const Reply reply = client.read_reply();
    BOOST_TEST(reply.status == 408);
    BOOST_TEST(reply.header("Connection") == "close");
    BOOST_TEST(client.is_closed_by_server());
  }
}

BOOST_DATA_TEST_CASE(health_counts_answers_and_errors_of_living_and_ended_workers_but_no_probe,
                     models_with_pool, model) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--model", model, "--start-workers", "3", "--max-requests", "4",
                             "--think-time", "0", "--max-body-bytes", "1000"}});
  const auto health = [&] { return get(server.port(), "/healthcheck"); };
  BOOST_TEST(health().body.starts_with("0\n0\nepoch="));
  for (const Row& row : rows()) {
    Client client = Client::tcp(server.port());
    client.send(row.request);
    for ([[maybe_unused]] const int status : row.statuses) client.read_reply();
  }
  const std::string want =
      std::to_string(errors_in(rows())) + "\n" + std::to_string(answers_in(rows())) + "\nepoch=";
  BOOST_TEST(health().status == 200);
  BOOST_TEST(health().body.starts_with(want));
  // By now most of those who served them have been recycled.
  BOOST_TEST(eventually([&] { return server.log("worker_ended").size() >= 5; }));
  BOOST_TEST(health().body.starts_with(want));
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(!health().body.starts_with(want));
}

BOOST_AUTO_TEST_CASE(the_health_path_can_be_moved_and_switched_off) {
  Server moved(
      {.binary = BROOD_BINARY, .options = {"--think-time", "0", "--health-path", "/how-are-you"}});
  BOOST_TEST(get(moved.port(), "/how-are-you").body.starts_with("0\n0\n"));
  BOOST_TEST(get(moved.port(), "/healthcheck").body.starts_with("slot "));
  Server off({.binary = BROOD_BINARY, .options = {"--think-time", "0", "--health-path", "off"}});
  BOOST_TEST(get(off.port(), "/healthcheck").body.starts_with("slot "));
}

BOOST_AUTO_TEST_CASE(it_listens_at_several_places_at_once) {
  const Folder folder;
  const std::string path = folder.file("socket");
  Server server({.binary = BROOD_BINARY,
                 .options = {"--think-time", "0", "--listen", "127.0.0.1:0", "--listen",
                             "127.0.0.1:0", "--listen", "unix:" + path}});
  const std::vector<std::string> places = server.listeners();
  BOOST_REQUIRE(places.size() == 3);
  BOOST_TEST(places[0].starts_with("127.0.0.1:"));
  BOOST_TEST(places[1].starts_with("127.0.0.1:"));
  BOOST_TEST(places[2] == "unix:" + path);
  const auto second_port = static_cast<std::uint16_t>(std::stoi(places[1].substr(10)));
  for (int round = 0; round < 5; ++round) {
    BOOST_TEST(Client::tcp(server.port()).exchange(last).status == 200);
    BOOST_TEST(Client::tcp(second_port).exchange(last).status == 200);
    BOOST_TEST(Client::unix_path(path).exchange(last).status == 200);
  }
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(it_listens_at_an_ipv6_address) {
  if (!has_ipv6()) {
    BOOST_TEST_MESSAGE("skipped: there is no IPv6 here");
    return;
  }
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "0", "--listen", "[::1]:0"}});
  BOOST_TEST(server.listeners().front().starts_with("[::1]:"));
  BOOST_TEST(Client::tcp6(server.port()).exchange(last).status == 200);
  BOOST_TEST(!Client::tcp(server.port()).is_connected());
}

BOOST_AUTO_TEST_CASE(a_stale_socket_file_is_replaced_and_a_live_one_refused) {
  const Folder folder;
  const std::string path = folder.file("socket");
  leave_stale_socket(path);
  const Launch launch{.binary = BROOD_BINARY,
                      .options = {"--think-time", "0", "--listen", "unix:" + path}};
  Server server(launch);
  BOOST_TEST(Client::unix_path(path).exchange(last).status == 200);

  const Finished second =
      run_to_end({.binary = BROOD_BINARY, .options = {"serve", "--listen", "unix:" + path}});
  BOOST_TEST(second.status == 3);
  BOOST_TEST(second.err.find(path) != std::string::npos);
  BOOST_TEST(second.err.find("another server answers there") != std::string::npos);
  BOOST_TEST(Client::unix_path(path).exchange(last).status == 200);  // It has not been hurt.
}

BOOST_AUTO_TEST_SUITE_END()
