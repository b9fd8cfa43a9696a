#include "serve/handlers/files.hpp"

#include <fcntl.h>

#include <ctime>
#include <system_error>
#include <utility>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "serve/handlers/accept_encoding.hpp"
#include "serve/handlers/listing.hpp"
#include "serve/handlers/plain_answer.hpp"
#include "serve/handlers/url_path.hpp"

namespace brood {
namespace {

constexpr std::string_view read_methods = "GET, HEAD, OPTIONS";
constexpr std::string_view write_methods = "GET, HEAD, PUT, DELETE, OPTIONS";
constexpr std::string_view index_name = "index.html";
/// A file that fits into one packet gains nothing by being smaller.
constexpr std::uint64_t gzip_least = 1400;

bool is_read(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD";
}

/// `/a b?x` goes to `/a%20b/?x`. From the names and not from the target, so that `//host` cannot
/// become a way to another server.
Response redirect_to_folder(const Request& request, const std::string& names) {
  Response response = plain_answer(301);
  std::string location = '/' + encode_path(names) + '/';
  if (!request.query.empty()) location.append("?").append(request.query);
  response.fields.push_back({"Location", std::move(location)});
  return response;
}

}  // namespace

FilesHandler::FilesHandler(FilesSettings settings)
    : settings_(std::move(settings)), methods_(settings_.writable ? write_methods : read_methods) {}

void FilesHandler::on_start(const WorkerInfo& worker) {
  worker_ = worker;
  auto root = RootFolder::open(settings_.root);
  if (!root) throw std::system_error(root.error().code, settings_.root);
  root_ = std::move(*root);
  SplitMix random{static_cast<std::uint64_t>(worker.pid) ^
                  static_cast<std::uint64_t>(steady_now().ns)};
  boundary_ = std::to_string(random.next()) + std::to_string(random.next());
}

Admission FilesHandler::admit(const Request& request) {
  if (is_read(request.method) || request.method == "OPTIONS") return {};
  const bool is_put = request.method == "PUT";
  if (!settings_.writable || (!is_put && request.method != "DELETE")) {
    Admission refusal;
    refusal.status = 405;
    refusal.fields.push_back({"Allow", std::string(methods_)});
    return refusal;
  }
  if (!is_put) return {};
  auto admission = storage_.admit_put(request);
  if (admission) return std::move(*admission);
  Admission refusal;
  refusal.status = refuse(request, admission.error()).status;
  return refusal;
}

Response FilesHandler::handle(const Request& request) {
  if (is_read(request.method)) return read(request);
  if (request.method == "OPTIONS") {
    Response response = plain_answer(204);
    response.fields.push_back({"Allow", std::string(methods_)});
    return response;
  }
  auto response = request.method == "PUT" ? storage_.put(request) : storage_.remove(request);
  return response ? std::move(*response) : refuse(request, response.error());
}

Response FilesHandler::read(const Request& request) {
  const auto names = decode_path(request.path);
  if (!names) return plain_answer(400);
  if (names_folder(*names)) return read_folder(request, *names);
  auto file = root_.open_beneath(*names, O_RDONLY);
  if (!file) return refuse(request, refusal_of(file.error()));
  switch (file->facts.kind) {
    case FileFacts::Kind::folder: return redirect_to_folder(request, *names);
    case FileFacts::Kind::link:
    case FileFacts::Kind::other: return plain_answer(403);
    case FileFacts::Kind::file: break;
  }
  return send(request, *names, std::move(*file));
}

Response FilesHandler::read_folder(const Request& request, const std::string& names) {
  const std::string index = names + std::string(index_name);
  auto file = root_.open_beneath(index, O_RDONLY);
  if (file && file->facts.kind == FileFacts::Kind::file)
    return send(request, index, std::move(*file));
  if (!file && file.error().code.value() != ENOENT)
    return refuse(request, refusal_of(file.error()));
  if (!settings_.listing) {
    const auto folder = root_.open_beneath(names, O_PATH | O_DIRECTORY);
    return folder ? plain_answer(403) : refuse(request, refusal_of(folder.error()));
  }
  auto entries = list_folder(root_, names);
  if (!entries) return refuse(request, refusal_of(entries.error()));
  Response response;
  response.fields.push_back({"Content-Type", "text/html; charset=utf-8"});
  response.body = render_listing(names, std::move(*entries));
  return response;
}

Response FilesHandler::send(const Request& request, const std::string& names, OpenFile file) {
  FileRepresentation representation{.file = std::move(file),
                                    .content_type = settings_.types->of(names)};
  const FileFacts& plain = representation.file.facts;
  representation.varies = plain.size >= gzip_least;
  if (representation.varies && prefers_gzip(request.fields)) {
    if (auto gzipped = gzipped_sibling(names, plain)) {
      representation.file = std::move(*gzipped);
      representation.is_gzipped = true;
    }
  }
  return answer_with_file(request, std::move(representation), std::time(nullptr), boundary_);
}

/// One that is older than the file itself was made of another.
std::optional<OpenFile> FilesHandler::gzipped_sibling(const std::string& names,
                                                      const FileFacts& plain) const {
  auto file = root_.open_beneath(names + ".gz", O_RDONLY);
  if (!file || file->facts.kind != FileFacts::Kind::file) return std::nullopt;
  if (file->facts.modified_ns < plain.modified_ns) return std::nullopt;
  return std::move(*file);
}

Response FilesHandler::refuse(const Request& request, const FileRefusal& refusal) {
  if (refusal.status >= 500 && refusal.failure && worker_.note)
    worker_.note("files: " + std::string(request.path) + ": " + refusal.failure->text());
  return plain_answer(refusal.status);
}

}  // namespace brood
