// What a fork must not hand on: the parent's signals, its descriptors, its epoll, and a life of
// one's own after the parent's death.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(fork_safety)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr unsigned long close_on_exec = 02000000;  // O_CLOEXEC as /proc/PID/fdinfo shows it.

/// An open descriptor as /proc shows it.
struct OpenFd {
  std::string target;
  unsigned long flags = 0;
  std::size_t watched = 0;  ///< Of an epoll: how many descriptors it watches.
};

std::map<int, OpenFd> open_fds(pid_t pid) {
  std::map<int, OpenFd> found;
  const std::string folder = "/proc/" + std::to_string(pid);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/fd", error)) {
    const std::string name = entry.path().filename();
    OpenFd fd{.target = std::filesystem::read_symlink(entry.path(), error)};
    if (error) continue;
    std::ifstream info(folder + "/fdinfo/" + name);
    for (std::string line; std::getline(info, line);) {
      if (line.starts_with("flags:")) fd.flags = std::stoul(line.substr(6), nullptr, 8);
      if (line.starts_with("tfd:")) ++fd.watched;
    }
    found[std::stoi(name)] = fd;
  }
  return found;
}

std::vector<OpenFd> of_kind(const std::map<int, OpenFd>& fds, const std::string& kind) {
  std::vector<OpenFd> found;
  for (const auto& [number, fd] : fds)
    if (number > 2 && fd.target.starts_with(kind)) found.push_back(fd);
  return found;
}

/// A dump that is asked for; what reached the supervisor before it has been dealt with by then.
void ask_for_dump(const Server& server) {
  const std::size_t before = server.mark();
  server.signal(SIGINT);
  server.wait_for("dump_totals", before);
}

/// The supervisor has seen no signal of its own but the SIGINT of one dump.
void check_that_only_one_dump_happened(const Server& server) {
  ask_for_dump(server);
  BOOST_TEST(server.log("dump").size() == 1);
  for (const char* event : {"stopping", "killing", "stopped", "log_reopened"})
    BOOST_TEST(server.log(event).empty(), event);
}

/// Exactly what a worker may hold: stdio, the listener, its own end of its own channel, its epoll.
/// \return the inode of that end.
std::string check_descriptors(pid_t worker, pid_t supervisor) {
  const auto fds = open_fds(worker);
  std::set<std::string> parents;
  for (const OpenFd& fd : of_kind(open_fds(supervisor), "socket:")) parents.insert(fd.target);
  const std::vector<OpenFd> sockets = of_kind(fds, "socket:");
  const std::vector<OpenFd> epolls = of_kind(fds, "anon_inode:[eventpoll]");
  BOOST_TEST(fds.size() == 6);
  BOOST_TEST_REQUIRE(sockets.size() == 2);
  BOOST_TEST_REQUIRE(epolls.size() == 1);
  BOOST_TEST(epolls[0].watched == 2);  // Its channel and the listener; the parent's has more.
  // One is shared with the parent, and that is the listener; the other is in nobody else's hands.
  BOOST_TEST(parents.contains(sockets[0].target) != parents.contains(sockets[1].target));
  return parents.contains(sockets[0].target) ? sockets[1].target : sockets[0].target;
}

void check_all_descriptors(const Server& server) {
  std::set<std::string> ends;
  const std::vector<pid_t> workers = server.workers();
  for (const pid_t worker : workers)
    BOOST_TEST_CONTEXT("worker " << worker) ends.insert(check_descriptors(worker, server.pid()));
  BOOST_TEST(ends.size() == workers.size());
}

/// What whoever started this test left open is inherited; it was never brood's to create.
bool is_inherited(int number, const OpenFd& fd) {
  const auto mine = open_fds(::getpid());
  return mine.contains(number) && mine.at(number).target == fd.target &&
         (mine.at(number).flags & close_on_exec) == 0;
}

void check_close_on_exec(pid_t pid) {
  for (const auto& [number, fd] : open_fds(pid))
    if (number > 2 && !is_inherited(number, fd))
      BOOST_TEST((fd.flags & close_on_exec) != 0, "descriptor " << number << ": " << fd.target);
}

/// Nobody of the process group lives one second after its supervisor has been killed.
void check_that_all_die_with(const Server& server) {
  BOOST_TEST_REQUIRE(eventually([&] { return !server.workers().empty(); }));
  server.signal(SIGKILL);
  BOOST_TEST(eventually([&] { return living_members(server.pid()).empty(); }, 1s));
}

/// As the shell's Ctrl-Z.
void suspend_all(const Server& server) {
  server.signal_group(SIGTSTP);
  BOOST_TEST_REQUIRE(eventually([&] {
    for (const pid_t pid : group_members(server.pid()))
      if (state_of(pid) != 'T') return false;
    return true;
  }));
}

