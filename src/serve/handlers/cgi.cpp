#include "serve/handlers/cgi.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "http/status.hpp"
#include "os/lived_clock.hpp"
#include "serve/handlers/cgi_redirect.hpp"

namespace brood {
namespace {

/// Programs that send each other around in a circle are stopped here.
constexpr int redirects_max = 10;

Response refusal(int status) {
  Response response{.status = status};
  response.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.body = std::to_string(status) + ' ' + std::string(reason_phrase(status)) + '\n';
  return response;
}

/// What a client is told when a program could not be started.
int status_of(const Failure& failure) noexcept {
  switch (failure.code.value()) {
    case EACCES: return 403;
    case E2BIG: return 431;
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ETXTBSY: return 503;
    default: return 500;
  }
}

/// A file and not a pipe: a program that writes before it has read all never waits for us.
Result<UniqueFd> make_input(const RequestBody& body) {
  UniqueFd input;
  if (body.file >= 0)
    input.reset(::fcntl(body.file, F_DUPFD_CLOEXEC, 3));
  else if (body.size > 0)
    input.reset(::memfd_create("request-body", MFD_CLOEXEC));
  else
    input.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input) return failure_from_errno("stdin");
  std::string_view rest = body.file >= 0 ? std::string_view{} : body.bytes;
  while (!rest.empty()) {
    const ssize_t size = ::write(input.get(), rest.data(), rest.size());
    if (size < 0 && errno != EINTR) return failure_from_errno("stdin");
    rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }
  ::lseek(input.get(), 0, SEEK_SET);
  return input;
}

}  // namespace

void CgiHandler::on_start(const WorkerInfo& worker) {
  worker_ = worker;
  root_ = CgiRoot::open(settings_.root).value();
}

void CgiHandler::on_exit() {
  reaper_->finish();
  note_ended();
}

/// Of programs that took their time: there is no better moment than the next request.
void CgiHandler::note_ended() {
  for (const ProgramReaper::Ended& ended : reaper_->take_ended())
    brood::note_ended(ended, worker_.note);
}

Admission CgiHandler::admit(const Request& request) {
  const auto found = root_.find(request.path);
  if (const int* status = std::get_if<int>(&found)) return {.status = *status};
  return {.wants_body = true};
}

Response CgiHandler::handle(const Request& request) {
  note_ended();
  const bool is_limited = settings_.timeout.count() > 0;
  const TimePoint deadline = is_limited ? lived_now() + settings_.timeout
                                        : TimePoint{std::numeric_limits<std::int64_t>::max()};
  std::string location;
  std::vector<FieldView> fields;
  Request asked = request;
  for (int redirects = 0; redirects <= redirects_max; ++redirects) {
    Started started = run(asked, deadline);
    if (const int* status = std::get_if<int>(&started)) return refusal(*status);
    const auto& program = std::get<std::shared_ptr<CgiRun>>(started);
    if (!is_local_redirect(program->head())) return answer(program);
    if (const int status = program->finish(deadline)) return refusal(status);
    location = program->head().location;
    const auto next = redirected(request, location, fields);
    if (!next) {
      program->note("Location is no path: " + location);
      return refusal(502);
    }
    asked = *next;
  }
  worker_.note("cgi: " + std::string(request.path) + ": too many local redirects");
  return refusal(502);
}

CgiHandler::Started CgiHandler::run(const Request& request, TimePoint deadline) {
  auto found = root_.find(request.path);
  if (const int* status = std::get_if<int>(&found)) return *status;
  Started started = start(request, std::get<CgiProgram>(found));
  if (const auto* program = std::get_if<std::shared_ptr<CgiRun>>(&started))
    if (const int status = (*program)->read_head(settings_.head_limits, deadline)) return status;
  return started;
}

CgiHandler::Started CgiHandler::start(const Request& request, const CgiProgram& program) {
  const std::string& name = program.script_name.empty() ? program.file : program.script_name;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(name, failure_from_errno("stdout"));
  UniqueFd output{ends[0]};
  const UniqueFd stdout_end{ends[1]};
  const auto input = make_input(request.body);
  if (!input) return fail(name, input.error());
  auto started = Program::start(
      {.path = program.file,
       .environment = to_environment(
           settings_.handed, cgi_variables(request, program, root_.translate(program.path_info),
                                           settings_.hands_authorization)),
       .directory = program.directory.get(),
       .input = input->get(),
       .output = stdout_end.get(),
       .descriptor_limit = settings_.descriptor_limit});
  if (!started) return fail(name, started.error());
  return std::make_shared<CgiRun>(std::move(*started), std::move(output), name, worker_.note,
                                  reaper_);
}

int CgiHandler::fail(const std::string& name, const Failure& failure) const {
  worker_.note("cgi: " + name + ": cannot be started: " + failure.text());
  return status_of(failure);
}

Response CgiHandler::answer(const std::shared_ptr<CgiRun>& run) const {
  const CgiHead& head = run->head();
  const std::uint64_t size_max =
      settings_.output_max > 0 ? settings_.output_max : std::numeric_limits<std::uint64_t>::max();
  if (head.content_length.value_or(0) > size_max) {
    run->note("Content-Length is above cgi-max-output");
    return refusal(502);
  }
  Response response{.status = head.status};
  if (!head.location.empty()) response.fields.push_back({"Location", head.location});
  for (const auto& [name, value] : head.fields) response.fields.push_back({name, value});
  response.body = StreamedBody{.head = run->take_body_begin(),
                               .source = run->take_source(),
                               .size = head.content_length,
                               .size_max = size_max,
                               .silence_max = settings_.timeout,
                               .is_whole = [run] { return run->is_whole(); },
                               .owner = run};
  return response;
}

}  // namespace brood
