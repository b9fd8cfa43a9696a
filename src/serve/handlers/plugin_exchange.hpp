#pragma once
// The values of include/brood as the structs of brood/plugin.h. Each begins with the C struct that
// the plugin sees; the functions in it find their object by that.

#include <brood/plugin.h>
#include <brood/handler.hpp>

#include <exception>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace brood {

/// What a plugin is told of its worker.
class PluginWorker : public brood_worker {
 public:
  explicit PluginWorker(const WorkerInfo& info);

 private:
  std::function<void(std::string_view)> note_;
};

/// A request, for as long as that lives.
class PluginRequest : public brood_request {
 public:
  explicit PluginRequest(const Request& request);
  PluginRequest(const PluginRequest&) = delete;
  PluginRequest& operator=(const PluginRequest&) = delete;

 private:
  void ask_client(brood_peer& peer) const;

  const Request& request_;
  std::vector<brood_field> fields_;
};

/// Names of fields, kept for a worker's life: a Response only refers to them.
using FieldNames = std::set<std::string, std::less<>>;

/// The response that a plugin fills.
class PluginResponse : public brood_response {
 public:
  explicit PluginResponse(FieldNames& names);
  PluginResponse(const PluginResponse&) = delete;
  PluginResponse& operator=(const PluginResponse&) = delete;

  /// Takes it when the plugin is done. \throw what was met while it was filled: a plugin in C could
  /// not be unwound then.
  Response take();

 private:
  template <class Fill>
  static void fill(brood_response* self, Fill fill) noexcept;
  void append(std::string_view bytes);

  FieldNames& names_;
  Response response_;
  std::exception_ptr failure_;  // Such as std::bad_alloc.
};

}  // namespace brood
