#pragma once

#include "cli/serve_options.hpp"
#include "os/listener.hpp"
#include "serve/supervisor/settings.hpp"
#include "serve/worker/settings.hpp"

namespace brood {

/// How many connections a worker may have open at once.
std::uint32_t capacity(const ServeOptions& options);

// What the parts of a server are told of the options.
SupervisorSettings supervisor_settings(const ServeOptions& options);
WorkerSettings worker_settings(const ServeOptions& options);
ListenSettings listen_settings(const ServeOptions& options);

/// `auto` comes to on or off. \param is_for_person see Log.
void settle_verbose(ServeOptions& options, bool is_for_person) noexcept;

}  // namespace brood
