#include <boost/test/unit_test.hpp>

#include "parse_helper.hpp"

BOOST_AUTO_TEST_SUITE(option_errors)

struct Row {
  const char* line;
  const char* want;
};

BOOST_AUTO_TEST_CASE(a_wrong_option_gets_one_message_that_names_it) {
  const std::string short_form =
      ": options begin with --, and the short form has three whole numbers: "
      "brood serve MIN-SPARE MAX-SPARE MAX-REQUESTS, as in brood serve 5 10 100";
  const struct {
    const char* line;
    std::string want;
  } rows[] = {
      {"--min-spar 5", "unknown option --min-spar: did you mean --min-spare?"},
      {"--min-sparr=5", "unknown option --min-sparr: did you mean --min-spare?"},
      {"--Min-Spare 5", "unknown option --Min-Spare: did you mean --min-spare?"},
      {"-min-spare 5", "unknown option -min-spare: did you mean --min-spare?"},
      {"--min 5", "unknown option --min: did you mean --min-spare?"},  // Never guessed.
      {"--min-spare 5 --max-w 7", "unknown option --max-w: did you mean --max-workers?"},
      {"--chek", "unknown option --chek: did you mean --check?"},
      {"--colour red", "unknown option --colour: see brood serve --help"},
      {"-x", "unknown option -x: see brood serve --help"},
      {"--\x1b[31m", "unknown option --\\x1b[31m: see brood serve --help"},
      {"--connections-per-workers 4",
       "unknown option --connections-per-workers: did you mean --connections-per-worker?"},
      {"--min-spare", "--min-spare needs a value"},
      {"--min-spare=", "--min-spare needs a value"},
      {"--min-spare ''", "--min-spare needs a value"},
      {"--min-spare --max-spare 5", "--min-spare needs a value"},
      {"--config", "--config needs a value"},
      {"--check=yes", "--check takes no value"},
      {"--min-spare 5 --min-spare 6",
       "--min-spare 6: given twice, first as --min-spare 5: keep one"},
      {"--config a --config b", "--config b: given twice, first as --config a: keep one"},
      {"5 10 100 --max-spare 9", "--max-spare 10: given twice, first as --max-spare 9: keep one"},
      {"5 10", "unexpected argument 5" + short_form},
      {"5 10 100 7", "unexpected argument 5" + short_form},
      {"5 10 x", "unexpected argument x" + short_form},
      {"5 10 -100", "unexpected argument -100" + short_form},
      {"start", "unexpected argument start" + short_form},
      {"''", "unexpected argument \"\"" + short_form},
      {"--check 5", "unexpected argument 5" + short_form},
  };
  const Files files{{"a", ""}, {"b", ""}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.line)
  BOOST_TEST(error_of(row.line, files) == row.want);
}

BOOST_AUTO_TEST_CASE(a_wrong_number_is_told_its_range) {
  const Row rows[] = {
      {"--min-spare 12x",
       "--min-spare 12x: not a whole number: must be at least 0 and at most 65535"},
      {"--min-spare 1.5",
       "--min-spare 1.5: not a whole number: must be at least 0 and at most 65535"},
      {"--min-spare +5",
       "--min-spare +5: not a whole number: must be at least 0 and at most 65535"},
      {"--min-spare -1", "--min-spare -1: must be at least 0 and at most 65535"},
      {"--min-spare=-1", "--min-spare -1: must be at least 0 and at most 65535"},
      {"--max-spare 65536", "--max-spare 65536: must be at least 0 and at most 65535"},
      {"--start-workers 0", "--start-workers 0: must be at least 1 and at most 65535"},
      {"--max-workers 0", "--max-workers 0: must be at least 1 and at most 65535"},
      {"--max-workers 99999999999999999999",
       "--max-workers 99999999999999999999: must be at least 1 and at most 65535"},
      {"--backlog 0", "--backlog 0: must be at least 1 and at most 65535"},
      {"--connections-per-worker 0",
       "--connections-per-worker 0: must be at least 1 and at most 65535"},
      {"--connections-per-worker 65536",
       "--connections-per-worker 65536: must be at least 1 and at most 65535"},
      {"--max-headers 0", "--max-headers 0: must be at least 1 and at most 65535"},
      {"--max-requests 1000000001",
       "--max-requests 1000000001: must be at least 0 and at most 1000000000"},
      {"5 10 9999999999", "--max-requests 9999999999: must be at least 0 and at most 1000000000"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line) == row.want);
}

