#pragma once

#include <string>
#include <string_view>

namespace brood {

/// How answers of a control socket look for a person. Whatever a server of another version leaves
/// out is left out here.
std::string status_view(std::string_view json);
std::string dump_view(std::string_view json);
/// In one line, as are the next two.
std::string health_view(std::string_view json);
/// What an order was answered with; empty: nothing but that it is done.
std::string note_view(std::string_view json);
/// Why it was refused.
std::string error_view(std::string_view json);

/// How the roll, the growth or the end of a server gets on, in a few words; empty: not known.
std::string progress_view(std::string_view json);

}  // namespace brood
