#include "os/patient_writer.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(patient_writer)

namespace {

using namespace brood;

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

/// Blocking at the writer's end, as a shell's pipe is.
Pipe usual_pipe() {
  int fds[2];
  BOOST_TEST_REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

/// As small as it can be: it takes a page, and the next one when that has been read.
Pipe small_pipe() {
  Pipe pipe = usual_pipe();
  BOOST_TEST(::fcntl(pipe.writer.get(), F_SETPIPE_SZ, 1) > 0);
  return pipe;
}

Pipe socket_pair() {
  int fds[2];
  BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

/// What can be read now, at most `most` bytes.
std::string read_some(int fd, std::size_t most = 1 << 24) {
  std::string text;
  char bytes[4096];
  while (text.size() < most) {
    const ssize_t size = ::read(fd, bytes, std::min(sizeof bytes, most - text.size()));
    if (size <= 0) break;
    text.append(bytes, static_cast<std::size_t>(size));
  }
  return text;
}

/// Reads and flushes by turns until nothing is kept.
std::string read_all(int fd, PatientWriter& writer) {
  std::string text;
  for (;;) {
    const bool done = writer.flush();
    text += read_some(fd);
    if (done) return text;
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string numbered(std::uint64_t number, std::size_t size) {
  std::string line = std::to_string(number) + ' ';
  line.resize(size, 'x');
  return line + '$';
}

/// Kept lines are whole, in order, and together with the dropped ones all that were written.
void check_a_reader_that_stops_reading(const Pipe& pipe) {
  PatientWriter writer(pipe.writer.get());
  constexpr std::uint64_t count = 20'000;  // More than kept_max.
  for (std::uint64_t number = 0; number < count; ++number) writer.write(numbered(number, 100));
  const std::uint64_t dropped = writer.take_dropped().too_slow;
  BOOST_TEST(dropped > 0U);
  BOOST_TEST(!writer.flush());
  const auto lines = lines_of(read_all(pipe.reader.get(), writer));
  BOOST_TEST(lines.size() + dropped == count);
  for (std::size_t at = 0; at < lines.size(); ++at)
    if (lines[at] != numbered(at, 100)) BOOST_TEST(lines[at] == numbered(at, 100));
  BOOST_TEST(lines.size() * numbered(0, 100).size() > PatientWriter::kept_max * 9 / 10);
  writer.write("and on");
  BOOST_TEST(read_some(pipe.reader.get()) == "and on\n");
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{}));
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_is_there_at_once_with_its_end) {
  const Pipe pipe = usual_pipe();
  PatientWriter writer(pipe.writer.get());
  writer.write("first");
  writer.write("");
  writer.write("third");
  BOOST_TEST(read_some(pipe.reader.get()) == "first\n\nthird\n");
  BOOST_TEST(writer.flush());
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{}));
}

BOOST_AUTO_TEST_CASE(a_pipe_nobody_reads_never_blocks_and_loses_whole_lines_only) {
  check_a_reader_that_stops_reading(small_pipe());
  check_a_reader_that_stops_reading(usual_pipe());
}

BOOST_AUTO_TEST_CASE(a_socket_nobody_reads_never_blocks_and_loses_whole_lines_only) {
  check_a_reader_that_stops_reading(socket_pair());
}

BOOST_AUTO_TEST_CASE(the_shared_descriptor_keeps_its_flags) {
  for (const Pipe& pipe : {small_pipe(), socket_pair()}) {
    const int before = ::fcntl(pipe.writer.get(), F_GETFL);
    BOOST_TEST((before & O_NONBLOCK) == 0);
    PatientWriter writer(pipe.writer.get());
    for (int count = 0; count < 20'000; ++count) writer.write(std::string(100, 'x'));
    BOOST_TEST(!writer.flush());
    BOOST_TEST(::fcntl(pipe.writer.get(), F_GETFL) == before);
  }
}

BOOST_AUTO_TEST_CASE(a_long_line_goes_through_a_small_pipe_in_pieces) {
  const Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  const std::string line = numbered(1, 10 * PIPE_BUF + 17);
  writer.write(line);
  BOOST_TEST(!writer.flush());
  BOOST_TEST((read_all(pipe.reader.get(), writer) == line + '\n'));
}

BOOST_AUTO_TEST_CASE(a_pipe_that_others_write_into_gets_whole_lines) {
  const Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  const std::string line = std::string(1000, 'x') + '\n';
  for (int count = 0; count < 20; ++count) BOOST_TEST(writer.keep(line));
  for (int count = 0; count < 5; ++count) {
    BOOST_TEST(writer.flush() == (count == 4));
    BOOST_TEST(read_some(pipe.reader.get()).size() == 4 * line.size());
  }
}

BOOST_AUTO_TEST_CASE(a_line_is_kept_just_up_to_the_bound) {
  const Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  writer.write(std::string(PatientWriter::kept_max, 'x'));
  BOOST_TEST(writer.take_dropped().too_slow == 1U);
  BOOST_TEST(writer.flush());
  writer.write(std::string(PatientWriter::kept_max - 1, 'x'));
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{}));
  BOOST_TEST(!writer.flush());
  BOOST_TEST(read_all(pipe.reader.get(), writer).size() == PatientWriter::kept_max);
}

