#pragma once

#include <brood/handler.hpp>

#include "serve/handlers/file_refusal.hpp"
#include "serve/handlers/root_folder.hpp"
#include "serve/handlers/target_folder.hpp"

namespace brood {

/// PUT and DELETE beneath a root. A file is either the old one or the new one, whole, whenever
/// somebody looks and whoever is killed. Among the workers of a server, and with whoever else
/// locks a folder by flock(2), what a condition was held against is still there when it is changed.
/// Nobody waits for such a lock: the request is taken up again a moment later, for some seconds.
class FileStorage {
 public:
  /// \param makes_folders a PUT makes the folders that it needs.
  FileStorage(const RootFolder& root, bool makes_folders) noexcept
      : root_(root), makes_folders_(makes_folders) {}

  /// Whether a PUT would be taken as things are, so that its body need not be sent in vain; with a
  /// file of the target's folder to write it into.
  FileOutcome<Admission> admit_put(const Request& request) const;
  /// 201 or 204 with the new entity tag. A link is replaced itself.
  FileOutcome<Response> put(const Request& request) const;
  /// 204. A link goes itself.
  FileOutcome<Response> remove(const Request& request) const;

 private:
  FileOutcome<Admission> admit_new_folders(const Request& request) const;
  FileOutcome<FileTarget> target_of_put(const Request& request) const;

  const RootFolder& root_;
  bool makes_folders_;
};

}  // namespace brood
