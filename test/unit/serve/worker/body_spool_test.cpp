#include "serve/worker/body_spool.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

using namespace brood;

BOOST_AUTO_TEST_SUITE(body_spool)

namespace {

std::string content(const RequestBody& body) {
  if (body.file < 0) return std::string(body.bytes);
  std::string text(body.size + 1, '\0');
  const ssize_t size = ::read(body.file, text.data(), text.size());
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_put_in_comes_out_whatever_the_pieces) {
  for (const std::size_t piece : {1UL, 1000UL, 16UL * 1024, 70'000UL}) {
    for (const std::size_t size : {0UL, 10UL, 64UL * 1024, 64UL * 1024 + 1, 200'000UL}) {
      BOOST_TEST_CONTEXT(size << " bytes in pieces of " << piece) {
        BodySpool spool;
        spool.start({});
        std::string text;
        for (std::size_t at = 0; at < size; ++at) text += static_cast<char>('a' + at % 26);
        for (std::size_t at = 0; at < size; at += piece)
          BOOST_TEST(spool.append(std::string_view(text).substr(at, piece)) == 0);
        BOOST_TEST(spool.finish() == 0);
        const RequestBody body = spool.whole();
        BOOST_TEST((body.file < 0) == (size <= 64UL * 1024));
        BOOST_TEST(body.size == size);
        BOOST_TEST((content(body) == text));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_of_the_handlers_choice_gets_all_of_it) {
  const UniqueFd file{::memfd_create("body", MFD_CLOEXEC)};
  BodySpool spool;
  spool.start(UniqueFd(::dup(file.get())));
  BOOST_TEST(spool.append("abc") == 0);
  BOOST_TEST(spool.finish() == 0);
  BOOST_TEST(content(spool.whole()) == "abc");
  spool.clear();
  BOOST_TEST(spool.whole().size == 0U);
  BOOST_TEST(spool.whole().file == -1);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_file_is_told_at_the_latest_when_it_is_whole) {
  BodySpool spool;
  spool.start(UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)));
  BOOST_TEST(spool.append("abc") == 0);
  BOOST_TEST(spool.finish() == ENOSPC);
  spool.start(UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)));
  BOOST_TEST(spool.append(std::string(20'000, 'x')) == ENOSPC);
}

BOOST_AUTO_TEST_CASE(nothing_of_one_body_is_left_for_the_next) {
  BodySpool spool;
  spool.start({});
  BOOST_TEST(spool.append(std::string(100'000, 'x')) == 0);
  spool.start({});
  BOOST_TEST(spool.append("abc") == 0);
  BOOST_TEST(spool.finish() == 0);
  BOOST_TEST(content(spool.whole()) == "abc");
}

BOOST_AUTO_TEST_SUITE_END()