BOOST_AUTO_TEST_CASE(dropped_lines_are_told_once) {
  const Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  writer.write(std::string(PatientWriter::kept_max - 1, 'x'));
  for (int count = 0; count < 3; ++count) writer.write(std::string(PIPE_BUF, 'y'));
  BOOST_TEST(writer.take_dropped().too_slow >= 2U);
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{}));
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_always_a_little_behind_costs_no_memory) {
  const Pipe pipe = usual_pipe();
  PatientWriter writer(pipe.writer.get());
  const std::string line(4000, 'x');
  for (int count = 0; count < 100; ++count) writer.write(line);
  const std::size_t before = resident_bytes();
  for (int count = 0; count < 8'000; ++count) {  // 32 MB.
    char bytes[4001];  // Not of the heap: a sanitizer would keep what was freed.
    BOOST_REQUIRE(::read(pipe.reader.get(), bytes, sizeof bytes) > 0);
    writer.write(line);
  }
  const std::size_t after = resident_bytes();
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{}));
  BOOST_TEST(after < before + 16 * PatientWriter::kept_max);
}

BOOST_AUTO_TEST_CASE(when_the_reader_has_gone_lines_are_dropped_and_nothing_is_kept) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);  // As the server does.
  Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  pipe.reader.reset();
  for (int count = 0; count < 5; ++count) writer.write("lost");
  BOOST_TEST(writer.flush());
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{.failed = 5, .error = EPIPE}));
  ::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(lines_that_were_kept_when_the_reader_went_are_counted_one_by_one) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  for (int count = 0; count < 101; ++count) writer.write("line");  // The pipe takes the first.
  pipe.reader.reset();
  BOOST_TEST(writer.flush());
  BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{.failed = 100, .error = EPIPE}));
  ::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(what_is_kept_goes_where_the_log_is_redirected_to) {
  const test::TemporaryFolder folder;
  const Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  std::string all;
  for (std::uint64_t number = 0; number < 100; ++number) {
    writer.write(numbered(number, 100));
    all += numbered(number, 100) + '\n';
  }
  BOOST_TEST(!writer.flush());
  const std::string path = folder / "log";
  writer.redirect(UniqueFd{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)});
  BOOST_TEST(writer.flush());
  writer.write("last");
  std::ostringstream file;
  file << std::ifstream(path).rdbuf();
  BOOST_TEST(read_some(pipe.reader.get()) + file.str() == all + "last\n");
}

