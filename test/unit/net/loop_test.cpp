#include "net/loop.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>

BOOST_AUTO_TEST_SUITE(loop)

namespace {

using namespace brood;

/// Notes that it goes on, and does what it is told to then.
class Teller final : public Watcher {
 public:
  Teller(Loop& loop, std::string& told, char name) : Watcher(loop), told_(told), name_(name) {}

  std::function<void()> then;

 private:
  void on_event(std::uint32_t events) override {
    BOOST_TEST(events == 0U);
    told_ += name_;
    if (then) then();
  }

  std::string& told_;
  char name_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(who_is_made_to_go_on_does_so_behind_all_that_is_at_work) {
  Loop loop;
  std::string told;
  Teller a(loop, told, 'a');
  Teller b(loop, told, 'b');
  Teller c(loop, told, 'c');
  a.then = [&] {
    loop.soon(c);
    told += '.';  // Nobody was run from within.
  };
  c.then = [&] { loop.stop(); };
  loop.post([&] {
    loop.soon(a);
    loop.soon(b);
    told += '-';
  });
  loop.run();
  BOOST_TEST(told == "-a.bc", "all of it in one turn, in the order in which it was said");
}

BOOST_AUTO_TEST_CASE(who_is_buried_meanwhile_is_told_nothing) {
  Loop loop;
  std::string told;
  Teller last(loop, told, 'z');
  last.then = [&] { loop.stop(); };
  loop.post([&] {
    auto gone = std::make_unique<Teller>(loop, told, 'g');
    loop.soon(*gone);
    loop.bury(std::move(gone));
    loop.soon(last);
  });
  loop.run();
  BOOST_TEST(told == "z");
}

BOOST_AUTO_TEST_SUITE_END()
