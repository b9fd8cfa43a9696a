#include "serve/handlers/plain_answer.hpp"

#include "http/status.hpp"

namespace brood {

Response plain_answer(int status) {
  Response response;
  response.status = status;
  if (is_bodiless(status)) return response;
  response.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.body = std::to_string(status).append(" ").append(reason_phrase(status)) + '\n';
  return response;
}

}  // namespace brood
