// Programs answer requests: what they are told, what they may say, and where they are found.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/cgi_folder.hpp"

BOOST_AUTO_TEST_SUITE(cgi)

namespace {

using namespace brood::test;

const std::vector<std::string> models{"prefork", "prefork-epoll"};

/// What `name` is on a line of its own of `env`'s output; "-" if it is not there.
std::string value_in(const std::string& environment, const std::string& name) {
  const std::string text = "\n" + environment;
  const auto begin = text.find("\n" + name + "=");
  if (begin == text.npos) return "-";
  const auto value = begin + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

std::string big_text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size; ++at) text[at] = static_cast<char>('a' + at % 23);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_program_sees_its_request_and_of_the_server_only_what_is_handed_through) {
  const CgiFolder folder;
  folder.add("env", text_head + "env\n");
  Launch launch = cgi_launch(folder.path(), {"--cgi-env", "REMOTE_USER", "--cgi-env", "NOT_SET"});
  launch.environment = {"REMOTE_USER=eve", "SECRET=s", "HTTP_PROXY=http://evil"};
  const Server server(launch);
  const Answer answer =
      ask(server, "/env/a%20b?x=1+2", "Accept: a\r\nAccept: b\r\nProxy: c\r\nA_B: d\r\n");
  BOOST_TEST(answer.status == 200);
  const struct {
    const char* name;
    std::string want;
  } rows[] = {
      {"GATEWAY_INTERFACE", "CGI/1.1"},
      {"PATH_INFO", "/a b"},
      {"PATH_TRANSLATED", folder / "a b"},
      {"QUERY_STRING", "x=1+2"},
      {"REMOTE_ADDR", "127.0.0.1"},
      {"REMOTE_HOST", "127.0.0.1"},
      {"REQUEST_METHOD", "GET"},
      {"REQUEST_URI", "/env/a%20b?x=1+2"},
      {"SCRIPT_FILENAME", folder / "env"},
      {"SCRIPT_NAME", "/env"},
      {"SERVER_NAME", "test.example"},
      {"SERVER_PORT", std::to_string(server.port())},
      {"SERVER_PROTOCOL", "HTTP/1.0"},
      {"HTTP_ACCEPT", "a, b"},
      {"HTTP_HOST", "test.example:99"},
      {"PATH", std::getenv("PATH")},
      {"REMOTE_USER", "eve"},
      {"NOT_SET", "-"},
      {"SECRET", "-"},
      {"HTTP_PROXY", "-"},
      {"HTTP_A_B", "-"},
      {"AUTH_TYPE", "-"},
      {"CONTENT_LENGTH", "-"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(value_in(answer.body, row.name) == row.want);
}

BOOST_DATA_TEST_CASE(a_body_of_any_size_comes_in_at_stdin_and_out_at_stdout, models, model) {
  const CgiFolder folder;
  folder.add("echo", text_head + "echo $CONTENT_LENGTH $CONTENT_TYPE; cat\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const std::size_t size : {0UL, 1UL, 70'000UL, 3'000'000UL}) {
    const std::string body = big_text(size);
    const Answer answer = post(server, "/echo", body, "Content-Type: text/x\r\n");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST((answer.body == std::to_string(size) + " text/x\n" + body), "size " << size);
  }
}

BOOST_DATA_TEST_CASE(a_chunked_body_comes_in_decoded_and_with_its_length, models, model) {
  const CgiFolder folder;
  folder.add("echo", "printf \"Content-Length: $CONTENT_LENGTH\\nStatus: 201\\n\\n\"; cat\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  Client client = Client::tcp(server.port());
  const Reply reply = client.exchange(
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0"
      "\r\n\r\n");
  BOOST_TEST(reply.status == 201);
  BOOST_TEST(reply.body == "abcde");
  const Reply next =
      client.exchange("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx");
  BOOST_TEST(next.body == "x");  // On the same connection: the length was honoured.
}

BOOST_DATA_TEST_CASE(a_program_that_writes_before_it_reads_is_no_deadlock, models, model) {
  const CgiFolder folder;
  folder.add("x", text_head + "head -c 1000000 /dev/zero; cat\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  const Answer answer = post(server, "/x", big_text(1'000'000));
  BOOST_TEST(answer.body.size() == 2'000'000u);
}

BOOST_DATA_TEST_CASE(a_head_says_how_to_answer, models, model) {
  const CgiFolder folder;
  folder.add("target", text_head + "echo at $SCRIPT_NAME $REQUEST_METHOD $QUERY_STRING; cat\n");
  const struct {
    const char* name;
    const char* script;
    int status;
    const char* field;
    const char* body;
  } rows[] = {
      {"document", "printf 'Content-Type: a/b\\r\\nX-Y: z\\r\\n\\r\\nhi'", 200, "X-Y: z", "hi"},
      {"status", "printf 'Status: 404 Gone away\\nContent-Type: a/b\\n\\nhi'", 404, "", "hi"},
      {"away", "printf 'Location: http://a/b\\n\\n'", 302, "Location: http://a/b", ""},
      {"cookie", "printf 'Location: /target\\nSet-Cookie: c\\n\\n'", 302, "Set-Cookie: c", ""},
      {"moved", "printf 'Status: 301 Moved\\nLocation: /x\\n\\n'", 301, "Location: /x", ""},
      {"local", "cat >&2; printf 'Location: /target?q\\n\\n'", 200, "", "at /target GET q\n"},
      {"chain", "printf 'Location: /local\\n\\n'", 200, "", "at /target GET q\n"},
      {"circle", "printf 'Location: /circle\\n\\n'", 502, "", "502 Bad Gateway\n"},
      {"nowhere", "printf 'Location: /none\\n\\n'", 404, "", "404 Not Found\n"},
      {"own", "printf 'Content-Type: a/b\\nDate: x\\nConnection: y\\n\\n'", 200, "", ""},
  };
  for (const auto& row : rows) folder.add(row.name, row.script);
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const Answer answer = post(server, "/" + std::string(row.name), "sent");
      BOOST_TEST(answer.status == row.status);
      BOOST_TEST(answer.head.find(row.field) != std::string::npos, answer.head);
      BOOST_TEST(answer.body == row.body);
    }
  BOOST_TEST(is_noted(server, "/circle: too many local redirects"));
}

BOOST_DATA_TEST_CASE(any_method_reaches_a_program_with_a_body_or_without, models, model) {
  const CgiFolder folder;
  folder.add("x", text_head + "echo \"$REQUEST_METHOD $CONTENT_LENGTH\"; cat\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const std::string method : {"PROPFIND", "REPORT", "MKCALENDAR", "QUERY", "PURGE", "get"}) {
    BOOST_TEST(ask(server, "/x", "", "", method).body == method + " \n");
    BOOST_TEST(ask(server, "/x", "Content-Length: 3\r\n", "abc", method).body ==
               method + " 3\nabc");
  }
  for (const std::string method : {"POST", "PUT", "PATCH"})
    BOOST_TEST(ask(server, "/x", "", "", method).body == method + " \n");
  for (const std::string method : {"TRACE", "CONNECT"})
    BOOST_TEST(ask(server, "/x", "", "", method).status == 501);
  BOOST_TEST(ask(server, "*", "", "", "OPTIONS").status == 200);
}

BOOST_DATA_TEST_CASE(a_target_comes_as_clients_send_it, models, model) {
  const CgiFolder folder;
  folder.add("\xc3\xa9", text_head + "echo \"$QUERY_STRING|$REQUEST_URI|$PATH_INFO\"\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const std::string query : {"q=100%", "q=%u20ac", "q=\xc3\xa9\xff", "q=\"<a>\"`{}\\"}) {
    const std::string target = "/\xc3\xa9/\xc3\xa8%41?" + query;
    BOOST_TEST(ask(server, target).body == query + "|" + target +
                                               "|/\xc3\xa8"
                                               "A\n");
  }
  BOOST_TEST(ask(server, "/%c3%a9").status == 200);
  BOOST_TEST(ask(server, "/\xc3\xa9%").status == 400);
}

BOOST_AUTO_TEST_CASE(the_host_of_an_absolute_target_takes_the_place_of_host) {
  const CgiFolder folder;
  folder.add("env", text_head + "env\n");
  const Server server(cgi_launch(folder.path()));
  const Answer answer = ask(server, "http://other.example:81/env");
  BOOST_TEST(value_in(answer.body, "HTTP_HOST") == "other.example:81");
  BOOST_TEST(value_in(answer.body, "SERVER_NAME") == "other.example");
}

BOOST_DATA_TEST_CASE(what_a_trusted_forwarder_says_of_the_client_is_believed, models, model) {
  const CgiFolder folder;
  folder.add("env", text_head + "env\n");
  const std::string said =
      "X-Forwarded-For: 1.2.3.4, 192.0.2.7, 10.0.0.9\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: shop.example\r\n";
  const struct {
    const char* trusted;
    const char* address;
    const char* https;
    const char* host;
    const char* name;
  } rows[] = {
      {"off", "127.0.0.1", "-", "test.example:99", "test.example"},
      {"192.0.2.0/24", "127.0.0.1", "-", "test.example:99", "test.example"},
      {"127.0.0.1,10.0.0.0/8", "192.0.2.7", "on", "shop.example", "shop.example"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.trusted) {
      const Server server(
          cgi_launch(folder.path(), {"--model", model, "--trusted-forwarders", row.trusted}));
      const std::string environment = ask(server, "/env", said).body;
      BOOST_TEST(value_in(environment, "REMOTE_ADDR") == row.address);
      BOOST_TEST(value_in(environment, "HTTPS") == row.https);
      BOOST_TEST(value_in(environment, "HTTP_HOST") == row.host);
      BOOST_TEST(value_in(environment, "SERVER_NAME") == row.name);
    }
}

BOOST_AUTO_TEST_CASE(on_one_connection_each_request_has_its_own_client) {
  const CgiFolder folder;
  folder.add("x", "printf 'Content-Length: 16\\nStatus: 200\\n\\n%16s' $REMOTE_ADDR\n");
  for (const std::string& model : models) {
    const Server server(
        cgi_launch(folder.path(), {"--model", model, "--trusted-forwarders", "127.0.0.1"}));
    Client client = Client::tcp(server.port());
    for (const std::string address : {"192.0.2.7", "", "192.0.2.8"}) {
      std::vector<std::string> fields;
      if (!address.empty()) fields.push_back("X-Forwarded-For: " + address);
      const std::string want = address.empty() ? "127.0.0.1" : address;
      const Reply reply = client.exchange(get_request("/x", fields));
      BOOST_TEST(reply.body.ends_with(" " + want), reply.body);
    }
  }
}

BOOST_AUTO_TEST_CASE(authorization_reaches_a_program_on_request) {
  const CgiFolder folder;
  folder.add("env", text_head + "env\n");
  for (const std::string wanted : {"on", "off"}) {
    const Server server(cgi_launch(folder.path(), {"--cgi-authorization", wanted}));
    const std::string got = ask(server, "/env", "Authorization: Basic eA==\r\n").body;
    BOOST_TEST(value_in(got, "HTTP_AUTHORIZATION") == (wanted == "on" ? "Basic eA==" : "-"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_program_is_refused_before_its_body_is_sent) {
  const CgiFolder folder;
  std::ofstream(folder / "data.txt") << "no program\n";
  const Server server(cgi_launch(folder.path()));
  const std::string expects = "Expect: 100-continue\r\nContent-Length: 9\r\n";
  BOOST_TEST(ask(server, "/none").status == 404);
  BOOST_TEST(ask(server, "/data.txt").status == 403);
  BOOST_TEST(ask(server, "/../etc/passwd").status == 404);
  Client client = Client::tcp(server.port());
  BOOST_TEST(client.exchange("POST /none HTTP/1.1\r\nHost: t\r\n" + expects + "\r\n").status ==
             404);
}

BOOST_AUTO_TEST_CASE(a_root_that_is_one_program_answers_every_path_in_its_own_directory) {
  const CgiFolder folder;
  folder.add("one", text_head + "echo \"$SCRIPT_NAME|$PATH_INFO|$PATH_TRANSLATED|$PWD\"\n");
  const Server server(cgi_launch(folder / "one"));
  const std::string here = folder.path().substr(0, folder.path().size() - 1);
  BOOST_TEST(ask(server, "/a/b").body == "|/a/b|" + here + "/a/b|" + here + "\n");
}

BOOST_DATA_TEST_CASE(an_answer_may_be_bounded, models, model) {
  const CgiFolder folder;
  folder.add("little", text_head + "head -c 1000 /dev/zero\n");
  folder.add("much", text_head + "exec cat /dev/zero\n");
  folder.add("declared", "printf 'Content-Type: a/b\\nContent-Length: 1001\\n\\n'\n");
  const Server server(cgi_launch(folder.path(), {"--model", model, "--cgi-max-output", "1000"}));
  BOOST_TEST(ask(server, "/little").body.size() == 1000u);
  BOOST_TEST(ask(server, "/much").body.size() <= 1000u);
  BOOST_TEST(is_noted(server, "too long"));
  BOOST_TEST(ask(server, "/declared").status == 502);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_refused_with_status_2) {
  const CgiFolder folder;
  std::ofstream(folder / "data.txt") << "no program\n";
  const struct {
    const char* name;
    std::vector<std::string> options;
    const char* want;
  } rows[] = {
      {"no root", {}, "--handler cgi needs --root PATH"},
      {"nothing there", {"--root", folder / "none"}, "No such file or directory"},
      {"no program", {"--root", folder / "data.txt"}, "Permission denied"},
      {"a watchdog that is faster",
       {"--root", folder.path(), "--request-timeout", "30s"},
       "--cgi-timeout 30s must be below --request-timeout 30s"},
      {"no name of a variable", {"--root", folder.path(), "--cgi-env", "A=b"}, "--cgi-env A=b: "},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Launch launch{.binary = BROOD_BINARY, .options = {"serve", "--handler", "cgi", "--check"}};
      launch.options.insert(launch.options.end(), row.options.begin(), row.options.end());
      const Finished finished = run_to_end(launch);
      BOOST_TEST(finished.status == 2);
      BOOST_TEST(finished.err.find(row.want) != std::string::npos, finished.err);
    }
}

BOOST_AUTO_TEST_SUITE_END()
