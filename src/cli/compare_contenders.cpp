#include "cli/compare_contenders.hpp"

#include <algorithm>
#include <array>

#include "cli/serve_options.hpp"

namespace brood {
namespace {

/// What `compare` has to know of a model; the rest is the model's own.
struct ModelTraits {
  std::string_view name;
  bool is_pool = false;
  bool has_connections = false;
};

constexpr ModelTraits model_traits[]{{"prefork", true, false}, {"prefork-epoll", true, true}};

std::string text_of(std::uint32_t number) {
  return std::to_string(number);
}

std::vector<std::string> serve_words(const ModelTraits& model, const Sizing& sizing,
                                     const std::string& policy) {
  std::vector<std::string> words{"--model", std::string(model.name)};
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {std::string("--") + option, value});
  };
  if (model.is_pool) {
    add("start-workers", text_of(sizing.workers_first));
    add("min-spare", text_of(sizing.workers_first));
    add("max-spare", text_of(sizing.workers));
    add("max-workers", text_of(sizing.workers));
    add("policy", policy);
  }
  if (model.has_connections) add("connections-per-worker", text_of(std::max(1024U, sizing.places)));
  add("listen", "127.0.0.1:" + std::to_string(sizing.port));
  add("verbose", "off");
  add("log-level", "warn");
  // A client that says nothing is part of what is measured.
  add("keep-alive-timeout", "10m");
  return words;
}

}  // namespace

std::vector<std::string_view> model_names() {
  std::vector<std::string_view> names;
  for (const ModelTraits& model : model_traits) names.push_back(model.name);
  return names;
}

std::vector<Contender> contenders_of(const std::vector<std::string>& names,
                                     const std::string& policy) {
  std::vector<Contender> contenders;
  for (const ModelTraits& model : model_traits) {
    if (std::ranges::find(names, model.name) == names.end()) continue;
    Contender contender{.name = std::string(model.name),
                        .contests = {Contest::models},
                        .words = [&model, policy](const Sizing& sizing) {
                          return serve_words(model, sizing, policy);
                        }};
    if (&model == model_traits)
      contender.contests = {Contest::models, Contest::bounds, Contest::pools};
    contenders.push_back(std::move(contender));
  }
  return contenders;
}

std::span<const PeerServer> peer_servers() {
  static const std::array<PeerServer, 2> peers{
      {{"gunicorn-sync", "gunicorn", {"--workers", "2", "--worker-class", "sync"}},
       {"gunicorn-gthread",
        "gunicorn",
        {"--workers", "1", "--worker-class", "gthread", "--threads", "2"}}}};
  return peers;
}

Contender contender_of(const PeerServer& peer, const std::string& folder) {
  return {.name = std::string(peer.name),
          .contests = {Contest::peers},
          .words =
              [&peer, folder](const Sizing& sizing) {
                std::vector<std::string> words{std::string(peer.program), "--chdir", folder,
                                               "--bind",
                                               "127.0.0.1:" + std::to_string(sizing.port)};
                words.insert(words.end(), peer.strategy.begin(), peer.strategy.end());
                words.emplace_back("interpreter_app:app");
                return words;
              },
          .is_program = true};
}

std::string_view interpreter_application() {
  return "def app(environ, start_response):\n"
         "    total = 0\n"
         "    for number in range(20000):\n"
         "        total += number * number\n"
         "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
         "    return [str(total).encode()]\n";
}

}  // namespace brood
