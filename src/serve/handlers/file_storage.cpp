#include "serve/handlers/file_storage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "http/characters.hpp"
#include "serve/handlers/conditions.hpp"
#include "serve/handlers/entity_tag.hpp"
#include "serve/handlers/plain_answer.hpp"
#include "serve/handlers/staged_file.hpp"

namespace brood {
namespace {

/// What is there now.
struct Present {
  bool has_name = false;             ///< Something has the name, if only a link that leads nowhere.
  std::optional<FileFacts> facts{};  ///< Of the file that a GET would get.
};

/// What a client sees of a link is what it leads to; nothing, if it leads nowhere or out.
FileOutcome<Present> look_behind_link(const RootFolder& root, const FileTarget& target) {
  const auto file = root.open_beneath(target.names, O_PATH);
  if (file && file->facts.kind != FileFacts::Kind::file) return FileRefusal{409};
  if (file) return Present{.has_name = true, .facts = file->facts};
  const FileRefusal refusal = refusal_of(file.error());
  if (refusal.status >= 500) return refusal;
  return Present{.has_name = true};
}

FileOutcome<Present> look(const RootFolder& root, const FileTarget& target) {
  const auto entry = facts_of_entry(target.folder.get(), target.name.c_str());
  if (!entry && entry.error().code.value() == ENOENT) return Present{};
  if (!entry) return refusal_of(entry.error());
  switch (entry->kind) {
    case FileFacts::Kind::file: return Present{.has_name = true, .facts = *entry};
    case FileFacts::Kind::link: return look_behind_link(root, target);
    default: return FileRefusal{409};
  }
}

/// The same, if the request's conditions hold of it.
FileOutcome<Present> judged(FileOutcome<Present> present, const Request& request) {
  if (!present) return present;
  const std::optional<FileFacts>& facts = present->facts;
  const std::string tag = facts ? format_entity_tag(*facts) : std::string{};
  const Validators validators{.tag = tag, .modified = facts ? facts->modified() : 0};
  const Precondition verdict =
      judge_conditions(request.fields, facts ? &validators : nullptr, false, std::time(nullptr));
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

/// Of a PUT it is a conflict that there is no such folder (RFC 4918, section 9.7.1).
FileRefusal as_conflict(const FileRefusal& refusal) noexcept {
  return refusal.status == 404 ? FileRefusal{409} : refusal;
}

FileOutcome<Admission> admission_into(int folder) {
  auto file = open_nameless(folder);
  if (!file && !is_nameless_unsupported(file.error())) return refusal_of(file.error());
  Admission admission;
  admission.wants_body = true;
  if (file) admission.body_file = std::move(*file);
  return admission;
}

/// Somebody else has the folder. A worker has it for a moment; who keeps it for five seconds does
/// something with it that we are not to wait for.
FileOutcome<Response> later(const Request& request) {
  constexpr std::uint32_t times_max = 100;
  constexpr std::chrono::milliseconds pause_max{50};
  if (request.asked_before >= times_max)
    return FileRefusal{503, Failure{.code = {EWOULDBLOCK, boost::system::system_category()},
                                    .operation = "the folder is locked"}};
  Response response;
  response.asks_again = true;
  response.not_before =
      std::min(pause_max, std::chrono::milliseconds{1 << std::min(request.asked_before, 6U)});
  return response;
}

Result<void> sync(int folder) {
  if (::fsync(folder) != 0) return failure_from_errno("fsync");
  return {};
}

/// What replaces a file has its permissions.
Result<void> place(StagedFile& staged, const FileTarget& target, const Present& present) {
  if (!present.has_name) return staged.create(target.name);
  if (present.facts && ::fchmod(staged.fd(), present.facts->mode) != 0)
    return failure_from_errno("fchmod");
  return staged.replace(target.name);
}

}  // namespace

FileOutcome<Admission> FileStorage::admit_put(const Request& request) const {
  if (const int status = problem_with_fields(request)) return FileRefusal{status};
  const auto target = find_target(root_, request.path);
  if (!target && makes_folders_ && lacks_folder(target.error())) return admit_new_folders(request);
  if (!target) return as_conflict(target.error());
  if (const auto present = judged(look(root_, *target), request); !present) return present.error();
  return admission_into(target->folder.get());
}

/// They are made when the body is whole.
FileOutcome<Admission> FileStorage::admit_new_folders(const Request& request) const {
  if (const auto nothing = judged(Present{}, request); !nothing) return nothing.error();
  const auto folder = nearest_folder(root_, request.path);
  if (!folder) return as_conflict(folder.error());
  return admission_into(folder->get());
}

FileOutcome<FileTarget> FileStorage::target_of_put(const Request& request) const {
  auto target = find_target(root_, request.path);
  if (!target && makes_folders_ && lacks_folder(target.error())) {
    if (const auto made = make_folders(root_, request.path); !made) return made.error();
    target = find_target(root_, request.path);
  }
  if (!target) return as_conflict(target.error());
  return target;
}

FileOutcome<Response> FileStorage::put(const Request& request) const {
  if (const int status = problem_with_fields(request)) return FileRefusal{status};
  const auto target = target_of_put(request);
  if (!target) return target.error();
  auto staged = StagedFile::take(target->folder.get(), request.body);
  if (!staged) return refusal_of(staged.error());
  const auto taken = take_folder(root_, *target);
  if (!taken) return taken.error();
  if (*taken == Taking::not_now) return later(request);
  const auto present = judged(look(root_, *target), request);
  if (!present) return present.error();
  if (const auto placed = place(*staged, *target, *present); !placed)
    return refusal_of(placed.error());
  give_up_folder(*target);
  if (const auto synced = sync(target->folder.get()); !synced) return refusal_of(synced.error());
  const auto facts = facts_of(staged->fd());
  if (!facts) return refusal_of(facts.error());
  Response response = plain_answer(present->facts ? 204 : 201);
  response.fields.push_back({"ETag", format_entity_tag(*facts)});
  return response;
}

FileOutcome<Response> FileStorage::remove(const Request& request) const {
  const auto target = find_target(root_, request.path);
  if (!target) return target.error();
  const int folder = target->folder.get();
  const auto taken = take_folder(root_, *target);
  if (!taken) return taken.error();
  if (*taken == Taking::not_now) return later(request);
  const auto present = judged(look(root_, *target), request);
  if (!present) return present.error();
  if (!present->has_name) return FileRefusal{404};
  if (::unlinkat(folder, target->name.c_str(), 0) != 0)
    return refusal_of(failure_from_errno("unlink"));
  give_up_folder(*target);
  if (const auto synced = sync(folder); !synced) return refusal_of(synced.error());
  return plain_answer(204);
}

}  // namespace brood