BOOST_AUTO_TEST_CASE(a_new_file_does_not_begin_with_half_a_line) {
  const test::TemporaryFolder folder;
  const Pipe pipe = small_pipe();
  PatientWriter writer(pipe.writer.get());
  writer.write(std::string(2 * PIPE_BUF, 'x'));
  writer.write("whole");
  const std::string path = folder / "log";
  writer.redirect(UniqueFd{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)});
  BOOST_TEST(writer.flush());
  std::ostringstream file;
  file << std::ifstream(path).rdbuf();
  BOOST_TEST(file.str() == "whole\n");
  BOOST_TEST(writer.take_dropped().too_slow == 1U);
}

// Method: a file that may not grow any more takes a part of a line, as a full disk does.
BOOST_AUTO_TEST_CASE(a_full_file_has_whole_lines_and_takes_more_when_there_is_room) {
  const auto signal_before = ::signal(SIGXFSZ, SIG_IGN);  // As the server does.
  rlimit limit_before{};
  ::getrlimit(RLIMIT_FSIZE, &limit_before);
  const test::TemporaryFolder folder;
  for (const int append : {O_APPEND, 0}) {
    const std::string path = folder / (append != 0 ? "log-append" : "log");
    PatientWriter writer(-1);
    writer.redirect(UniqueFd{::open(path.c_str(), O_WRONLY | O_CREAT | append | O_CLOEXEC, 0600)});
    const rlimit limit{.rlim_cur = 1000, .rlim_max = limit_before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int number = 0; number < 20; ++number) writer.write(std::string(89, 'a'));
    const bool all_written = writer.flush();
    const int failing = writer.failing();
    ::setrlimit(RLIMIT_FSIZE, &limit_before);
    BOOST_TEST(all_written);
    BOOST_TEST(failing == EFBIG);
    writer.write("last");
    BOOST_TEST(writer.failing() == 0);
    BOOST_TEST((writer.take_dropped() == PatientWriter::Dropped{.failed = 9, .error = EFBIG}));
    std::ostringstream file;
    file << std::ifstream(path).rdbuf();
    std::string want;
    for (int number = 0; number < 11; ++number) want += std::string(89, 'a') + '\n';
    BOOST_TEST(file.str() == want + "last\n");
  }
  ::signal(SIGXFSZ, signal_before);
}

// Method: as before, with a second writer that has appended to the half line meanwhile.
BOOST_AUTO_TEST_CASE(nothing_of_others_is_taken_back) {
  const auto signal_before = ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit_before{};
  ::getrlimit(RLIMIT_FSIZE, &limit_before);
  const test::TemporaryFolder folder;
  const std::string path = folder / "log";
  PatientWriter writer(-1);
  writer.redirect(UniqueFd{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)});
  std::ofstream(path) << std::string(500, 'b');  // Longer than what we have written.
  const rlimit limit{.rlim_cur = 100, .rlim_max = limit_before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  writer.write(std::string(149, 'a'));
  ::setrlimit(RLIMIT_FSIZE, &limit_before);
  BOOST_TEST(std::filesystem::file_size(path) == 500U);
  BOOST_TEST(writer.flush(), "the rest of the line goes out when there is room");
  std::ostringstream file;
  file << std::ifstream(path).rdbuf();
  BOOST_TEST(file.str().starts_with(std::string(149, 'a') + "\nb"));
  ::signal(SIGXFSZ, signal_before);
}

BOOST_AUTO_TEST_CASE(a_file_of_its_own_is_closed_at_the_end_and_when_replaced) {
  const auto open_null = [] { return UniqueFd{::open("/dev/null", O_WRONLY | O_CLOEXEC)}; };
  UniqueFd first = open_null(), second = open_null();
  const int fds[] = {first.get(), second.get()};
  {
    PatientWriter writer(STDERR_FILENO);
    writer.redirect(std::move(first));
    writer.redirect(std::move(second));
    BOOST_TEST(::fcntl(fds[0], F_GETFD) == -1);
    BOOST_TEST(::fcntl(fds[1], F_GETFD) != -1);
  }
  BOOST_TEST(::fcntl(fds[1], F_GETFD) == -1);
  BOOST_TEST(::fcntl(STDERR_FILENO, F_GETFD) != -1, "what was borrowed stays open");
}

BOOST_AUTO_TEST_SUITE_END()
