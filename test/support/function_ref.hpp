#pragma once

#include <concepts>
#include <functional>

namespace brood::test {

/// A callable of somebody else, for as long as a call lasts. A std::function would be a dozen
/// functions to compile for each lambda, and tests have hundreds.
template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <std::invocable<Args...> F>
  requires std::convertible_to<std::invoke_result_t<const F&, Args...>, R> FunctionRef(
      const F& callable)  // NOLINT(google-explicit-constructor): as std::function.
      : callable_(&callable), call_([](const void* self, Args... args) -> R {
          return (*static_cast<const F*>(self))(args...);
        }) {}

  R operator()(Args... args) const { return call_(callable_, args...); }

 private:
  const void* callable_;
  R (*call_)(const void*, Args...);
};

}  // namespace brood::test
