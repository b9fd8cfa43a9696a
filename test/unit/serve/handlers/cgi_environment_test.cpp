#include "serve/handlers/cgi_environment.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cgi_environment)

namespace {

using namespace brood;

class Ends final : public ConnectionEnds {
 public:
  Ends(Peer client, Peer server) : client_(std::move(client)), server_(std::move(server)) {}
  Peer client() const override { return client_; }
  Peer server() const override { return server_; }

 private:
  Peer client_, server_;
};

const Ends ends({"192.0.2.7", 40123}, {"127.0.0.1", 8080});

/// A request as a session would give it.
struct Sample {
  std::vector<FieldView> fields;
  Request request{.method = "GET",
                  .target = "/x.cgi/a%20b?q=1%202",
                  .path = "/x.cgi/a%20b",
                  .query = "q=1%202",
                  .host = "example.com:81",
                  .connection = &ends};

  CgiVariables variables(std::string path_info = "/a b") {
    request.fields = fields;
    const CgiProgram program{.script_name = "/x.cgi",
                             .path_info = std::move(path_info),
                             .file = "/srv/cgi/x.cgi",
                             .directory = {}};
    return cgi_variables(request, program, "/srv/cgi/a b");
  }
};

std::string shown(const CgiVariables& variables) {
  std::string text;
  for (const std::string& one : to_environment({}, variables)) text += one + '\n';
  return text;
}

/// Only what comes of fields.
std::string http_of(std::vector<FieldView> fields) {
  CgiVariables variables = Sample{.fields = std::move(fields)}.variables();
  std::erase_if(variables, [](const auto& one) { return !one.first.starts_with("HTTP_"); });
  return shown(variables);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_request_without_a_body_is_told_in_full) {
  BOOST_TEST(shown(Sample{}.variables()) ==
             "GATEWAY_INTERFACE=CGI/1.1\n"
             "PATH_INFO=/a b\n"
             "PATH_TRANSLATED=/srv/cgi/a b\n"
             "QUERY_STRING=q=1%202\n"
             "REMOTE_ADDR=192.0.2.7\n"
             "REMOTE_HOST=192.0.2.7\n"
             "REMOTE_PORT=40123\n"
             "REQUEST_METHOD=GET\n"
             "REQUEST_SCHEME=http\n"
             "REQUEST_URI=/x.cgi/a%20b?q=1%202\n"
             "SCRIPT_FILENAME=/srv/cgi/x.cgi\n"
             "SCRIPT_NAME=/x.cgi\n"
             "SERVER_NAME=example.com\n"
             "SERVER_PORT=8080\n"
             "SERVER_PROTOCOL=HTTP/1.1\n"
             "SERVER_SOFTWARE=brood/" BROOD_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(a_secured_connection_is_told_with_the_fronts_port) {
  Sample sample;
  sample.request.scheme = "https";
  CgiVariables variables = sample.variables();
  BOOST_TEST(variables["HTTPS"] == "on");
  BOOST_TEST(variables["REQUEST_SCHEME"] == "https");
  BOOST_TEST(variables["SERVER_PORT"] == "81");
  for (const char* host : {"example.com", "example.com:", "[::1]"}) {
    sample.request.host = host;
    BOOST_TEST(sample.variables()["SERVER_PORT"] == "443", host);
  }
}

BOOST_AUTO_TEST_CASE(authorization_is_handed_on_only_where_that_is_wanted) {
  Sample sample;
  sample.fields = {{"Authorization", "Basic eA=="}, {"Proxy-Authorization", "Basic eQ=="}};
  BOOST_TEST(!sample.variables().contains("HTTP_AUTHORIZATION"));
  sample.request.fields = sample.fields;
  const CgiVariables handed = cgi_variables(sample.request, CgiProgram{}, "", true);
  BOOST_TEST(handed.at("HTTP_AUTHORIZATION") == "Basic eA==");
  BOOST_TEST(!handed.contains("HTTP_PROXY_AUTHORIZATION"));
}

BOOST_AUTO_TEST_CASE(without_a_path_behind_its_name_a_program_has_no_path_info) {
  const CgiVariables variables = Sample{}.variables("");
  BOOST_TEST(!variables.contains("PATH_INFO"));
  BOOST_TEST(!variables.contains("PATH_TRANSLATED"));
}

BOOST_AUTO_TEST_CASE(content_length_is_there_whenever_a_body_is) {
  const struct {
    const char* name;
    std::vector<FieldView> fields;
    std::uint64_t size;
    std::string want;
  } rows[] = {
      {"no body", {}, 0, "none"},
      {"an empty one", {{"content-length", "0"}}, 0, "0"},
      {"an empty chunked one", {{"Transfer-Encoding", "chunked"}}, 0, "0"},
      {"a chunked one is as long as it is decoded", {{"Transfer-Encoding", "chunked"}}, 12, "12"},
      {"one in a file", {{"Content-Length", "70000"}}, 70000, "70000"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Sample sample{.fields = row.fields};
      sample.request.body.size = row.size;
      const CgiVariables variables = sample.variables();
      const auto found = variables.find("CONTENT_LENGTH");
      BOOST_TEST((found == variables.end() ? "none" : found->second) == row.want);
    }
}

BOOST_AUTO_TEST_CASE(fields_become_variables_as_far_as_they_are_the_programs_business) {
  const struct {
    const char* name;
    std::vector<FieldView> fields;
    const char* want;
  } rows[] = {
      {"a name in capitals", {{"User-Agent", "x/1"}}, "HTTP_USER_AGENT=x/1\n"},
      {"digits stay", {{"X-A1", "v"}}, "HTTP_X_A1=v\n"},
      {"an empty value", {{"Accept", ""}}, "HTTP_ACCEPT=\n"},
      {"one name twice", {{"accept", "a"}, {"Accept", "b"}}, "HTTP_ACCEPT=a, b\n"},
      {"cookies", {{"Cookie", "a=1"}, {"Cookie", "b=2"}}, "HTTP_COOKIE=a=1; b=2\n"},
      {"httpoxy", {{"Proxy", "http://evil"}}, ""},
      {"httpoxy in disguise", {{"PROXY", "a"}, {"pRoXy", "b"}}, ""},
      {"an underscore could be a hyphen", {{"User_Agent", "x"}}, ""},
      {"so could any other sign", {{"User.Agent", "x"}, {"a!", "b"}, {"c'", "d"}}, ""},
      {"secrets", {{"Authorization", "Basic x"}, {"Proxy-Authorization", "x"}}, ""},
      {"of the connection", {{"Connection", "close"}, {"Keep-Alive", "5"}, {"TE", "x"}}, ""},
      {"of the framing", {{"Transfer-Encoding", "chunked"}, {"Trailer", "x"}}, ""},
      {"those with a variable of their own", {{"Content-Type", "a"}, {"Content-Length", "1"}}, ""},
      {"a coding of the content", {{"Content-Encoding", "gzip"}}, "HTTP_CONTENT_ENCODING=gzip\n"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(http_of(row.fields) == row.want);
}

BOOST_AUTO_TEST_CASE(the_type_of_a_body_is_content_type) {
  Sample sample{.fields = {{"content-type", "text/plain"}}};
  BOOST_TEST(sample.variables()["CONTENT_TYPE"] == "text/plain");
  BOOST_TEST(!Sample{}.variables().contains("CONTENT_TYPE"));
}

BOOST_AUTO_TEST_CASE(the_server_is_named_by_the_client_or_by_its_address) {
  const struct {
    std::string_view host;
    Peer server;
    const char* want;
  } rows[] = {
      {"example.com", {"127.0.0.1", 8080}, "example.com 8080"},
      {"example.com:", {"127.0.0.1", 8080}, "example.com 8080"},
      {"[::1]", {"::1", 81}, "[::1] 81"},
      {"[::1]:9", {"::1", 81}, "[::1] 81"},
      {"", {"127.0.0.1", 8080}, "127.0.0.1 8080"},
      {"a", {"/run/brood.sock", 0}, "a 80"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.want) {
      const Ends at({"192.0.2.7", 1}, row.server);
      Sample sample;
      sample.request.host = row.host;
      sample.request.connection = &at;
      CgiVariables variables = sample.variables();
      BOOST_TEST(variables["SERVER_NAME"] + ' ' + variables["SERVER_PORT"] == row.want);
    }
}

BOOST_AUTO_TEST_CASE(what_is_handed_through_never_hides_what_the_request_says) {
  const std::vector<std::string> want{"QUERY_STRING=a", "REMOTE_USER=eve"};
  BOOST_TEST(to_environment({{"QUERY_STRING", "x"}, {"REMOTE_USER", "eve"}},
                            {{"QUERY_STRING", "a"}}) == want,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
