#include "lab/commands/compare_contenders.hpp"

#include <algorithm>
#include <array>

#include "serve/models/models.hpp"

namespace brood {
namespace {

std::string text_of(std::uint32_t number) {
  return number == unlimited ? "unlimited" : std::to_string(number);
}

/// The options that make a server of that size, as far as the model has them.
std::vector<std::string> serve_words(const Model& model, const Sizing& sizing,
                                     const std::string& policy) {
  std::vector<std::string> words{"--model", std::string(model.name)};
  const auto add = [&](std::string_view option, const std::string& value) {
    words.insert(words.end(), {"--" + std::string(option), value});
  };
  const auto add_if_any = [&](std::string_view option, const std::string& value) {
    if (model.has_option(option)) add(option, value);
  };
  add_if_any("start-workers", text_of(sizing.workers_first));
  add_if_any("min-spare", text_of(sizing.workers_first));
  add_if_any("max-spare", text_of(sizing.workers));
  add_if_any("max-workers", text_of(model.is_pool ? sizing.workers : sizing.places));
  add_if_any("policy", policy);
  add_if_any("threads", text_of(sizing.workers));
  // The default model, which the option is for as well, has one connection at a time.
  if (&model != &models().front())
    add_if_any("connections-per-worker", text_of(std::max(1024U, sizing.places)));
  add("listen", "127.0.0.1:" + std::to_string(sizing.port));
  add("verbose", "off");
  add("log-level", "warn");
  // A client that says nothing is part of what is measured.
  add("keep-alive-timeout", "10m");
  return words;
}

/// Whether what it has open is bounded by a number of workers that may be none at all.
bool has_bound_to_lift(const Model& model) {
  return !model.is_pool && model.has_option("max-workers");
}

Contender contender_of(const Model& model, const std::string& policy) {
  Contender contender{.name = std::string(model.name),
                      .groups = {Entrants::models},
                      .words = [&model, policy](const Sizing& sizing) {
                        return serve_words(model, sizing, policy);
                      }};
  const bool is_first_pool = &model == &models().front();
  if (is_first_pool) contender.groups.push_back(Entrants::pools);
  if (is_first_pool || has_bound_to_lift(model)) contender.groups.push_back(Entrants::bounds);
  return contender;
}

Contender without_bound(const Model& model, const std::string& policy) {
  return {.name = std::string(model.name) + "-unlimited",
          .groups = {Entrants::bounds},
          .words = [&model, policy](Sizing sizing) {
            sizing.places = unlimited;
            return serve_words(model, sizing, policy);
          }};
}

}  // namespace

std::vector<std::string_view> model_names() {
  std::vector<std::string_view> names;
  for (const Model& model : models()) names.push_back(model.name);
  return names;
}

std::vector<Contender> contenders_of(const std::vector<std::string>& names,
                                     const std::string& policy) {
  std::vector<Contender> contenders;
  for (const Model& model : models()) {
    if (std::ranges::find(names, model.name) == names.end()) continue;
    contenders.push_back(contender_of(model, policy));
    if (has_bound_to_lift(model)) contenders.push_back(without_bound(model, policy));
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
          .groups = {Entrants::peers},
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
