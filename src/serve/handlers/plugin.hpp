#pragma once

#include <brood/plugin.h>
#include <brood/handler.hpp>

#include <optional>
#include <string>

#include "serve/handlers/plugin_exchange.hpp"

namespace brood {

/// Answers with a shared library, as brood/plugin.h describes it.
class PluginHandler final : public Handler {
 public:
  /// \param argument handed to the plugin's start()
  PluginHandler(std::string path, std::string argument)
      : path_(std::move(path)), argument_(std::move(argument)) {}

  /// Loads the library. \throw std::runtime_error if it is no plugin, or its start() fails
  void on_start(const WorkerInfo& worker) override;
  void on_exit() override;
  Admission admit(const Request& request) override;
  /// \throw std::runtime_error if the plugin's handle() fails
  Response handle(const Request& request) override;

 private:
  std::string path_;
  std::string argument_;
  std::optional<PluginWorker> worker_;
  const struct brood_plugin* plugin_ = nullptr;
  void* state_ = nullptr;
  FieldNames names_;
};

}  // namespace brood
