#include "serve/handlers/file_refusal.hpp"

namespace brood {
namespace {

int status_of(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP: return 404;
    case EACCES:
    case EPERM:
    case EROFS:
    case EXDEV:              // A link that leads out of the root.
    case ENXIO: return 403;  // A socket's file.
    case EISDIR:
    case EEXIST: return 409;
    case ENAMETOOLONG: return 414;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return 503;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return 507;
    default: return 500;
  }
}

}  // namespace

FileRefusal refusal_of(const Failure& failure) noexcept {
  return {.status = status_of(failure.code.value()), .failure = failure};
}

}  // namespace brood
