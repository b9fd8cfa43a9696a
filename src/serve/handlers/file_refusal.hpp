#pragma once

#include <boost/system/result.hpp>
#include <optional>

#include "base/result.hpp"

namespace brood {

/// Why a request for a file comes to nothing.
struct FileRefusal {
  int status = 500;
  std::optional<Failure> failure{};  ///< Of a system call; the operator should know it above 499.
};

template <class T>
using FileOutcome = boost::system::result<T, FileRefusal>;

/// What a client is told of such a failure of a system call.
FileRefusal refusal_of(const Failure& failure) noexcept;

}  // namespace brood
