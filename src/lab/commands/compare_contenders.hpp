#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/compare/contender.hpp"

namespace brood {

/// What `--model` can name.
std::vector<std::string_view> model_names();

/// The models of `--model`, as servers that can be measured; where a model's bound can be lifted,
/// once more without it, as NAME-unlimited.
/// \param names of models that there are \param policy of pools that grow
std::vector<Contender> contenders_of(const std::vector<std::string>& names,
                                     const std::string& policy);

/// Another server, in a language with a global interpreter lock.
struct PeerServer {
  std::string_view name;
  std::string_view program;           ///< Looked for in PATH.
  std::vector<std::string> strategy;  ///< Two processes, or two threads.
};

std::span<const PeerServer> peer_servers();

/// \param folder has the file that holds interpreter_application(), named interpreter_app.py.
Contender contender_of(const PeerServer& peer, const std::string& folder);

/// What the peers serve: a WSGI application that does arithmetic for about a millisecond.
std::string_view interpreter_application();

}  // namespace brood
