#include "serve/handlers/plugin_exchange.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

namespace brood {
namespace {

brood_text to_text(std::string_view view) noexcept {
  return {.data = view.data(), .size = view.size()};
}

/// A body that the plugin gives; tells it when nobody wants it any more.
class Pull {
 public:
  explicit Pull(const brood_pull& pull) noexcept : pull_(pull) {}
  Pull(Pull&& other) noexcept : pull_(std::exchange(other.pull_, {})) {}
  Pull& operator=(Pull&&) = delete;
  ~Pull() {
    if (pull_.done != nullptr) pull_.done(pull_.context);
  }

  std::size_t read(std::span<char> space) const {
    const std::int64_t size = pull_.read(pull_.context, space.data(), space.size());
    if (size < 0) throw std::runtime_error("the plugin's read() failed");
    if (std::cmp_greater(size, space.size()))
      throw std::runtime_error("the plugin's read() says that it filled more than there was");
    return static_cast<std::size_t>(size);
  }

 private:
  brood_pull pull_;
};

PulledBody pulled(const brood_pull& pull) {
  const auto kept = std::make_shared<Pull>(Pull{pull});
  PulledBody body;
  body.read = [kept](std::span<char> space) { return kept->read(space); };
  if (pull.size >= 0) body.size = static_cast<std::uint64_t>(pull.size);
  return body;
}

}  // namespace

PluginWorker::PluginWorker(const WorkerInfo& info) : brood_worker{}, note_(info.note) {
  slot = info.slot;
  pid = info.pid;
  note = [](const brood_worker* self, const char* text) {
    static_cast<const PluginWorker*>(self)->note_(text);
  };
}

PluginRequest::PluginRequest(const Request& request) : brood_request{}, request_(request) {
  method = to_text(request.method);
  target = to_text(request.target);
  path = to_text(request.path);
  query = to_text(request.query);
  host = to_text(request.host);
  is_http_1_0 = request.is_http_1_0 ? 1 : 0;
  fields_.reserve(request.fields.size());
  for (const FieldView& one : request.fields)
    fields_.push_back({.name = to_text(one.name), .value = to_text(one.value)});
  fields = fields_.data();
  field_count = fields_.size();
  body = to_text(request.body.bytes);
  body_file = request.body.file;
  body_size = request.body.size;
  connection_count = request.connection_count;
  field = [](const brood_request* self, const char* name) {
    const Request& asked = static_cast<const PluginRequest*>(self)->request_;
    return to_text(asked.field(name).value_or(std::string_view{}));
  };
  client = [](const brood_request* self, brood_peer* peer) {
    static_cast<const PluginRequest*>(self)->ask_client(*peer);
  };
}

void PluginRequest::ask_client(brood_peer& peer) const {
  peer = {};
  if (request_.connection == nullptr) return;
  const Peer asked = request_.connection->client();
  asked.host.copy(peer.host, sizeof peer.host - 1);
  peer.port = asked.port;
}

template <class Fill>
void PluginResponse::fill(brood_response* self, Fill fill) noexcept {
  auto& response = *static_cast<PluginResponse*>(self);
  try {
    fill(response);
  } catch (...) {
    response.failure_ = std::current_exception();
  }
}

PluginResponse::PluginResponse(FieldNames& names) : brood_response{}, names_(names) {
  status = response_.status;
  add_field = [](brood_response* self, const char* name, const char* value) {
    fill(self, [&](PluginResponse& to) {
      to.response_.fields.push_back({.name = *to.names_.insert(name).first, .value = value});
    });
  };
  add_body = [](brood_response* self, const void* bytes, std::size_t size) {
    fill(self, [&](PluginResponse& to) { to.append({static_cast<const char*>(bytes), size}); });
  };
  pull_body = [](brood_response* self, const brood_pull* pull) {
    fill(self, [&](PluginResponse& to) { to.response_.body = pulled(*pull); });
  };
}

void PluginResponse::append(std::string_view bytes) {
  auto* whole = std::get_if<std::string>(&response_.body);
  if (whole == nullptr) whole = &response_.body.emplace<std::string>();
  whole->append(bytes);
}

Response PluginResponse::take() {
  if (failure_) std::rethrow_exception(failure_);
  response_.status = status;
  return std::move(response_);
}

}  // namespace brood
