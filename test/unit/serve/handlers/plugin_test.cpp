#include "serve/handlers/plugin.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "serve/handlers/plugin_library.hpp"

BOOST_AUTO_TEST_SUITE(plugin)

namespace {

using namespace brood;

std::string plugin_path(const std::string& name) {
  return std::string(BROOD_PLUGIN_DIR "/") + name + ".so";
}

/// A plugin at work, and what it has put into the log.
struct Started {
  std::vector<std::string> notes{};
  PluginHandler handler;

  explicit Started(const std::string& name, const std::string& argument = "x")
      : handler(plugin_path(name), argument) {
    handler.on_start({.slot = 7, .pid = 4711, .note = [this](std::string_view text) {
                        notes.emplace_back(text);
                      }});
  }
};

Request request(std::string_view path) {
  return {.method = "GET", .target = path, .path = path};
}

std::map<std::string, std::string> lines_of(const Response& response) {
  std::map<std::string, std::string> lines;
  std::istringstream text(std::get<std::string>(response.body));
  for (std::string line; std::getline(text, line);)
    lines[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  return lines;
}

std::string pull_all(const PulledBody& body) {
  std::string all;
  std::array<char, 7> space;
  while (const std::size_t size = body.read(space)) all.append(space.data(), size);
  return all;
}

class TestConnection final : public ConnectionEnds {
 public:
  Peer client() const override { return {.host = "192.0.2.1", .port = 4242}; }
  Peer server() const override { return {.host = "192.0.2.2", .port = 80}; }
};

std::string failure_of(Started& plugin, std::string_view path) {
  try {
    plugin.handler.handle(request(path));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "(none)";
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_plugin_sees_all_of_the_request) {
  Started plugin("faulty", "some argument");
  const TestConnection ends;
  const std::array<FieldView, 2> fields{FieldView{"Host", "h:1"}, FieldView{"X-Named", "yes"}};
  Request asked{.method = "PUT",
                .target = "/a%20b?c=d",
                .path = "/a%20b",
                .query = "c=d",
                .host = "h:1",
                .is_http_1_0 = true,
                .fields = fields,
                .body = {.bytes = "some bytes", .file = -1, .size = 10},
                .connection_count = 12,
                .connection = &ends};
  const std::map<std::string, std::string> want{{"method", "PUT"},
                                                {"target", "/a%20b?c=d"},
                                                {"path", "/a%20b"},
                                                {"query", "c=d"},
                                                {"host", "h:1"},
                                                {"http_1_0", "1"},
                                                {"Host", "h:1"},
                                                {"X-Named", "yes"},
                                                {"x-named", "yes"},
                                                {"body", "some bytes"},
                                                {"body_file", "-1"},
                                                {"body_size", "10"},
                                                {"connection", "12"},
                                                {"slot", "7"},
                                                {"pid", "4711"},
                                                {"client", "192.0.2.1 4242"},
                                                {"argument", "some argument"}};
  BOOST_TEST((lines_of(plugin.handler.handle(asked)) == want));

  asked.body = {.bytes = {}, .file = 5, .size = 1ULL << 33};
  asked.fields = {};
  const auto lines = lines_of(plugin.handler.handle(asked));
  BOOST_TEST(lines.at("body_file") == "5");
  BOOST_TEST(lines.at("body_size") == "8589934592");
  BOOST_TEST(lines.at("x-named") == "(none)");
}

BOOST_AUTO_TEST_CASE(a_client_whose_path_is_long_is_cut_off_not_written_past_its_space) {
  struct : ConnectionEnds {
    Peer client() const override { return {.host = std::string(500, 'p'), .port = 0}; }
    Peer server() const override { return {}; }
  } const ends;
  Started plugin("faulty");
  Request asked = request("/");
  asked.connection = &ends;
  BOOST_TEST(lines_of(plugin.handler.handle(asked)).at("client") == std::string(111, 'p') + " 0");
}

BOOST_AUTO_TEST_CASE(status_fields_and_body_are_taken_over) {
  Started plugin("faulty");
  const Response response = plugin.handler.handle(request("/status/418"));
  BOOST_TEST(response.status == 418);
  BOOST_TEST_REQUIRE(response.fields.size() == 1U);
  BOOST_TEST(response.fields[0].name == "Content-Type");
  BOOST_TEST(response.fields[0].value == "text/plain");
  BOOST_TEST(plugin.handler.handle(request("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_is_pulled_and_done_is_told_once_when_it_is_let_go) {
  for (const bool sized : {true, false}) BOOST_TEST_CONTEXT("sized " << sized) {
      Started plugin("faulty");
      plugin.notes.clear();
      Request asked = request("/pull/20");
      if (!sized) asked.query = "unsized";
      {
        const Response response = plugin.handler.handle(asked);
        const auto& body = std::get<PulledBody>(response.body);
        BOOST_TEST(body.size.has_value() == sized);
        BOOST_TEST(body.size.value_or(20) == 20U);
        BOOST_TEST(pull_all(body) == std::string(20, 'x'));
        BOOST_TEST(plugin.notes.empty());
      }
      BOOST_TEST((plugin.notes == std::vector<std::string>{"pull done"}));
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_nobody_pulls_is_done_too) {
  Started plugin("faulty");
  plugin.notes.clear();
  const Response response = plugin.handler.handle(request("/both"));
  BOOST_TEST(std::get<std::string>(response.body) == "added");
  BOOST_TEST((plugin.notes == std::vector<std::string>{"pull done"}));
}

BOOST_AUTO_TEST_CASE(a_pull_that_fails_or_lies_is_an_exception) {
  Started plugin("faulty");
  for (const char* const path : {"/pull-fails", "/pull-lies"}) BOOST_TEST_CONTEXT(path) {
      const Response response = plugin.handler.handle(request(path));
      BOOST_CHECK_THROW(pull_all(std::get<PulledBody>(response.body)), std::runtime_error);
    }
}

BOOST_AUTO_TEST_CASE(a_failing_handle_is_an_exception_that_names_the_plugin) {
  Started plugin("faulty");
  BOOST_TEST(failure_of(plugin, "/fail/-3") == "plugin faulty: handle() returned -3");
  BOOST_TEST(failure_of(plugin, "/throw") == "asked to throw");
  BOOST_TEST(failure_of(plugin, "/") == "(none)");
}

BOOST_AUTO_TEST_CASE(admit_refuses_with_a_status_or_leaves_the_body) {
  Started plugin("faulty");
  BOOST_TEST(plugin.handler.admit(request("/refuse/403")).status == 403);
  BOOST_TEST(plugin.handler.admit(request("/")).status == 0);
  BOOST_TEST(plugin.handler.admit(request("/")).wants_body);
  BOOST_TEST(!plugin.handler.admit(request("/drop")).wants_body);
}

BOOST_AUTO_TEST_CASE(a_plugin_without_start_admit_and_stop_does_well) {
  Started plugin("hello");
  BOOST_TEST(plugin.handler.admit(request("/")).wants_body);
  BOOST_TEST(std::get<std::string>(plugin.handler.handle(request("/you")).body) ==
             "hello from /you\n");
  plugin.handler.on_exit();
}

BOOST_AUTO_TEST_CASE(start_gets_its_argument_and_stop_comes_at_the_end) {
  Started plugin("faulty", "my text");
  plugin.handler.on_exit();
  BOOST_TEST((plugin.notes == std::vector<std::string>{"started with my text", "stopped"}));
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_is_an_exception) {
  BOOST_CHECK_EXCEPTION(Started("faulty", "fail"), std::runtime_error, [](const auto& error) {
    return error.what() == std::string("plugin faulty: start() returned 7");
  });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_loaded_is_told_with_its_reason) {
  const struct {
    const char* name;
    std::string path;
    std::string want;
  } rows[] = {
      {"no such file", "/nonexistent/x.so",
       "cannot open shared object file: No such file or directory"},
      {"no such file here", "nonexistent.so",
       "cannot open shared object file: No such file or directory"},
      {"no library", BROOD_SOURCE_DIR "/README.md", "invalid ELF header"},
      {"another version", plugin_path("old_version"),
       "is built for version 0 of brood/plugin.h, and this server needs version 1"},
      {"no handle", plugin_path("no_handle"), "brood_plugin has no handle()"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto loaded = load_plugin(row.path);
      const auto* const problem = std::get_if<PluginProblem>(&loaded);
      BOOST_TEST_REQUIRE((problem != nullptr));
      BOOST_TEST(problem->text == row.want);
    }
}

BOOST_AUTO_TEST_SUITE_END()
