// The files handler that is written to: uploads, links and locks, and what a lost client or a
// killed worker leaves of them.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>

#include "support/files_site.hpp"

BOOST_AUTO_TEST_SUITE(files_writing)

using namespace brood::test;

BOOST_AUTO_TEST_CASE(uploads_of_every_size_are_read_back) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const Site site({"--writable", "on", "--model", model});
      for (const std::size_t size : {0, 1, 65536, 65537, 5'000'000}) {
        const std::string content = noise(size);
        const Reply reply = put(site.port(), "/file", content);
        BOOST_TEST(reply.status == (size == 0 ? 201 : 204));
        BOOST_TEST((site.content("file") == content), size);
        const Reply read = get(site.port(), "/file");
        BOOST_TEST((read.body == content), size);
        BOOST_TEST(read.header("ETag") == reply.header("ETag"));
      }
      BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
    }
}

BOOST_AUTO_TEST_CASE(an_upload_that_is_refused_is_not_asked_for) {
  const Site site({"--writable", "on"});
  site.write("file", "old");
  const struct {
    const char* name;
    const char* path;
    const char* fields;
    int status;
  } rows[] = {
      {"wanted", "/new", "", 100},
      {"not there yet", "/file", "If-None-Match: *\r\n", 412},
      {"no folder", "/none/file", "", 409},
      {"a part", "/file", "Content-Range: bytes 0-1/3\r\n", 400},
  };
  for (const auto& row : rows) {
    Client client = Client::tcp(site.port());
    client.send(put_head(row.path, 3, std::string("Expect: 100-continue\r\n") + row.fields));
    BOOST_TEST(client.read_reply().status == row.status, row.name);
  }
  const Site read_only;
  Client client = Client::tcp(read_only.port());
  client.send(put_head("/file", 3, "Expect: 100-continue\r\n"));
  const Reply refused = client.read_reply();
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(refused.header("Allow") == "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(a_client_lost_in_the_middle_leaves_the_old_file_and_no_other) {
  Site site({"--writable", "on", "--start-workers", "1", "--max-workers", "1"});
  site.write("file", "old");
  for (const char* const path : {"/file", "/new"}) {
    Client client = Client::tcp(site.port());
    client.send(put_head(path, 10'000'000) + noise(5'000'000));
    client.abort();
  }
  // The only worker answers again: it has done with both.
  BOOST_TEST(get(site.port(), "/file").body == "old");
  BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
}

BOOST_AUTO_TEST_CASE(a_worker_killed_in_the_middle_leaves_the_old_file_and_no_other) {
  Site site({"--writable", "on", "--start-workers", "1", "--max-workers", "1"});
  site.write("file", "old");
  for (int round = 0; round < 2; ++round) {
    const pid_t worker = site.server().workers().at(0);
    Client client = Client::tcp(site.port());
    client.send(put_head(round == 0 ? "/file" : "/new", 10'000'000) + noise(1'000'000));
    // It has opened where the body is to go.
    const auto holds_nameless = [&] {
      const auto open = open_files(worker);
      return std::ranges::any_of(open, [](const std::string& name) {
        return name.ends_with("(deleted)") && name.find("memfd") == std::string::npos;
      });
    };
    BOOST_TEST(eventually(holds_nameless));
    const std::size_t mark = site.server().mark();
    ::kill(worker, SIGKILL);
    site.server().wait_for("worker_ended", mark);
    BOOST_TEST(get(site.port(), "/file").body == "old");
    BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
  }
}

BOOST_AUTO_TEST_CASE(an_upload_that_the_disk_or_a_limit_does_not_hold_is_507_and_harms_nobody) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Site site({"--writable", "on", "--model", model}, {{RLIMIT_FSIZE, 5'000'000}});
      site.write("file", "old");
      for (const char* const path : {"/file", "/new"}) {
        const Reply reply = put(site.port(), path, noise(9'000'000));
        BOOST_TEST(reply.status == 507);
        BOOST_TEST(text_of(site.server().wait_for("worker_note"), "text") ==
                   "request body: File too large");
      }
      BOOST_TEST(put(site.port(), "/file", noise(4'900'000)).status == 204);
      BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
      BOOST_TEST(site.server().log("worker_ended").empty());
    }
}

BOOST_AUTO_TEST_CASE(readers_see_the_old_file_or_the_new_one_and_nothing_between) {
  Site site({"--writable", "on", "--start-workers", "4"});
  constexpr std::size_t size = 300'000;
  const std::uint16_t port = site.port();
  BOOST_TEST(put(port, "/file", std::string(size, 'a')).status == 201);
  std::thread writer([port] {
    for (int round = 0; round < 40; ++round)
      put(port, "/file", std::string(size, static_cast<char>('a' + round % 26)));
  });
  int torn = 0;
  for (int round = 0; round < 100; ++round) {
    const Reply reply = get(port, "/file");
    torn += reply.status == 200 && reply.body == std::string(size, reply.body.at(0)) ? 0 : 1;
  }
  writer.join();
  BOOST_TEST(torn == 0);
  BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
}

