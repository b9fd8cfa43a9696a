#pragma once

#include <brood/handler.hpp>

#include "handlers/file_refusal.hpp"
#include "handlers/root_folder.hpp"

namespace brood {

/// PUT and DELETE beneath a root. A file is either the old one or the new one, whole, whenever
/// somebody looks and whoever is killed. Among the workers of a server, and with whoever else
/// locks a folder by flock(2), what a condition was held against is still there when it is changed.
class FileStorage {
 public:
  explicit FileStorage(const RootFolder& root) noexcept : root_(root) {}

  /// Whether a PUT would be taken as things are, so that its body need not be sent in vain; with a
  /// file of the target's folder to write it into.
  FileOutcome<Admission> admit_put(const Request& request) const;
  /// 201 or 204 with the new entity tag.
  FileOutcome<Response> put(const Request& request) const;
  /// 204.
  FileOutcome<Response> remove(const Request& request) const;

 private:
  const RootFolder& root_;
};

}  // namespace brood
