#include "os/scoreboard_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>
#include <utility>

#include <brood/unique_fd.hpp>

BOOST_AUTO_TEST_SUITE(scoreboard_memory)

namespace {

using namespace brood;

constexpr std::uint32_t slot_count = 4;
constexpr std::size_t size = (slot_count + 1) * scoreboard_page_size;

ScoreboardMemory created(std::uint32_t slots = slot_count) {
  auto memory = ScoreboardMemory::create(slots);
  BOOST_TEST_REQUIRE(memory.has_value());
  return std::move(*memory);
}

/// Tries to make a page writable again. \return 0 or errno.
int make_writable(void* page) {
  return ::mprotect(page, scoreboard_page_size, PROT_READ | PROT_WRITE) == 0 ? 0 : errno;
}

/// Tries to map the memory once more. \return 0 or errno.
int map_again(int fd, int protection) {
  void* const base = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return errno;
  ::munmap(base, size);
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_has_a_page_for_the_supervisor_and_one_for_each_slot) {
  const ScoreboardMemory memory = created();
  const Scoreboard board = memory.view();
  BOOST_TEST(static_cast<void*>(board.slots) == static_cast<void*>(board.head + 1));
  BOOST_TEST(::lseek(memory.fd(), 0, SEEK_END) == static_cast<off_t>(size));
  BOOST_TEST((::fcntl(memory.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(it_begins_with_frames_wanted_and_nothing_counted) {
  const ScoreboardMemory memory = created();
  const Scoreboard board = memory.view();
  BOOST_TEST(board.head->frames_wanted.load() == 1U);
  BOOST_TEST(board.head->slot_count.load() == 0U);
  for (std::uint32_t slot = 0; slot < slot_count; ++slot)
    BOOST_TEST((board.slots[slot].counts() == WorkerCounts{}));
}

BOOST_AUTO_TEST_CASE(whoever_has_the_descriptor_cannot_write_to_it_nor_map_it_writable) {
  const ScoreboardMemory memory = created();
  BOOST_TEST(map_again(memory.fd(), PROT_READ) == 0);
  BOOST_TEST(map_again(memory.fd(), PROT_READ | PROT_WRITE) == EPERM);
  const std::string link = "/proc/self/fd/" + std::to_string(memory.fd());
  const UniqueFd reopened{::open(link.c_str(), O_RDWR | O_CLOEXEC)};
  BOOST_TEST_REQUIRE(bool{reopened});
  BOOST_TEST(map_again(reopened.get(), PROT_READ | PROT_WRITE) == EPERM);
  BOOST_TEST(::pwrite(memory.fd(), "x", 1, 0) == -1);
  BOOST_TEST(errno == EPERM);
  BOOST_TEST(::ftruncate(memory.fd(), 0) == -1);
  BOOST_TEST(errno == EPERM);
  BOOST_TEST(::ftruncate(memory.fd(), 2 * size) == -1);
  BOOST_TEST(errno == EPERM);
  BOOST_TEST(::fcntl(memory.fd(), F_ADD_SEALS, F_SEAL_WRITE) == -1);
  BOOST_TEST(errno == EPERM);
}

BOOST_AUTO_TEST_CASE(a_worker_writes_its_own_page_and_no_other_for_good) {
  for (std::uint32_t own = 0; own < slot_count; ++own) {
    BOOST_TEST_INFO_SCOPE("slot " << own);
    ScoreboardMemory memory = created();
    const Scoreboard board = memory.view();
    board.head->slot_count.store(slot_count);
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) board.slots[slot].entries.store(slot);
    BOOST_TEST(memory.restrict_to(own));
    BOOST_TEST(memory.fd() == -1);
    board.slots[own].entries.store(100);
    BOOST_TEST(make_writable(board.head) == EACCES);
    BOOST_TEST(board.head->slot_count.load() == slot_count);
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) {
      BOOST_TEST(make_writable(&board.slots[slot]) == (slot == own ? 0 : EACCES));
      BOOST_TEST(board.slots[slot].entries.load() == (slot == own ? 100 : slot));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_pool_of_one_can_be_restricted) {
  ScoreboardMemory memory = created(1);
  BOOST_TEST(memory.restrict_to(0));
  memory.view().slots[0].entries.store(1);
  BOOST_TEST(make_writable(memory.view().head) == EACCES);
}

BOOST_AUTO_TEST_CASE(memory_moves_with_its_owner) {
  ScoreboardMemory first = created();
  first.view().slots[2].entries.store(9);
  const ScoreboardMemory second = std::move(first);
  BOOST_TEST(second.view().slots[2].entries.load() == 9U);
}

BOOST_AUTO_TEST_SUITE_END()