BOOST_AUTO_TEST_CASE(of_many_writers_with_the_same_tag_one_wins) {
  Site site({"--writable", "on", "--start-workers", "8"});
  const std::uint16_t port = site.port();
  std::string tag = put(port, "/file", "first").header("ETag");
  for (int round = 0; round < 10; ++round) {
    std::vector<Reply> replies(8);
    std::vector<std::thread> writers;
    for (std::size_t writer = 0; writer < replies.size(); ++writer)
      writers.emplace_back([&, writer] {
        replies[writer] =
            put(port, "/file", "by " + std::to_string(writer), "If-Match: " + tag + "\r\n");
      });
    for (std::thread& writer : writers) writer.join();
    BOOST_TEST(std::ranges::count(replies, 204, &Reply::status) == 1);
    BOOST_TEST(std::ranges::count(replies, 412, &Reply::status) == 7);
    tag = std::ranges::find(replies, 204, &Reply::status)->header("ETag");
    BOOST_TEST(get(port, "/file").header("ETag") == tag);
  }
}

BOOST_AUTO_TEST_CASE(what_is_deleted_is_gone) {
  const Site site({"--writable", "on"});
  site.write("file", "old");
  Client client = Client::tcp(site.port());
  const std::string request = "DELETE /file HTTP/1.1\r\nHost: test\r\n\r\n";
  BOOST_TEST(client.exchange(request).status == 204);
  BOOST_TEST(client.exchange(request).status == 404);
  BOOST_TEST(site.names().empty());
}

BOOST_AUTO_TEST_CASE(links_are_followed_within_the_root_and_written_as_themselves) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const Site site({"--writable", "on", "--model", model});
      site.write("file", "inside");
      std::filesystem::create_symlink(site.path("file"), site.path("absolute"));
      std::filesystem::create_symlink("/etc/hostname", site.path("outside"));
      std::filesystem::create_symlink("nowhere", site.path("dangling"));
      std::filesystem::create_symlink("nowhere", site.path("removed"));
      BOOST_TEST(get(site.port(), "/absolute").body == "inside");
      BOOST_TEST(get(site.port(), "/outside").status == 403);
      BOOST_TEST(put(site.port(), "/outside", "new").status == 201);
      BOOST_TEST(put(site.port(), "/dangling", "new").status == 201);
      BOOST_TEST(Client::tcp(site.port())
                     .exchange("DELETE /removed HTTP/1.1\r\nHost: test\r\n\r\n")
                     .status == 204);
      BOOST_TEST(site.content("outside") == "new");
      BOOST_TEST(!std::filesystem::is_symlink(site.path("outside")));
      BOOST_TEST(
          (site.names() == std::vector<std::string>{"absolute", "dangling", "file", "outside"}));
    }
}

BOOST_AUTO_TEST_CASE(a_put_into_a_locked_folder_waits_and_keeps_nobody_waiting) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const std::string workers = model == "prefork" ? "2" : "1";
      Site site({"--writable", "on", "--model", model, "--start-workers", workers, "--min-spare",
                 "0", "--max-spare", workers, "--max-workers", workers});
      site.write("file", "old");
      std::filesystem::create_directory(site.path("sub"));
      brood::UniqueFd folder{::open(site.path("sub").c_str(), O_RDONLY | O_CLOEXEC)};
      BOOST_TEST_REQUIRE(::flock(folder.get(), LOCK_SH) == 0);
      std::vector<Client> writers;
      for (int writer = 0; writer < (model == "prefork" ? 1 : 8); ++writer) {
        writers.push_back(Client::tcp(site.port()));
        writers.back().send(put_head("/sub/" + std::to_string(writer), 3) + "new");
      }
      // The worker that has them all, or another one, answers others meanwhile.
      for (int round = 0; round < 20; ++round) BOOST_TEST(get(site.port(), "/file").body == "old");
      BOOST_TEST(std::filesystem::is_empty(site.path("sub")));
      folder.reset();
      for (Client& writer : writers) BOOST_TEST(writer.read_reply().status == 201);
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_moved_out_while_a_put_waits_is_not_written_to) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const TemporaryFolder elsewhere;
      Site site({"--writable", "on", "--model", model});
      std::filesystem::create_directory(site.path("sub"));
      brood::UniqueFd folder{::open(site.path("sub").c_str(), O_RDONLY | O_CLOEXEC)};
      BOOST_TEST_REQUIRE(::flock(folder.get(), LOCK_EX) == 0);
      Client writer = Client::tcp(site.port());
      writer.send(put_head("/sub/new", 3) + "new");
      BOOST_TEST(writer.read_reply(false, std::chrono::milliseconds{200}).status == 0);
      std::filesystem::rename(site.path("sub"), elsewhere / "moved");
      folder.reset();
      BOOST_TEST(writer.read_reply().status == 409);
      BOOST_TEST(std::filesystem::is_empty(elsewhere / "moved"));
    }
}

BOOST_AUTO_TEST_CASE(a_put_makes_folders_on_request) {
  const Site site({"--writable", "on", "--make-folders", "on", "--charset", "off"});
  BOOST_TEST(put(site.port(), "/org/brood/1.0/brood.txt", "jar").status == 201);
  const Reply reply = get(site.port(), "/org/brood/1.0/brood.txt");
  BOOST_TEST(reply.body == "jar");
  BOOST_TEST(reply.header("Content-Type") == "text/plain");
  const Site other({"--writable", "on"});
  BOOST_TEST(put(other.port(), "/org/brood.txt", "jar").status == 409);
}

BOOST_AUTO_TEST_SUITE_END()
