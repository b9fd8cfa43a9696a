// Boost.JSON whole, so that no library of its own is needed to build and to run.
#include <boost/json/src.hpp>
