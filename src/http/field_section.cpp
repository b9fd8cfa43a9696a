#include "http/field_section.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "http/characters.hpp"

namespace brood {
namespace {

namespace beast_http = boost::beast::http;
using boost::system::error_code;
using BeastView = boost::beast::string_view;

/// Beast's parser, kept to the fields, which it hands on as views. The request line is read
/// elsewhere (Beast takes targets that are none, and refuses HTTP/1.2) and bodies too.
class FieldParser final : public beast_http::basic_parser<true> {
 public:
  FieldParser(std::vector<FieldView>& fields, std::size_t section_size) : fields_(fields) {
    constexpr std::string_view any_line = "GET / HTTP/1.1\r\n";
    skip(true);
    header_limit(static_cast<std::uint32_t>(section_size + any_line.size()));
    error_code needs_more;
    put(boost::asio::const_buffer(any_line.data(), any_line.size()), needs_more);
  }

 private:
  void on_request_impl(beast_http::verb, BeastView, BeastView, int, error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_field_impl(beast_http::field, BeastView name, BeastView value, error_code&) override {
    fields_.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::vector<FieldView>& fields_;
};

/// Beast has one error for a Content-Length that is no number and for one that is too large.
Refusal judge_bad_length(std::string_view line) noexcept {
  const auto colon = line.find(':');
  const std::string_view value =
      characters::trimmed(line.substr(colon + 1, line.find('\r') - colon - 1));
  const bool is_large = value.size() > 19 && characters::all(value, characters::digit);
  return is_large ? Refusal{413, "the body is too large"}
                  : Refusal{400, "the body's length is malformed or ambiguous"};
}

}  // namespace

Refusal split_fields(std::string_view section, std::vector<FieldView>& fields) {
  fields.clear();
  FieldParser parser(fields, section.size());
  error_code error;
  const std::size_t good = parser.put(boost::asio::buffer(section), error);
  if (!error && good == section.size()) return {};
  if (error == beast_http::error::bad_content_length) return judge_bad_length(section.substr(good));
  return {400, "a field is malformed"};
}

}  // namespace brood
