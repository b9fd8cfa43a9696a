#pragma once

#include <brood/handler.hpp>
#include <memory>
#include <string>

#include "serve/handlers/file_answer.hpp"
#include "serve/handlers/file_storage.hpp"
#include "serve/handlers/mime_types.hpp"
#include "serve/handlers/root_folder.hpp"

namespace brood {

struct FilesSettings {
  std::string root;
  bool listing = false;       ///< Show what is in a folder that has no index.html.
  bool writable = false;      ///< Take PUT and DELETE.
  bool make_folders = false;  ///< PUT makes the folders that it needs.
  std::shared_ptr<const MimeTypes> types;
};

/// Serves what lies beneath a root (GET, HEAD), and lets clients change it where that is wanted
/// (PUT, DELETE). docs/handlers.md tells what it answers.
class FilesHandler final : public Handler {
 public:
  explicit FilesHandler(FilesSettings settings);

  /// Opens the root, once. \throw std::system_error if that fails.
  void on_start(const WorkerInfo& worker) override;
  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

 private:
  Response read(const Request& request);
  Response read_folder(const Request& request, const std::string& names);
  Response send(const Request& request, const std::string& names, OpenFile file);
  std::optional<OpenFile> gzipped_sibling(const std::string& names, const FileFacts& plain) const;
  Response refuse(const Request& request, const FileRefusal& refusal);

  FilesSettings settings_;
  std::string_view methods_;  ///< The value of Allow.
  WorkerInfo worker_;
  RootFolder root_;
  FileStorage storage_{root_, settings_.make_folders};
  std::string boundary_;
};

}  // namespace brood