/// Nobody was replaced, and nobody is said to have been ended by somebody else.
void check_that_all_stopped(const Server& server, std::size_t size) {
  BOOST_TEST(server.log("worker_started").size() == size);
  const std::vector<LogLine> ends = server.log("worker_ended");
  BOOST_TEST(ends.size() == size);
  for (const LogLine& end : ends)
    BOOST_TEST(text_of(end, "cause") == "stopped", text_of(end, "reason"));
}

std::uint64_t mask_of(pid_t pid, const std::string& name) {
  return std::stoull("0" + proc_field(pid, "status", name + ":\t"), nullptr, 16);
}

constexpr std::uint64_t bit(int signal) {
  return std::uint64_t{1} << (signal - 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stray_signal_in_a_worker_never_becomes_the_supervisors_own) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(4)});
  const std::vector<pid_t> workers = server.workers();
  for (const int number : {SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE, SIGWINCH})
    for (const pid_t worker : workers) ::kill(worker, number);
  check_that_only_one_dump_happened(server);
  BOOST_TEST((server.workers() == workers));
  for (const pid_t worker : workers) ::kill(worker, SIGTERM);
  for (const pid_t worker : workers)
    BOOST_TEST(text_of(end_of(server, worker), "cause") == "terminated");
  BOOST_TEST(is_full(server, 4));
  BOOST_TEST(server.log("stopping").empty());
  BOOST_TEST(get(server.port(), "/").status == 200);
}

// A signal that comes during fork() is delivered to both; a child that then still has its parent's
// handler writes to the pipe that it shares with it, and the parent hears it twice.
BOOST_AUTO_TEST_CASE(signals_that_hit_workers_being_born_are_heard_once) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(4, {"--max-requests", "1"})});
  Load load({.port = server.port(), .clients = 4});
  std::size_t signals = 0;
  for (; signals < 400 || server.log("worker_started").size() <= 50U; ++signals) {
    const std::size_t before = server.mark();
    server.signal_group(SIGUSR1);
    server.wait_for("log_reopened", before);
  }
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  ask_for_dump(server);
  BOOST_TEST(server.log("dump").size() == 1);
  BOOST_TEST(server.log("log_reopened").size() == signals);
  BOOST_TEST(server.log("stopping").empty());
}

BOOST_AUTO_TEST_CASE(a_worker_has_handlers_for_sigterm_and_sigcont_alone_and_blocks_nothing_else) {
  let_faults_kill();
  Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
  for (const pid_t worker : server.workers()) {
    BOOST_TEST(mask_of(worker, "SigCgt") == (bit(SIGTERM) | bit(SIGCONT)));
    BOOST_TEST((mask_of(worker, "SigBlk") & ~bit(SIGTERM)) == 0U);
    BOOST_TEST((mask_of(worker, "SigIgn") & bit(SIGINT)) != 0U);
  }
  BOOST_TEST(mask_of(server.pid(), "SigBlk") == 0U);
}

BOOST_AUTO_TEST_CASE(a_worker_holds_no_descriptor_beyond_its_own) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(8, {"--max-requests", "20"})});
  check_all_descriptors(server);
  Load load({.port = server.port(), .clients = 2});
  BOOST_TEST(load.reaches(400));  // Some have been replaced meanwhile, among all their siblings.
  load.stop();
  BOOST_TEST(is_full(server, 8));
  check_all_descriptors(server);
}

// A child that closes or destroys what is the parent's may take it out of the parent's epoll.
BOOST_AUTO_TEST_CASE(the_supervisors_epoll_is_untouched_by_its_children) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(4, {"--max-requests", "1"})});
  const auto watched = [&] {
    const std::vector<OpenFd> epolls = of_kind(open_fds(server.pid()), "anon_inode:[eventpoll]");
    return epolls.size() == 1 ? epolls[0].watched : 0;
  };
  const std::size_t before = watched();
  BOOST_TEST(before > 4);
  Load load({.port = server.port(), .clients = 2});
  BOOST_TEST(load.reaches(100));
  load.stop();
  BOOST_TEST(is_full(server, 4));
  BOOST_TEST(watched() == before);
  for (const pid_t worker : server.workers()) ::kill(worker, SIGKILL);
  BOOST_TEST(eventually([&] { return server.log("worker_ended").size() >= 104; }));
  BOOST_TEST(is_full(server, 4));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(deaths_that_share_one_sigchld_are_all_reaped) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(30)});
  const std::vector<pid_t> workers = server.workers();
  BOOST_TEST_REQUIRE(suspend(server.pid()));
  for (const pid_t worker : workers) ::kill(worker, SIGKILL);
  BOOST_TEST(eventually([&] { return zombies_of(server.pid()).size() == workers.size(); }));
  server.signal(SIGCONT);
  for (const pid_t worker : workers)
    BOOST_TEST(text_of(end_of(server, worker), "cause") == "killed");
  BOOST_TEST(is_full(server, 30));
  BOOST_TEST(zombies_of(server.pid()).empty());
}

