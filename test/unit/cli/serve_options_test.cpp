#include "cli/serve_options.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "base/endpoint.hpp"
#include "cli/auto_size.hpp"
#include "parse_helper.hpp"

using brood::ServeOptions;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(serve_options)

/// "start min max-spare max-workers", to compare at a glance.
std::string pool_of(const ServeOptions& options) {
  return std::to_string(options.start_workers) + ' ' + std::to_string(options.min_spare) + ' ' +
         std::to_string(options.max_spare) + ' ' + std::to_string(options.max_workers);
}

BOOST_AUTO_TEST_CASE(defaults_are_the_documented_ones) {
  const std::vector<std::pair<std::string_view, std::string>> want{
      {"listen", "127.0.0.1:8080"},
      {"unix-mode", "umask"},
      {"backlog", "4096"},
      {"health-path", "/healthcheck"},
      {"health-listen", "off"},
      {"trusted-proxies", "off"},
      {"trusted-forwarders", "off"},
      {"model", "prefork"},
      {"connections-per-worker", "1"},
      {"start-workers", "5"},
      {"min-spare", "5"},
      {"max-spare", "10"},
      {"max-workers", "256"},
      {"policy", "exponential"},
      {"epoll-exclusive", "on"},
      {"max-requests", "0"},
      {"max-requests-jitter", "0"},
      {"keep-alive-timeout", "5s"},
      {"keep-alive-drain", "200ms"},
      {"header-timeout", "10s"},
      {"body-timeout", "30s"},
      {"write-timeout", "30s"},
      {"min-rate", "128"},
      {"request-timeout", "1m"},
      {"graceful-timeout", "30s"},
      {"max-generations", "2"},
      {"max-header-bytes", "16k"},
      {"max-headers", "100"},
      {"max-body-bytes", "16M"},
      {"handler", "demo"},
      {"think-time", "1s"},
      {"root", "none"},
      {"listing", "off"},
      {"writable", "off"},
      {"make-folders", "off"},
      {"charset", "utf-8"},
      {"cgi-env", "none"},
      {"cgi-authorization", "off"},
      {"cgi-timeout", "30s"},
      {"cgi-max-output", "0"},
      {"plugin", "none"},
      {"plugin-arg", "none"},
      {"access-log", "off"},
      {"access-log-format", "combined"},
      {"verbose", "auto"},
      {"log-format", "text"},
      {"log-level", "info"},
      {"log-file", "stderr"},
      {"pid-file", "off"},
      {"control", "auto"},
  };
  const auto got = brood::describe(options_of(""), test_program);
  BOOST_REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    BOOST_TEST(got[i].first == want[i].first);
    BOOST_TEST(got[i].second == want[i].second);
  }
}

BOOST_AUTO_TEST_CASE(every_option_reaches_its_member) {
  const ServeOptions want{
      .listens = {"[::]:0", "unix:/tmp/s"},
      .backlog = 7,
      .model = brood::find_model("prefork-epoll"),
      .connections_per_worker = 65535,
      .start_workers = 2,
      .min_spare = 0,
      .max_spare = 4,
      .max_workers = 6,
      .policy = brood::Policy::demand,
      .epoll_exclusive = false,
      .max_requests = 100,
      .max_requests_jitter = 20,
      .keep_alive_timeout = 0s,
      .header_timeout = 1ms,
      .body_timeout = 2s,
      .write_timeout = 3min,
      .min_rate = 2048,
      .request_timeout = 4h,
      .graceful_timeout = 5us,
      .max_header_bytes = 256,
      .max_headers = 9,
      .max_body_bytes = 1ULL << 40,
      .handler = "echo",
      .think_time = {.mean = 20ms, .exponential = true},
      .root = "/srv/site",
      .listing = true,
      .writable = true,
      .make_folders = true,
      .charset = "",
      .cgi_env = {"REMOTE_USER", "LANG"},
      .cgi_authorization = true,
      .cgi_timeout = 9s,
      .cgi_max_output = 1 << 20,
      .plugin = "./hello.so",
      .plugin_arg = "config.ini",
      .health_path = "",
      .trusted_proxies = "10.0.0.0/8,unix",
      .trusted_forwarders = "::1",
      .health_listen = "[::1]:9",
      .access_log = "syslog",
      .access_log_format = "%h|%{Referer}i",
      .verbose = ServeOptions::Verbose::off,
      .log = {.json = true, .least = brood::Level::error, .path = "/tmp/log"},
      .pid_file = "/run/p",
      .control = "/run/c",
  };
  const auto got = options_of(
      "--listen [::]:0 --listen=unix:/tmp/s --backlog 7 --model prefork-epoll "
      "--connections-per-worker 65535 --start-workers 2 "
      "--min-spare 0 --max-spare 4 --max-workers 6 --policy demand --epoll-exclusive off "
      "--max-requests 100 --max-requests-jitter 20 --keep-alive-timeout 0 --header-timeout 1ms "
      "--body-timeout 2s --write-timeout 3m --min-rate 2k --request-timeout 4h "
      "--graceful-timeout 5us "
      "--max-header-bytes 256 --max-headers 9 --max-body-bytes 1024G --handler echo "
      "--think-time exp:20ms --root /srv/site --listing on --writable on --make-folders on "
      "--charset off "
      "--cgi-env REMOTE_USER --cgi-env LANG --cgi-timeout 9s "
      "--cgi-max-output 1M --plugin ./hello.so --plugin-arg config.ini --health-path off "
      "--health-listen [::1]:9 --trusted-proxies 10.0.0.0/8,unix "
      "--trusted-forwarders ::1 --cgi-authorization on "
      "--access-log syslog --access-log-format %h|%{Referer}i "
      "--verbose off --log-format json --log-level error --log-file /tmp/log --pid-file /run/p "
      "--control /run/c");
  BOOST_TEST((got == want));
}

