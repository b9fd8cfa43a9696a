// A real program of some demands: git's own server side, asked by git itself.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "support/cgi_folder.hpp"

BOOST_AUTO_TEST_SUITE(cgi_git)

namespace {

using namespace brood::test;

constexpr const char* backend = "/usr/lib/git-core/git-http-backend";

bool has_git() {
  return ::access(backend, X_OK) == 0 && std::system("git --version > /dev/null") == 0;
}

/// Whether a command line succeeds; what it says is shown by ctest if the test fails.
bool succeeds(const std::string& command) {
  return std::system(("set -e\n" + command).c_str()) == 0;
}

/// A bare repository behind a server, and a folder for clones of it.
struct Hosted {
  TempFolder folder;
  Server server;

  Hosted() : server(prepared(folder)) {}

  /// Runs git in the folder with a configuration that is nobody's own.
  bool git(const std::string& script) const {
    return succeeds("cd " + folder / "" + "\nexport HOME=" + folder / "" +
                    " GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_AUTHOR_NAME=a "
                    "GIT_AUTHOR_EMAIL=a@a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@a "
                    "no_proxy='*'\nurl=http://127.0.0.1:" +
                    std::to_string(server.port()) + "/hosted.git\n" + script);
  }

 private:
  static Launch prepared(const TempFolder& folder) {
    if (!succeeds("git init -q --bare " + folder / "hosted.git")) throw std::runtime_error("git");
    Launch launch = cgi_launch(backend,
                               {"--cgi-env", "GIT_PROJECT_ROOT", "--cgi-env", "GIT_HTTP_EXPORT_ALL",
                                "--cgi-env", "REMOTE_USER", "--cgi-env", "HOME"},
                               2);
    launch.environment = {"GIT_PROJECT_ROOT=" + folder / "", "GIT_HTTP_EXPORT_ALL=1",
                          "REMOTE_USER=somebody", "HOME=" + folder / ""};
    return launch;
  }
};

}  // namespace

// A push of more than http.postBuffer (1 MiB) is chunked, and does not compress.
BOOST_AUTO_TEST_CASE(git_clones_fetches_and_pushes) {
  if (!has_git()) {
    std::cout << "skipped: there is no git-http-backend on this machine\n";
    return;
  }
  const Hosted hosted;
  BOOST_TEST(
      hosted.git("git clone -q $url one\ncd one\necho small > a\ngit add a\n"
                 "git commit -qm first\ngit push -q origin HEAD:main"));
  BOOST_TEST(hosted.git("git clone -q -b main $url two\ncmp one/a two/a"));
  BOOST_TEST(
      hosted.git("cd one\nhead -c 3000000 /dev/urandom > b\ngit add b\n"
                 "git commit -qm second\ngit push -q origin HEAD:main"));
  BOOST_TEST(hosted.git("cd two\ngit fetch -q\ngit merge -q origin/main\ncmp ../one/b b"));
  // A fetch whose list of what is there already is long enough to be compressed.
  BOOST_TEST(
      hosted.git("cd two\nfor n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "
                 "git commit -q --allow-empty -m $n; git branch b$n; done\n"
                 "cd ../one\ngit commit -q --allow-empty -m third\n"
                 "git push -q origin HEAD:main\ncd ../two\ngit fetch -q"));
  BOOST_TEST(hosted.git("git -C hosted.git fsck --strict"));
  BOOST_TEST(hosted.server.log("worker_ended").empty());
  BOOST_TEST(hosted.server.log("worker_note").empty());
}

BOOST_AUTO_TEST_SUITE_END()