BOOST_AUTO_TEST_CASE(every_descriptor_is_closed_on_exec) {
  // Through /proc/self the log file is the pipe that this test reads.
  Server server({.binary = BROOD_BINARY,
                 .options = pool_of(3, {"--log-file", "/proc/self/fd/2", "--think-time", "20s"})});
  BOOST_TEST(open_fds(server.pid()).size() > 8);
  const std::vector<Client> clients = occupy(server, 1, "/");
  check_close_on_exec(server.pid());
  for (const pid_t worker : server.workers()) check_close_on_exec(worker);
}

BOOST_AUTO_TEST_CASE(no_worker_outlives_a_killed_supervisor_idle_busy_or_stopped) {
  Server server(faulty(6));
  const std::vector<Client> sleeping = occupy(server, 1, "/sleep/60000");
  const std::vector<Client> looping = occupy(server, 2, "/loop");
  const std::vector<pid_t> workers = server.workers();
  BOOST_TEST(suspend(workers.front()));
  BOOST_TEST(suspend(workers.back()));
  check_that_all_die_with(server);
}

BOOST_AUTO_TEST_CASE(no_worker_outlives_a_supervisor_killed_while_it_forks) {
  for (int round = 0; round < 5; ++round) {
    Server server({.binary = BROOD_BINARY, .options = pool_of(4, {"--max-requests", "1"})});
    Load load({.port = server.port(), .clients = 4});
    BOOST_TEST(load.reaches(20));
    check_that_all_die_with(server);
  }
}

BOOST_AUTO_TEST_CASE(ctrl_c_to_the_whole_group_dumps_and_does_no_harm) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(4)});
  const std::vector<pid_t> workers = server.workers();
  Load load({.port = server.port(), .clients = 2});
  for (std::size_t count = 1; count <= 10; ++count) {
    server.signal_group(SIGINT);
    BOOST_TEST(eventually([&] { return server.log("dump_totals").size() == count; }));
  }
  BOOST_TEST(load.reaches(load.counts().ok + 10));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  BOOST_TEST((server.workers() == workers));
  BOOST_TEST(server.log("worker_ended").empty());
  BOOST_TEST(server.log("stopping").empty());
}

BOOST_AUTO_TEST_CASE(sigquit_to_the_whole_group_stops_at_once_and_leaves_nobody) {
  Server server(faulty(4));
  const std::vector<Client> clients = occupy(server, 2, "/sleep/60000");
  server.signal_group(SIGQUIT);
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(living_members(server.pid()).empty());
  const std::vector<LogLine> ends = server.log("worker_ended");
  BOOST_TEST(ends.size() == 4);
  for (const LogLine& end : ends) BOOST_TEST(text_of(end, "cause") == "stopped");
}

BOOST_AUTO_TEST_CASE(sighup_to_the_whole_group_is_the_supervisors_alone) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3, {"--think-time", "500ms"})});
  std::vector<Client> clients = occupy(server, 1, "/");
  server.signal_group(SIGHUP);
  BOOST_TEST(clients[0].read_reply().status == 200);
  BOOST_TEST(text_of(server.wait_for("reload"), "outcome") == "done");
  for (const LogLine& end : server.log("worker_ended"))
    BOOST_TEST(text_of(end, "cause") == "rolled");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(after_ctrl_z_kill_stops_gracefully) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3, {"--think-time", "500ms"})});
  std::vector<Client> clients = occupy(server, 1, "/");
  suspend_all(server);
  server.signal_group(SIGTERM);  // As bash does it for `kill %1`.
  server.signal_group(SIGCONT);
  BOOST_TEST(clients[0].read_reply().status == 200);
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(living_members(server.pid()).empty());
  check_that_all_stopped(server, 3);
}

// Whoever sends it to the whole group cannot say in which order it arrives: here the workers have
// it first.
BOOST_AUTO_TEST_CASE(a_sigterm_that_reaches_the_workers_first_is_a_part_of_the_stop) {
  for (const char* const model : {"prefork", "prefork-epoll"}) {
    BOOST_TEST_INFO_SCOPE(model);
    Server server({.binary = BROOD_BINARY, .options = pool_of(4, {"--model", model})});
    for (const pid_t worker : server.workers()) ::kill(worker, SIGTERM);
    server.signal(SIGTERM);
    BOOST_TEST(server.wait_exit() == 0);
    check_that_all_stopped(server, 4);
  }
}

BOOST_AUTO_TEST_CASE(after_ctrl_z_kill_9_leaves_nobody) {
  Server server(faulty(3));
  const std::vector<Client> clients = occupy(server, 1, "/loop");
  suspend_all(server);
  server.signal_group(SIGKILL);
  BOOST_TEST(eventually([&] { return living_members(server.pid()).empty(); }, 1s));
}

BOOST_AUTO_TEST_SUITE_END()
