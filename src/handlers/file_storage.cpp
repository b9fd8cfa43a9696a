#include "handlers/file_storage.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <optional>
#include <utility>

#include "handlers/conditions.hpp"
#include "handlers/entity_tag.hpp"
#include "handlers/plain_answer.hpp"
#include "handlers/staged_file.hpp"
#include "handlers/url_path.hpp"
#include "http/characters.hpp"

namespace brood {
namespace {

/// A name in an open folder.
struct Target {
  std::string names;  ///< From the root.
  std::string name;
  UniqueFd folder;
};

/// What is there now, if anything is.
using Present = std::optional<FileFacts>;

/// \param without_folder the status if there is no such folder.
FileOutcome<Target> find_target(const RootFolder& root, const Request& request,
                                int without_folder) {
  auto names = decode_path(request.path);
  if (!names) return FileRefusal{400};
  if (names_folder(*names)) return FileRefusal{409};
  const std::size_t name_begin = names->rfind('/') + 1;  // 0 if there is none.
  auto folder = root.open_beneath(names->substr(0, name_begin), O_RDONLY | O_DIRECTORY);
  if (!folder) {
    const FileRefusal refusal = refusal_of(folder.error());
    return refusal.status == 404 ? FileRefusal{without_folder} : refusal;
  }
  std::string name = names->substr(name_begin);
  return Target{
      .names = *std::move(names), .name = std::move(name), .folder = std::move(folder->fd)};
}

FileOutcome<Present> look(const RootFolder& root, const Target& target) {
  const auto file = root.open_beneath(target.names, O_PATH);
  if (!file && file.error().code.value() == ENOENT) return Present{};
  if (!file) return refusal_of(file.error());
  if (file->facts.kind != FileFacts::Kind::file) return FileRefusal{409};
  return Present{file->facts};
}

/// The same, if the request's conditions hold of it.
FileOutcome<Present> look_and_judge(const RootFolder& root, const Target& target,
                                    const Request& request) {
  auto present = look(root, target);
  if (!present) return present;
  const std::string tag = *present ? format_entity_tag(**present) : std::string{};
  const Validators validators{.tag = tag, .modified = *present ? (*present)->modified() : 0};
  const Precondition verdict =
      judge_conditions(request.fields, *present ? &validators : nullptr, false, std::time(nullptr));
  if (verdict != Precondition::proceed) return FileRefusal{412};
  return present;
}

/// A part of a file cannot be put (RFC 9110, section 14.5), and a coding would not be known any
/// more when the file is asked for. \return 0 if there is nothing against it.
int problem_with_fields(const Request& request) noexcept {
  if (request.field("Content-Range")) return 400;
  const auto coding = request.field("Content-Encoding");
  return coding && !characters::equal_ignoring_case(*coding, "identity") ? 415 : 0;
}

/// Until the folder is closed.
Result<void> lock(int folder) {
  while (::flock(folder, LOCK_EX) != 0)
    if (errno != EINTR) return failure_from_errno("flock");
  return {};
}

Result<void> sync(int folder) {
  if (::fsync(folder) != 0) return failure_from_errno("fsync");
  return {};
}

/// What replaces a file has its permissions.
Result<void> place(StagedFile& staged, const Target& target, const Present& present) {
  if (!present) return staged.create(target.name);
  if (::fchmod(staged.fd(), present->mode) != 0) return failure_from_errno("fchmod");
  return staged.replace(target.name);
}

}  // namespace

FileOutcome<Admission> FileStorage::admit_put(const Request& request) const {
  if (const int status = problem_with_fields(request)) return FileRefusal{status};
  const auto target = find_target(root_, request, 409);
  if (!target) return target.error();
  if (const auto present = look_and_judge(root_, *target, request); !present)
    return present.error();
  auto file = open_nameless(target->folder.get());
  if (!file && !is_nameless_unsupported(file.error())) return refusal_of(file.error());
  Admission admission;
  admission.wants_body = true;
  if (file) admission.body_file = std::move(*file);
  return admission;
}

FileOutcome<Response> FileStorage::put(const Request& request) const {
  if (const int status = problem_with_fields(request)) return FileRefusal{status};
  const auto target = find_target(root_, request, 409);
  if (!target) return target.error();
  auto staged = StagedFile::take(target->folder.get(), request.body);
  if (!staged) return refusal_of(staged.error());
  if (const auto locked = lock(target->folder.get()); !locked) return refusal_of(locked.error());
  const auto present = look_and_judge(root_, *target, request);
  if (!present) return present.error();
  if (const auto placed = place(*staged, *target, *present); !placed)
    return refusal_of(placed.error());
  if (const auto synced = sync(target->folder.get()); !synced) return refusal_of(synced.error());
  const auto facts = facts_of(staged->fd());
  if (!facts) return refusal_of(facts.error());
  Response response = plain_answer(*present ? 204 : 201);
  response.fields.push_back({"ETag", format_entity_tag(*facts)});
  return response;
}

FileOutcome<Response> FileStorage::remove(const Request& request) const {
  const auto target = find_target(root_, request, 404);
  if (!target) return target.error();
  const int folder = target->folder.get();
  if (const auto locked = lock(folder); !locked) return refusal_of(locked.error());
  const auto present = look_and_judge(root_, *target, request);
  if (!present) return present.error();
  if (!*present) return FileRefusal{404};
  if (::unlinkat(folder, target->name.c_str(), 0) != 0)
    return refusal_of(failure_from_errno("unlink"));
  if (const auto synced = sync(folder); !synced) return refusal_of(synced.error());
  return plain_answer(204);
}

}  // namespace brood