BOOST_AUTO_TEST_CASE(a_wrong_duration_or_size_is_told_its_units) {
  const Row rows[] = {
      {"--keep-alive-timeout 5",
       "--keep-alive-timeout 5: a duration needs a unit, as in 5s or 250ms; 0 needs none"},
      {"--think-time exp:20",
       "--think-time exp:20: a duration needs a unit, as in 5s or 250ms; 0 needs none"},
      {"--keep-alive-timeout 5sec",
       "--keep-alive-timeout 5sec: unknown unit sec: use h, m, s, ms, us, ns"},
      {"--header-timeout 1.5s",
       "--header-timeout 1.5s: not a duration: write a whole number and a unit, "
       "one of h, m, s, ms, us, ns"},
      {"--body-timeout soon",
       "--body-timeout soon: not a duration: write a whole number and a unit, "
       "one of h, m, s, ms, us, ns"},
      {"--body-timeout 0", "--body-timeout 0: must be at least 1ms and at most 24h"},
      {"--write-timeout 999us", "--write-timeout 999us: must be at least 1ms and at most 24h"},
      {"--graceful-timeout -1s", "--graceful-timeout -1s: must be at least 0 and at most 24h"},
      {"--request-timeout 25h", "--request-timeout 25h: must be at least 0 and at most 24h"},
      {"--request-timeout 99999999999999999999h",
       "--request-timeout 99999999999999999999h: must be at least 0 and at most 24h"},
      {"--think-time 2h", "--think-time 2h: must be at least 0 and at most 1h"},
      {"--think-time exp:",
       "--think-time exp:: a duration needs a unit, as in 5s or 250ms; 0 needs none"},
      {"--max-body-bytes 5K",
       "--max-body-bytes 5K: unknown unit K: use k, M, G, or none for bytes"},
      {"--max-body-bytes much",
       "--max-body-bytes much: not a size: write a whole number and a unit, "
       "one of k, M, G, or none for bytes"},
      {"--max-body-bytes 1025G", "--max-body-bytes 1025G: must be at least 0 and at most 1024G"},
      {"--max-body-bytes -1", "--max-body-bytes -1: must be at least 0 and at most 1024G"},
      {"--max-header-bytes 255", "--max-header-bytes 255: must be at least 256 and at most 16M"},
      {"--max-header-bytes 99999999999999999999",
       "--max-header-bytes 99999999999999999999: must be at least 256 and at most 16M"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line) == row.want);
}

BOOST_AUTO_TEST_CASE(a_wrong_choice_is_told_what_is_allowed) {
  const Row rows[] = {
      {"--verbose yes", "--verbose yes: allowed: auto, on, off"},
      {"--epoll-exclusive 1", "--epoll-exclusive 1: allowed: on, off"},
      {"--policy fast", "--policy fast: allowed: exponential, demand"},
      {"--policy exponential|demand", "--policy exponential|demand: allowed: exponential, demand"},
      {"--model threads",
       "--model threads: allowed: prefork, prefork-epoll, process, thread, thread-pool, evented"},
      {"--log-format xml", "--log-format xml: allowed: text, json"},
      {"--log-level trace", "--log-level trace: allowed: debug, info, warn, error"},
      {"--handler files", "--handler files: allowed: demo, echo"},
      {"--charset utf/8", "--charset utf/8: write off, or the name of a charset, such as utf-8"},
      {"--health-path health",
       "--health-path health: write off, or a path that begins with / and has no blank or #"},
      {"--health-path /a#b",
       "--health-path /a#b: write off, or a path that begins with / and has no blank or #"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line) == row.want);
}

BOOST_AUTO_TEST_CASE(a_wrong_endpoint_is_told_how_to_write_it) {
  const Row rows[] = {
      {"--health-listen localhost:80",
       "--health-listen localhost:80: names are not looked up: write 127.0.0.1 for localhost"},
      {"--trusted-proxies 10.0.0.1/8",
       "--trusted-proxies 10.0.0.1/8: write off, or numeric addresses with commas between, each "
       "alone or with /LEN and no bit set behind it, or unix, as in 10.0.0.0/8,::1,unix"},
      {"--listen localhost:80",
       "--listen localhost:80: names are not looked up: write 127.0.0.1 for localhost"},
      {"--listen example.org:80",
       "--listen example.org:80: not a numeric address, and names are not looked up: "
       "write ADDR:PORT, [ADDR]:PORT for IPv6, or unix:PATH"},
      {"--listen 8080",
       "--listen 8080: the address is missing: write ADDR:PORT, [ADDR]:PORT for IPv6, "
       "or unix:PATH, as in 127.0.0.1:8080"},
      {"--listen 127.0.0.1",
       "--listen 127.0.0.1: the port is missing: write ADDR:PORT, [ADDR]:PORT for IPv6, "
       "or unix:PATH"},
      {"--listen [::1]",
       "--listen [::1]: the port is missing: write ADDR:PORT, [ADDR]:PORT for IPv6, or unix:PATH"},
      {"--listen ::1:80", "--listen ::1:80: an IPv6 address stands in brackets, as in [::1]:8080"},
      {"--listen 127.0.0.1:70000",
       "--listen 127.0.0.1:70000: the port must be a number from 0 (the kernel chooses) to 65535"},
      {"--listen 127.0.0.1:http",
       "--listen 127.0.0.1:http: the port must be a number from 0 (the kernel chooses) to 65535"},
      {"--listen unix:", "--listen unix:: the path of a socket has 1 to 107 bytes"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line) == row.want);
}

