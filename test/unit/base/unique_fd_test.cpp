#include <brood/unique_fd.hpp>

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <type_traits>
#include <utility>

BOOST_AUTO_TEST_SUITE(unique_fd)

namespace {

using namespace brood;

int open_null() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  BOOST_TEST_REQUIRE(fd >= 0);
  return fd;
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_closes_what_it_owns_at_its_end) {
  const int fd = open_null();
  {
    const UniqueFd owner{fd};
    BOOST_TEST(owner.get() == fd);
    BOOST_TEST(bool{owner});
    BOOST_TEST(is_open(fd));
  }
  BOOST_TEST(!is_open(fd));
}

BOOST_AUTO_TEST_CASE(an_empty_one_owns_nothing) {
  const UniqueFd empty;
  BOOST_TEST(empty.get() == -1);
  BOOST_TEST(!empty);
  BOOST_TEST(bool{UniqueFd{0}.release() == 0}, "0 is a descriptor like any other");
}

BOOST_AUTO_TEST_CASE(moving_hands_the_descriptor_over) {
  const int fd = open_null();
  UniqueFd first{fd};
  UniqueFd second{std::move(first)};
  BOOST_TEST(!first);
  BOOST_TEST(second.get() == fd);
  const int replaced = open_null();
  UniqueFd third{replaced};
  third = std::move(second);
  BOOST_TEST(!second);
  BOOST_TEST(third.get() == fd);
  BOOST_TEST(!is_open(replaced), "what it owned before is closed");
  BOOST_TEST(is_open(fd));
}

BOOST_AUTO_TEST_CASE(moving_onto_itself_changes_nothing) {
  const int fd = open_null();
  UniqueFd owner{fd};
  UniqueFd& same = owner;
  owner = std::move(same);
  BOOST_TEST(owner.get() == fd);
  BOOST_TEST(is_open(fd));
}

BOOST_AUTO_TEST_CASE(a_released_descriptor_stays_open) {
  UniqueFd owner{open_null()};
  const int fd = owner.release();
  BOOST_TEST(!owner);
  BOOST_TEST(is_open(fd));
  owner.reset(fd);
  owner.reset();
  BOOST_TEST(!owner);
  BOOST_TEST(!is_open(fd));
  owner.reset();  // Again is no harm.
}

BOOST_AUTO_TEST_CASE(there_is_one_owner_at_a_time) {
  BOOST_TEST(!std::is_copy_constructible_v<UniqueFd>);
  BOOST_TEST(!std::is_copy_assignable_v<UniqueFd>);
  BOOST_TEST(std::is_nothrow_move_constructible_v<UniqueFd>);
  BOOST_TEST((!std::is_convertible_v<int, UniqueFd>), "a number does not become an owner unasked");
}

BOOST_AUTO_TEST_SUITE_END()
