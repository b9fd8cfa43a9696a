#define BOOST_TEST_MODULE brood
#include <boost/test/unit_test.hpp>
