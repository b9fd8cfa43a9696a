// What it takes to read one request's head, in one process and in turns: the whole way of the
// server's session up to `head`, a bare subclass of Beast's basic_parser that stores views (and
// checks neither Host nor framing nor the target), and Beast's request_parser as a server would
// use it. Prints "NAME NS NS ..." for each: nanoseconds a head, one figure a round.

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/server_session.hpp"

namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;
using boost::system::error_code;

constexpr std::string_view request =
    "GET /articles/24/index.html?l=e HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\n"
    "Accept: text/html,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, br\r\n"
    "DNT: 1\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: id=a3fW; theme=dark\r\n"
    "Cache-Control: max-age=0\r\n"
    "\r\n";
static_assert(request.size() == 303);

/// Keeps what a parser has found from being optimised away, and stops at a parser that fails.
void check(bool good, std::size_t field_count) {
  if (good && field_count == 9) return;
  std::fputs("the request was not read\n", stderr);
  std::exit(1);
}

class SessionReader {
 public:
  SessionReader() : session_(brood::SessionLimits{}) {}

  void read() {
    session_.start();
    std::memcpy(session_.space().data(), request.data(), request.size());
    session_.received(request.size());
    const brood::ServerSession::Step step = session_.next();
    check(step == brood::ServerSession::Step::head, session_.head().fields.size());
  }

 private:
  brood::ServerSession session_;
};

struct ViewParser final : http::basic_parser<true> {
  explicit ViewParser(std::vector<brood::FieldView>& storage) : fields(storage) { fields.clear(); }

  void on_request_impl(http::verb, BeastView method_text, BeastView target_text, int,
                       error_code&) override {
    method = {method_text.data(), method_text.size()};
    target = {target_text.data(), target_text.size()};
  }
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_field_impl(http::field, BeastView name, BeastView value, error_code&) override {
    fields.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  std::string_view method, target;
  std::vector<brood::FieldView>& fields;
};

class BeastViewReader {
 public:
  void read() {
    std::memcpy(input_.data(), request.data(), request.size());
    ViewParser parser{fields_};
    error_code error;
    parser.put(boost::asio::const_buffer(input_.data(), request.size()), error);
    check(!error && parser.is_header_done() && parser.target.size() > 1, fields_.size());
  }

 private:
  std::vector<char> input_ = std::vector<char>(16UL * 1024);
  std::vector<brood::FieldView> fields_;
};

class BeastRequestReader {
 public:
  void read() {
    std::memcpy(input_.data(), request.data(), request.size());
    http::request_parser<http::empty_body> parser;
    error_code error;
    parser.put(boost::asio::const_buffer(input_.data(), request.size()), error);
    const auto& fields = parser.get();
    check(!error && parser.is_header_done(),
          static_cast<std::size_t>(std::distance(fields.begin(), fields.end())));
  }

 private:
  std::vector<char> input_ = std::vector<char>(16UL * 1024);
};

template <class Reader>
double time_round(Reader& reader, int heads) {
  const brood::TimePoint begun = brood::steady_now();
  for (int at = 0; at < heads; ++at) reader.read();
  return static_cast<double>((brood::steady_now() - begun).count()) / heads;
}

void print(const char* name, const std::vector<double>& times_ns) {
  std::printf("%s", name);
  for (const double time_ns : times_ns) std::printf(" %.1f", time_ns);
  std::printf("\n");
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || number(argv[1]) < 1 || number(argv[2]) < 1) {
    std::fprintf(stderr, "usage: %s ROUNDS HEADS_A_ROUND\n", argv[0]);
    return 2;
  }
  SessionReader session;
  BeastViewReader beast_views;
  BeastRequestReader beast_request;
  std::vector<double> of_session, of_beast_views, of_beast_request;
  for (int round = number(argv[1]); round > 0; --round) {
    of_session.push_back(time_round(session, number(argv[2])));
    of_beast_views.push_back(time_round(beast_views, number(argv[2])));
    of_beast_request.push_back(time_round(beast_request, number(argv[2])));
  }
  print("session", of_session);
  print("beast_views", of_beast_views);
  print("beast_request", of_beast_request);
  return 0;
}
