#include "http/status_line.hpp"

#include "http/characters.hpp"
#include "http/version.hpp"

namespace brood {

Refusal parse_status_line(std::string_view line, StatusLine& response) noexcept {
  constexpr Refusal malformed{502, "the status line is malformed"};
  const Version version = read_version(line.substr(0, 8));
  if (version.major < 0) return malformed;
  if (version.major != 1) return {502, "the server speaks another version of HTTP"};
  response.is_http_1_0 = version.minor == 0;

  line.remove_prefix(8);  // SP 3DIGIT [ SP reason-phrase ]
  if (line.size() < 4 || line[0] != ' ' || !characters::all(line.substr(1, 3), characters::digit))
    return malformed;
  response.status = (line[1] - '0') * 100 + (line[2] - '0') * 10 + (line[3] - '0');
  if (response.status < 100 || response.status > 599) return {502, "the status is out of range"};
  line.remove_prefix(4);
  response.reason = line.substr(line.empty() ? 0 : 1);
  const bool is_sound = line.empty() || line[0] == ' ';
  return is_sound && characters::all(response.reason, characters::field_value) ? Refusal{}
                                                                               : malformed;
}

}  // namespace brood
