#include "serve/handlers/plugin.hpp"

#include <stdexcept>

#include "serve/handlers/plugin_library.hpp"

namespace brood {
namespace {

[[noreturn]] void fail(const struct brood_plugin& plugin, const char* function, int result) {
  throw std::runtime_error(std::string("plugin ") + (plugin.name == nullptr ? "" : plugin.name) +
                           ": " + function + "() returned " + std::to_string(result));
}

}  // namespace

void PluginHandler::on_start(const WorkerInfo& worker) {
  const auto loaded = load_plugin(path_);
  if (const auto* const problem = std::get_if<PluginProblem>(&loaded))
    throw std::runtime_error(path_ + ": " + problem->text);
  plugin_ = std::get<const struct brood_plugin*>(loaded);
  worker_.emplace(worker);
  if (plugin_->start == nullptr) return;
  const int result = plugin_->start(&*worker_, argument_.c_str(), &state_);
  if (result != 0) fail(*plugin_, "start", result);
}

void PluginHandler::on_exit() {
  if (plugin_->stop != nullptr) plugin_->stop(state_);
}

Admission PluginHandler::admit(const Request& request) {
  int wants_body = 1;
  Admission admission;
  if (plugin_->admit != nullptr) {
    const PluginRequest asked(request);
    admission.status = plugin_->admit(state_, &asked, &wants_body);
  }
  admission.wants_body = wants_body != 0;
  return admission;
}

Response PluginHandler::handle(const Request& request) {
  const PluginRequest asked(request);
  PluginResponse response(names_);
  const int result = plugin_->handle(state_, &asked, &response);
  if (result != 0) fail(*plugin_, "handle", result);
  return response.take();
}

}  // namespace brood
