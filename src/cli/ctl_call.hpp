#pragma once

#include <boost/json/object.hpp>
#include <iosfwd>

#include "cli/complain.hpp"
#include "cli/ctl_server.hpp"
#include "cli/ctl_verb.hpp"

namespace brood {

/// Asks the server, waits until it has happened, and shows what came of it. \param body of the
/// request. \param is_json the answer is shown as it came. \return the exit status.
int call_server(const CtlVerb& verb, const CtlServer& server, const boost::json::object& body,
                bool is_json, std::ostream& out, const Complain& complain);

}  // namespace brood
