#pragma once
// base: level 0. Small tools without a word of the domain: results, descriptors, time, chance,
// units, text. No logging, no system call beyond close() and the clock.

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>
#include <cerrno>
#include <string>

namespace brood {

/// An operating error: expected, returned, never thrown across a layer. (A programmer's error is
/// an assert.) `operation` is a static string that names what failed: "fork", "bind".
struct Failure {
  boost::system::error_code code;
  const char* operation = "";

  /// "fork: Resource temporarily unavailable"
  std::string text() const { return std::string(operation) + ": " + code.message(); }
};

template <class T>
using Result = boost::system::result<T, Failure>;  // C++20 has no std::expected.

/// The failure that errno names. Call it before anything else can set errno.
inline Failure failure_from_errno(const char* operation) noexcept {
  return {.code = {errno, boost::system::system_category()}, .operation = operation};
}

/// Found by argument-dependent lookup: makes Result::value() throw, for tests.
[[noreturn]] inline void throw_exception_from_error(const Failure& failure,
                                                    const boost::source_location& where) {
  boost::throw_exception(boost::system::system_error(failure.code, failure.operation), where);
}

}  // namespace brood
