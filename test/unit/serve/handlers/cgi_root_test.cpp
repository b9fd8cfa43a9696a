#include "serve/handlers/cgi_root.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(cgi_root)

namespace {

using namespace brood;
namespace fs = std::filesystem;

/// A root with programs in it, and something to steal beside it.
class Sample {
 public:
  Sample() {
    fs::create_directories(root() / "sub/deep");
    for (const char* name : {"x.cgi", "sub/y", "sub/deep/sp ace"}) add(root() / name, 0755);
    add(root() / "data.txt", 0644);
    add(folder_ / std::string("secret"), 0755);
    fs::create_symlink("sub/y", root() / "link");
    fs::create_symlink("../y", root() / "sub/deep/up");
    fs::create_symlink("../secret", root() / "out");
    fs::create_symlink("/bin/sh", root() / "sh");
    fs::create_symlink(root() / "x.cgi", root() / "absolute");
    fs::create_directory_symlink(root() / "sub", root() / "folder");
    fs::create_directory_symlink("..", root() / "above");
    ::mkfifo((root() / "fifo").c_str(), 0755);
  }

  fs::path root() const { return folder_ / std::string("root"); }

  static void add(const fs::path& path, int mode) {
    std::ofstream(path) << "#!/bin/sh\n";
    ::chmod(path.c_str(), static_cast<mode_t>(mode));
  }

 private:
  struct Folder : test::TemporaryFolder {
    fs::path operator/(const std::string& name) const {
      return fs::path(test::TemporaryFolder::operator/(name.c_str()));
    }
  };
  Folder folder_;
};

/// "SCRIPT_NAME PATH_INFO", or the status.
std::string found(const CgiRoot& root, std::string_view path) {
  const auto result = root.find(path);
  if (const int* status = std::get_if<int>(&result)) return std::to_string(*status);
  const auto& program = std::get<CgiProgram>(result);
  return program.script_name + ' ' + program.path_info;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_path_names_the_first_program_on_its_way_or_none) {
  const Sample sample;
  const auto root = CgiRoot::open(sample.root());
  BOOST_TEST_REQUIRE(root.has_value());
  const struct {
    const char* name;
    const char* path;
    const char* want;
  } rows[] = {
      {"at the top", "/x.cgi", "/x.cgi "},
      {"with a path behind it", "/x.cgi/a/b", "/x.cgi /a/b"},
      {"by a link to an absolute path", "/absolute/a", "/absolute /a"},
      {"in a folder by such a link", "/folder/y/a", "/folder/y /a"},
      {"that is only a slash", "/x.cgi/", "/x.cgi /"},
      {"and keeps its empty segments", "/x.cgi//a//", "/x.cgi //a//"},
      {"decoded", "/x.cgi/a%20b%C3%BC", "/x.cgi /a b\xc3\xbc"},
      {"decoded once", "/x.cgi/%2541", "/x.cgi /%41"},
      {"in a directory", "/sub/y/z", "/sub/y /z"},
      {"by an encoded name", "/%73ub/deep/sp%20ace", "/sub/deep/sp ace "},
      {"behind empty segments", "//sub//y", "//sub//y "},
      {"a link that stays inside", "/link/z", "/link /z"},
      {"a link upwards that stays inside", "/sub/deep/up", "/sub/deep/up "},
      {"a link out", "/out", "404"},
      {"an absolute link", "/sh", "404"},
      {"a linked directory above", "/above/secret", "404"},
      {"dots", "/../secret", "404"},
      {"dots behind a directory", "/sub/../x.cgi", "404"},
      {"encoded dots", "/%2e%2E/secret", "404"},
      {"dots in the path of a program", "/x.cgi/../../etc/passwd", "404"},
      {"a single dot", "/./x.cgi", "404"},
      {"an encoded slash", "/sub%2Fy", "404"},
      {"an encoded slash behind the program", "/x.cgi/a%2fb", "404"},
      {"an encoded NUL", "/x.cgi%00.txt", "404"},
      {"nothing there", "/nothing", "404"},
      {"the root itself", "/", "404"},
      {"a directory", "/sub/", "404"},
      {"no absolute path", "*", "404"},
      {"a file that may not be executed", "/data.txt", "403"},
      {"no matter what follows it", "/data.txt/a", "403"},
      {"no file at all", "/fifo", "403"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(found(*root, row.path) == row.want);
}

BOOST_AUTO_TEST_CASE(a_found_program_comes_with_its_file_and_its_directory) {
  const Sample sample;
  const auto root = CgiRoot::open(sample.root());
  BOOST_TEST_REQUIRE(root.has_value());
  const auto result = root->find("/sub/y/z");
  const auto& program = std::get<CgiProgram>(result);
  const std::string real = fs::canonical(sample.root());
  BOOST_TEST(program.file == real + "/sub/y");
  BOOST_TEST(fs::read_symlink("/proc/self/fd/" + std::to_string(program.directory.get())) ==
             real + "/sub");
  BOOST_TEST(root->translate("/z") == real + "/z");
}

BOOST_AUTO_TEST_CASE(a_root_that_is_one_program_answers_every_path) {
  const Sample sample;
  const auto root = CgiRoot::open(sample.root() / "sub/y");
  BOOST_TEST_REQUIRE(root.has_value());
  BOOST_TEST(found(*root, "/") == " /");
  BOOST_TEST(found(*root, "/a/y/b") == " /a/y/b");
  BOOST_TEST(found(*root, "/a/../b") == "404");
  BOOST_TEST(root->path() == fs::canonical(sample.root() / "sub/y"));
}

BOOST_AUTO_TEST_CASE(what_is_no_root_is_told_why) {
  const Sample sample;
  const struct {
    const char* name;
    int want;
  } rows[] = {{"nothing", ENOENT}, {"x.cgi/a", ENOTDIR}, {"data.txt", EACCES}, {"fifo", ENOTDIR}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto root = CgiRoot::open(sample.root() / row.name);
      BOOST_TEST_REQUIRE(!root.has_value());
      BOOST_TEST(root.error().code.value() == row.want);
    }
}

BOOST_AUTO_TEST_CASE(a_root_opens_again_from_its_own_path) {
  const Sample sample;
  const auto first = CgiRoot::open(sample.root());
  const auto second = CgiRoot::open(first->path());
  BOOST_TEST_REQUIRE(second.has_value());
  BOOST_TEST(found(*second, "/x.cgi") == "/x.cgi ");
}

BOOST_AUTO_TEST_SUITE_END()