BOOST_AUTO_TEST_CASE(what_is_auto_fits_the_machine_and_is_shown_as_auto) {
  const auto options = options_of("--max-workers auto --start-workers 1 --min-spare 1");
  BOOST_TEST(options.auto_workers);
  BOOST_TEST(options.max_workers >= 1u);
  BOOST_TEST(options.max_spare <= options.max_workers);
  const auto shown = brood::describe(options, test_program);
  BOOST_TEST(std::ranges::count(
                 shown, std::pair<std::string_view, std::string>("max-workers", "auto")) == 1);
  // A number that comes later counts.
  BOOST_TEST(
      options_of("--max-workers 7 --config f", {{"f", "max-workers = auto\n"}}).max_workers == 7u);
  BOOST_TEST(options_of("--model thread-pool --threads auto").threads >= 1u);
}

BOOST_AUTO_TEST_CASE(workers_follow_processors_and_memory) {
  const auto size_of = [](std::string_view model, std::uint32_t cpus, std::uint64_t mib) {
    return brood::auto_size(*brood::find_model(model), {.cpus = cpus, .by = ""},
                            {.bytes = mib << 20, .by = ""});
  };
  BOOST_TEST(size_of("prefork", 2, 100'000).max_workers == 64u);
  BOOST_TEST(size_of("prefork-epoll", 2, 100'000).max_workers == 4u);
  BOOST_TEST(size_of("prefork", 2, 64).max_workers == 2u);
  BOOST_TEST(size_of("prefork", 2, 1).max_workers == 1u);
  BOOST_TEST(size_of("prefork", 2, 0).max_workers == 64u);
  BOOST_TEST(size_of("thread-pool", 3, 64).threads == 3u);
}

BOOST_AUTO_TEST_CASE(choices_are_told_apart) {
  using brood::Level;
  BOOST_TEST((options_of("--log-level debug").log.least == Level::debug));
  BOOST_TEST((options_of("--log-level info").log.least == Level::info));
  BOOST_TEST((options_of("--log-level warn").log.least == Level::warn));
  for (const brood::Model& model : brood::models())
    BOOST_TEST((options_of("--model " + std::string(model.name)).model == &model));
  BOOST_TEST((options_of("--policy exponential").policy == brood::Policy::exponential));
  BOOST_TEST(!options_of("--log-format text").log.json);
  BOOST_TEST((options_of("--verbose on").verbose == ServeOptions::Verbose::on));
  BOOST_TEST(options_of("--log-file stderr").log.path == "");
  BOOST_TEST((options_of("--think-time 0").think_time == ServeOptions::ThinkTime{0s, false}));
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_file_and_the_file_over_the_default) {
  const Files files{{"f", "min-spare = 3\nmax-spare = 8\npolicy = demand\n"}};
  const auto options = options_of("--max-spare 9 --config f --backlog 11", files);
  BOOST_TEST(options.min_spare == 3u);
  BOOST_TEST(options.max_spare == 9u);
  BOOST_TEST((options.policy == brood::Policy::demand));
  BOOST_TEST(options.backlog == 11u);
  BOOST_TEST(options.max_workers == 256u);
}

BOOST_AUTO_TEST_CASE(listen_on_the_command_line_replaces_all_of_the_file) {
  using Texts = std::vector<std::string>;
  const Files files{{"f", "listen = 127.0.0.1:1\nlisten = 127.0.0.1:2\n"}};
  BOOST_TEST((options_of("--config f", files).listens == Texts{"127.0.0.1:1", "127.0.0.1:2"}));
  BOOST_TEST((options_of("--config f --listen unix:a", files).listens == Texts{"unix:a"}));
  for (const auto& text : options_of("--config f", files).listens)
    BOOST_TEST(brood::parse_endpoint(text).has_value());
}

BOOST_AUTO_TEST_CASE(three_numbers_are_the_short_form) {
  const auto options = options_of("5 10 100");
  BOOST_TEST((options == options_of("--min-spare 5 --max-spare 10 --max-requests 100 "
                                    "--verbose on")));
  BOOST_TEST(options.max_requests == 100u);
  BOOST_TEST(pool_of(options_of("--policy demand 2 3 0 --max-workers 9")) == "5 2 3 9");
  BOOST_TEST(pool_of(options_of("1 2 3 --config f", {{"f", "min-spare = 8"}})) == "5 1 2 256");
}

BOOST_AUTO_TEST_CASE(unset_counts_yield_to_lower_ones_that_were_set) {
  const struct {
    const char* line;
    const char* want;  // start, min-spare, max-spare, max-workers
  } rows[] = {
      {"", "5 5 10 256"},
      {"--max-workers 1", "1 1 1 1"},
      {"--max-workers 4", "4 4 4 4"},
      {"--max-workers 7", "5 5 7 7"},
      {"--max-workers 4 --min-spare 2", "4 2 4 4"},
      {"--max-workers 4 --start-workers 1", "1 4 4 4"},
      {"--max-workers 4 --max-spare 3", "4 3 3 4"},
      {"--max-spare 3", "5 3 3 256"},
      {"--max-spare 0", "5 0 0 256"},
      {"--min-spare 0", "5 0 10 256"},
      {"--min-spare 10", "5 10 10 256"},
      {"--max-spare 50 --min-spare 20", "5 20 50 256"},
      {"--start-workers 50", "50 5 10 256"},
      {"--start-workers 8 --min-spare 8 --max-spare 8", "8 8 8 256"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.line)
  BOOST_TEST(pool_of(options_of(row.line)) == row.want);
}

BOOST_AUTO_TEST_CASE(connections_per_worker_follow_the_model_unless_they_are_given) {
  const Files files{{"epoll", "model = prefork-epoll\n"},
                    {"four", "model = prefork-epoll\nconnections-per-worker = 4\n"},
                    {"one", "connections-per-worker = 1\n"}};
  const struct {
    const char* line;
    std::uint32_t want;
  } rows[] = {
      {"", 1},
      {"--model prefork", 1},
      {"--model prefork --connections-per-worker 1", 1},
      {"--model prefork-epoll", 1024},
      {"--model prefork-epoll --connections-per-worker 1", 1},
      {"--model prefork-epoll --connections-per-worker 65535", 65535},
      {"--config epoll", 1024},
      {"--config four", 4},
      {"--config four --connections-per-worker 9", 9},
      {"--config one --model prefork-epoll", 1},
      {"--config epoll --model prefork", 1},
      {"--model thread-pool", 1024},
      {"--model evented", 1024},
      {"--model evented --connections-per-worker 1", 1},
  };
  for (const auto& row : rows)
    BOOST_TEST(options_of(row.line, files).connections_per_worker == row.want, row.line);
}

BOOST_AUTO_TEST_CASE(threads_yield_to_fewer_connections_and_workers_may_be_without_number) {
  BOOST_TEST(options_of("--model thread-pool").threads == 8U);
  BOOST_TEST(options_of("--model thread-pool --connections-per-worker 3").threads == 3U);
  BOOST_TEST(options_of("--model thread-pool --threads 1024").threads == 1024U);
  BOOST_TEST(options_of("--model process --max-workers 1").max_workers == 1U);
  for (const char* const model : {"process", "thread"})
    BOOST_TEST(options_of("--max-workers unlimited --model " + std::string(model)).max_workers ==
               brood::unlimited);
}

BOOST_AUTO_TEST_CASE(a_model_shows_the_options_of_the_pool_that_it_has) {
  for (const brood::Model& model : brood::models()) BOOST_TEST_CONTEXT(model.name) {
      ServeOptions unset;
      const brood::OptionTable table = brood::serve_table(unset, test_program);
      std::vector<std::string_view> shown;
      for (const auto& [name, text] :
           brood::describe(options_of("--model " + std::string(model.name)), test_program))
        if (table.find(name)->group == "Pool" && name != "model") shown.push_back(name);
      BOOST_TEST(shown.size() == model.options.size());
      for (const std::string_view name : shown) BOOST_TEST(model.has_option(name), name);
    }
}

BOOST_AUTO_TEST_CASE(check_reports_the_options_and_the_mistakes) {
  const auto parsed = parse("--check --max-workers 4");
  const auto* const passed = std::get_if<brood::CheckPassed>(&parsed);
  BOOST_REQUIRE(passed != nullptr);
  BOOST_TEST(pool_of(passed->options) == "4 4 4 4");
  BOOST_TEST(
      error_of("--check --config f", {{"f", "backlog = 0"}}).starts_with("f:1: backlog = 0"));
}

BOOST_AUTO_TEST_CASE(help_wins_over_every_mistake) {
  for (const char* const line :
       {"--help", "--min-spare x --help", "--help 1", "--config --help", "-h", "7 -h", "-V"})
    BOOST_TEST(std::holds_alternative<brood::HelpText>(parse(line)), line);
}

BOOST_AUTO_TEST_CASE(help_has_every_option_with_its_default) {
  const std::string page = std::get<brood::HelpText>(parse("--help")).text;
  for (const auto& [name, text] : brood::describe(ServeOptions{}, test_program)) {
    const std::size_t at = page.find("\n  --" + std::string(name) + ' ');
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, name);
    const std::string entry = page.substr(at + 1, page.find("\n  -", at + 1) - at - 1);
    BOOST_TEST(entry.find('[' + text + ']') != std::string::npos, entry);
  }
  for (const char* const heading : {"Listening", "Pool", "Limits", "Handler", "Logging", "Other"})
    BOOST_TEST(page.find(std::string("\n\n") + heading + ":\n") != std::string::npos, heading);
  BOOST_TEST(page.find("Handlers: demo, echo.") != std::string::npos);
  BOOST_TEST(page.find("Models: prefork, prefork-epoll, process, thread, thread-pool, evented.") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_program_with_its_own_handler_knows_no_option_about_handlers) {
  const brood::ServeProgram own{.command = "hello", .handlers = {}};
  const auto complaint = [&](std::string_view line) {
    return std::get<brood::OptionError>(parse(line, {{"f", "think-time = 1s"}}, own)).message;
  };
  BOOST_TEST(complaint("--handler demo") == "unknown option --handler: see hello --help");
  BOOST_TEST(complaint("--handle demo") == "unknown option --handle: see hello --help");
  BOOST_TEST(complaint("--config f") == "f:1: unknown option think-time: see hello --help");
  BOOST_TEST(complaint("7").ends_with("as in hello 5 10 100"));
  const std::string page = std::get<brood::HelpText>(parse("--help", {}, own)).text;
  BOOST_TEST(page.starts_with("Usage: hello [OPTION...]\n       hello MIN-SPARE "));
  BOOST_TEST(page.find("andler") == std::string::npos);
  for (const auto& [name, value] : brood::describe(ServeOptions{}, own))
    BOOST_TEST((name != "handler" && name != "think-time"), name);
  BOOST_TEST(std::get<ServeOptions>(parse("--health-path /h", {}, own)).health_path == "/h");
  const std::string version = std::get<brood::HelpText>(parse("--version", {}, own)).text;
  BOOST_TEST(version == "hello (brood " BROOD_VERSION ")\n");
}

BOOST_AUTO_TEST_CASE(the_short_form_is_verbose_unless_somebody_says_otherwise) {
  using Verbose = ServeOptions::Verbose;
  const Files files{{"f", "verbose = off\n"}};
  BOOST_TEST((options_of("").verbose == Verbose::automatic));
  BOOST_TEST((options_of("--min-spare 5 --max-requests 100").verbose == Verbose::automatic));
  BOOST_TEST((options_of("5 10 100").verbose == Verbose::on));
  BOOST_TEST((options_of("5 10 100 --verbose off").verbose == Verbose::off));
  BOOST_TEST((options_of("5 10 100 --config f", files).verbose == Verbose::off));
}

BOOST_AUTO_TEST_CASE(what_describe_writes_is_read_back) {
  for (const char* const line :
       {"", "--listen unix:/a --listen [::1]:0 --max-workers 3 --think-time exp:1500us",
        "--max-body-bytes 0 --health-path off --log-file /x --verbose off --log-level warn",
        "--model prefork-epoll", "--model prefork-epoll --connections-per-worker 1",
        "--model process --max-workers unlimited", "--model thread --max-workers 3",
        "--model thread-pool --threads 4 --connections-per-worker 40", "--model evented"}) {
    const auto options = options_of(line);
    std::string text;
    for (const auto& [name, value] : brood::describe(options, test_program))
      text += std::string(name) + " = " + value + '\n';
    BOOST_TEST((options_of("--config f", {{"f", text}}) == options), line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
