#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "serve/handlers/files.hpp"
#include "unit/os/temporary_folder.hpp"

namespace brood::test {

/// A folder with files, and a handler that serves it.
class Site {
 public:
  struct Kind {
    bool listing = false;
    bool writable = false;
    bool make_folders = false;
  };
  Site() : Site(Kind{}) {}
  explicit Site(Kind kind)
      : handler_({.root = path(""),
                  .listing = kind.listing,
                  .writable = kind.writable,
                  .make_folders = kind.make_folders,
                  .types = std::make_shared<const MimeTypes>(
                      MimeTypes::parse("text/plain txt\ntext/html html\nimage/png png"))}) {
    handler_.on_start({.slot = 0, .pid = ::getpid(), .note = [this](std::string_view text) {
                         notes.emplace_back(text);
                       }});
  }

  std::string path(const std::string& name) const { return folder_ / name.c_str(); }

  void write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
  }

  std::string content(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// All names in a folder, hidden ones too, sorted.
  std::vector<std::string> names(const std::string& folder = "") const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path(folder)))
      all.push_back(entry.path().filename());
    std::ranges::sort(all);
    return all;
  }

  FilesHandler& handler() noexcept { return handler_; }

  /// As a worker would: asks whether the request is admitted, gives it its body and lets it be
  /// handled. \param target with the query behind a question mark.
  Response ask(std::string_view method, std::string_view target, std::vector<FieldView> fields = {},
               std::string_view body = {}) {
    const auto mark = target.find('?');
    Request request{.method = method, .target = target, .path = target.substr(0, mark)};
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.fields = fields;
    Admission admission = handler_.admit(request);
    if (admission.status != 0) {
      Response refusal;
      refusal.status = admission.status;
      refusal.fields = std::move(admission.fields);
      return refusal;
    }
    if (admission.wants_body) request.body = {.bytes = body, .size = body.size()};
    if (admission.body_file) {
      const auto written = ::write(admission.body_file.get(), body.data(), body.size());
      request.body = {.bytes = {},
                      .file = admission.body_file.get(),
                      .size = static_cast<std::uint64_t>(written)};
    }
    return handler_.handle(request);
  }

  std::vector<std::string> notes;

 private:
  TemporaryFolder folder_;
  FilesHandler handler_;
};

/// The value of a response's field; empty if it is not there.
inline std::string field_of(const Response& response, std::string_view name) {
  for (const Field& field : response.fields)
    if (field.name == name) return field.value;
  return {};
}

inline std::string bytes_of(const FileRange& range) {
  std::string bytes(static_cast<std::size_t>(range.size), '\0');
  const auto size =
      ::pread(range.file->get(), bytes.data(), bytes.size(), static_cast<off_t>(range.offset));
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return bytes;
}

/// What would go onto the wire.
inline std::string body_of(const Response& response) {
  if (const auto* const text = std::get_if<std::string>(&response.body)) return *text;
  std::string bytes;
  for (const auto& part : std::get<BodyParts>(response.body)) {
    const auto* const text = std::get_if<std::string>(&part);
    bytes += text != nullptr ? *text : bytes_of(std::get<FileRange>(part));
  }
  return bytes;
}

}  // namespace brood::test
