// Others' clients against the real server. A tool that is not installed is skipped, and said so.
#include <sys/wait.h>

#include <array>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/client.hpp"
#include "support/faults.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(tools)

namespace {

using namespace brood::test;

const std::vector<std::string> models{"prefork", "prefork-epoll"};

/// What a command of the shell printed, and its status; bounded by timeout(1).
struct Ran {
  int status = -1;
  std::string output;
};

Ran run(const std::string& command) {
  const std::string bounded = "no_proxy=\"*\" timeout -k 1 60 sh -c '" + command + "' 2>&1";
  FILE* const pipe = ::popen(bounded.c_str(), "r");
  if (pipe == nullptr) return {};
  Ran ran;
  std::array<char, 4096> bytes;
  for (std::size_t size = 0; (size = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;)
    ran.output.append(bytes.data(), size);
  ran.status = WEXITSTATUS(::pclose(pipe));
  return ran;
}

/// Whether the tool is here; says when a test is skipped for want of it.
bool has(const std::string& tool) {
  if (run("command -v " + tool).status == 0) return true;
  BOOST_TEST_MESSAGE("skipped: " + tool + " is not installed");
  return false;
}

/// A site of fifty assets, gone with the test.
class Site {
 public:
  Site() {
    std::filesystem::create_directories(folder_ / "www/assets");
    std::ofstream page(folder_ / "www/index.html");
    page << "<!doctype html><title>wait</title><script>let loaded = 0;</script>\n";
    for (int at = 0; at < assets; ++at) {
      const std::string name = "assets/" + std::to_string(at) + ".js";
      page << "<script src=\"" << name << "\"></script>\n";
      std::ofstream(folder_ / ("www/" + name)) << "loaded += 1;" << std::string(1000, ' ') << "\n";
    }
    page << "<script>document.title = \"loaded \" + loaded;</script>\n";
    std::ofstream big(folder_ / "www/big.bin");
    for (int at = 0; at < 100'000; ++at) big << at << "\n";
  }

  static constexpr int assets = 50;
  std::string www() const { return folder_ / "www"; }
  std::string scratch(const char* name) const { return folder_ / name; }

 private:
  TempFolder folder_;
};

Launch files_of(const std::string& model, const Site& site) {
  return {.binary = BROOD_BINARY,
          .options = {"--model", model, "--handler", "files", "--root", site.www(), "--writable",
                      "on", "--start-workers", "4", "--min-spare", "2", "--max-spare", "8"}};
}

Launch demo_of(const std::string& model) {
  return {.binary = BROOD_BINARY,
          .options = {"--model", model, "--think-time", "0", "--start-workers", "8", "--min-spare",
                      "4", "--max-spare", "16"}};
}

std::string url_of(const Server& server, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

}  // namespace

BOOST_DATA_TEST_CASE(curl_reads_writes_and_resumes, models, model) {
  if (!has("curl")) return;
  const Site site;
  Server server(files_of(model, site));
  const std::string big = site.www() + "/big.bin";
  const std::string copy = site.scratch("copy");
  const std::string status = "curl -s -o /dev/null -w %{http_code} ";
  const struct {
    const char* name;
    std::string command;
    std::string output;
  } rows[] = {
      {"GET", "curl -s " + url_of(server, "/big.bin") + " | cmp - " + big, ""},
      {"HTTP/1.0", "curl -s -0 " + url_of(server, "/big.bin") + " | cmp - " + big, ""},
      {"HEAD", "curl -s -I " + url_of(server, "/big.bin") + " | head -n 1", "HTTP/1.1 200 OK\r\n"},
      {"OPTIONS", status + "-X OPTIONS " + url_of(server), "204"},
      {"POST is not allowed", status + "-d a=b " + url_of(server), "405"},
      {"a range", "curl -s -r 0-9 " + url_of(server, "/big.bin") + " | wc -c", "10\n"},
      {"two ranges", status + "-r 0-9,20-29 " + url_of(server, "/big.bin"), "206"},
      {"a resumed download",
       "head -c 1000 " + big + " > " + copy + "; curl -s -C - -o " + copy + " " +
           url_of(server, "/big.bin") + "; cmp " + copy + " " + big,
       ""},
      {"an upload that waits to be asked for",
       status + "-H \"Expect: 100-continue\" -T " + big + " " + url_of(server, "/new.bin"), "201"},
      {"an upload in chunks",
       "cat " + big + " | " + status + "-T - " + url_of(server, "/new.bin") + "; cmp " + big + " " +
           site.www() + "/new.bin",
       "204"},
      {"DELETE", status + "-X DELETE " + url_of(server, "/new.bin"), "204"},
      {"not modified since", status + "-z " + big + " " + url_of(server, "/big.bin"), "304"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(run(row.command).output == row.output);
}

BOOST_DATA_TEST_CASE(wget_fetches_a_tree, models, model) {
  if (!has("wget")) return;
  const Site site;
  Server server(files_of(model, site));
  const std::string copy = site.scratch("copy");
  const Ran ran = run("wget -q -r -nH -P " + copy + " " + url_of(server) +
                      " && diff -r -x big.bin " + site.www() + " " + copy);
  BOOST_TEST(ran.status == 0, ran.output);
}

BOOST_DATA_TEST_CASE(wrk_loses_nothing, models, model) {
  if (!has("wrk")) return;
  Server server(demo_of(model));
  for (const char* const more : {"", "-H \"Connection: close\" "}) {
    const Ran ran = run(std::string("wrk -t1 -c8 -d1s ") + more + url_of(server));
    BOOST_TEST(ran.output.find("Requests/sec") != std::string::npos, ran.output);
    BOOST_TEST(ran.output.find("Non-2xx") == std::string::npos, ran.output);
    BOOST_TEST(ran.output.find("Socket errors") == std::string::npos, ran.output);
  }
}

BOOST_DATA_TEST_CASE(ab_loses_nothing, models, model) {
  if (!has("ab")) return;
  Server server(demo_of(model));
  for (const char* const more : {"", "-k "}) {
    const Ran ran = run(std::string("ab -q -n 1000 -c 8 -l ") + more + url_of(server));
    BOOST_TEST(ran.output.find("Complete requests:      1000") != std::string::npos, ran.output);
    BOOST_TEST(ran.output.find("Failed requests:        0") != std::string::npos, ran.output);
  }
}

BOOST_DATA_TEST_CASE(h2load_loses_nothing, models, model) {
  if (!has("h2load")) return;
  Server server(demo_of(model));
  const Ran ran = run("h2load --h1 -n 1000 -c 8 -m 4 " + url_of(server));
  BOOST_TEST(ran.output.find("1000 succeeded, 0 failed") != std::string::npos, ran.output);
}

/// Its four modes: slow heads, slow bodies, overlapping ranges, slow readers.
BOOST_AUTO_TEST_CASE(slowhttptest_stops_no_other_client_of_an_event_driven_worker) {
  if (!has("slowhttptest")) return;
  const Site site;
  Server server(files_of("prefork-epoll", site));
  for (const char* const mode : {"-H", "-B", "-R", "-X"}) BOOST_TEST_CONTEXT(mode) {
      const Ran ran = run(std::string("slowhttptest ") + mode +
                          " -c 200 -r 200 -i 1 -l 3 -p 5 -u " + url_of(server, "/big.bin"));
      BOOST_TEST(ran.output.find("service available:") != std::string::npos, ran.output);
      BOOST_TEST(ran.output.find("NO") == std::string::npos, ran.output);
      BOOST_TEST(get(server.port(), "/").status == 200);
    }
}

BOOST_DATA_TEST_CASE(a_browser_loads_a_page_with_all_its_assets, models, model) {
  if (!has("chromium")) return;
  const Site site;
  Server server(files_of(model, site));
  const Ran ran =
      run("chromium --headless --no-sandbox --disable-gpu --no-first-run "
          "--disable-background-networking --disable-component-update --disable-sync "
          "--user-data-dir=" +
          site.scratch("profile") + " --virtual-time-budget=20000 --dump-dom " + url_of(server));
  const std::string want = "<title>loaded " + std::to_string(Site::assets) + "</title>";
  BOOST_TEST(ran.output.find(want) != std::string::npos, ran.output);
}

BOOST_AUTO_TEST_SUITE_END()