BOOST_AUTO_TEST_CASE(a_long_value_is_cut_in_the_message) {
  const std::string message = error_of("--min-spare " + std::string(5000, 'x'));
  BOOST_TEST(
      message.starts_with("--min-spare " + std::string(80, 'x') + "...: not a whole number"));
}

BOOST_AUTO_TEST_CASE(counts_that_do_not_fit_each_other_are_refused) {
  const Row rows[] = {
      {"--min-spare 12 --max-spare 10",
       "--min-spare 12 is above --max-spare 10: raise --max-spare or lower --min-spare"},
      {"12 10 0", "--min-spare 12 is above --max-spare 10: raise --max-spare or lower --min-spare"},
      {"--min-spare 11",
       "--min-spare 11 is above the default --max-spare 10: raise --max-spare or lower "
       "--min-spare"},
      {"--max-spare 300",
       "--max-spare 300 is above the default --max-workers 256: "
       "raise --max-workers or lower --max-spare"},
      {"--max-spare 9 --max-workers 8",
       "--max-spare 9 is above --max-workers 8: raise --max-workers or lower --max-spare"},
      {"--start-workers 257",
       "--start-workers 257 is above the default --max-workers 256: "
       "raise --max-workers or lower --start-workers"},
      {"--max-workers 4 --start-workers 5",
       "--start-workers 5 is above --max-workers 4: raise --max-workers or lower --start-workers"},
      {"--max-workers 4 --min-spare 5",
       "--min-spare 5 is above --max-workers 4: raise --max-workers or lower --min-spare"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line) == row.want);
}

BOOST_AUTO_TEST_CASE(an_option_of_the_pool_is_refused_where_the_model_has_no_use_for_it) {
  const Files files{{"f", "model = evented\nmax-requests = 9\n"}, {"spare", "min-spare = 2\n"}};
  const Row rows[] = {
      {"--model thread --min-spare 3",
       "--min-spare 3: --model thread has no use for it: leave it out or choose --model prefork or "
       "prefork-epoll"},
      {"5 10 100 --model process",
       "--min-spare 5: --model process has no use for it: leave it out or choose --model prefork "
       "or prefork-epoll"},
      {"--threads 4",
       "--threads 4: the default --model prefork has no use for it: leave it out or choose --model "
       "thread-pool"},
      {"--model evented --max-workers 4",
       "--max-workers 4: --model evented has no use for it: leave it out or choose --model "
       "prefork, prefork-epoll, process or thread"},
      {"--model thread --connections-per-worker 4",
       "--connections-per-worker 4: --model thread has no use for it: leave it out or choose "
       "--model prefork, prefork-epoll, thread-pool or evented"},
      {"--config f",
       "f:2: max-requests = 9: --model evented has no use for it: leave it out or choose --model "
       "prefork or prefork-epoll"},
      {"--config spare --model thread",
       "spare:1: min-spare = 2: --model thread has no use for it: leave it out or choose --model "
       "prefork or prefork-epoll"},
      {"--max-workers unlimited",
       "--max-workers unlimited: a pool, as of the default --model prefork, needs a bound: give a "
       "number or choose --model process or thread"},
      {"--model thread --max-workers 0", "--max-workers 0: must be at least 1 and at most 65535"},
      {"--model thread-pool --threads 9 --connections-per-worker 8",
       "--threads 9 is above --connections-per-worker 8: raise --connections-per-worker or lower "
       "--threads"},
      {"--model thread-pool --threads 0", "--threads 0: must be at least 1 and at most 65535"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line, files) == row.want);
}

BOOST_AUTO_TEST_CASE(many_connections_are_refused_where_a_worker_has_one) {
  const Files files{{"f", "\nconnections-per-worker = 4\n"}};
  const Row rows[] = {
      {"--connections-per-worker 2",
       "--connections-per-worker 2: a worker of the default --model prefork has one connection at "
       "a time: leave it out or choose --model prefork-epoll"},
      {"--model prefork --connections-per-worker 2",
       "--connections-per-worker 2: a worker of --model prefork has one connection at a time: "
       "leave it out or choose --model prefork-epoll"},
      {"--config f",
       "f:2: connections-per-worker = 4: a worker of the default --model prefork has one "
       "connection at a time: leave it out or choose --model prefork-epoll"},
      {"--config f --model prefork",
       "f:2: connections-per-worker = 4: a worker of --model prefork has one connection at a "
       "time: leave it out or choose --model prefork-epoll"},
  };
  for (const auto& row : rows) BOOST_TEST(error_of(row.line, files) == row.want);
}

BOOST_AUTO_TEST_SUITE_END()
