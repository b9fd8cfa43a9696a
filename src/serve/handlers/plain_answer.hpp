#pragma once

#include <brood/response.hpp>

namespace brood {

/// "404 Not Found" as a line of text.
Response plain_answer(int status);

}  // namespace brood
