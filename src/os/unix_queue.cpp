#include "os/unix_queue.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <brood/unique_fd.hpp>

namespace brood {
namespace {

struct Query {
  nlmsghdr header;
  unix_diag_req request;
};

/// \return the query was sent; the answer of this kernel's own sockets is there at once.
bool send_query(int netlink_fd, std::uint32_t inode) noexcept {
  Query query{};
  query.header.nlmsg_len = sizeof query;
  query.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  query.header.nlmsg_flags = NLM_F_REQUEST;
  query.request.sdiag_family = AF_UNIX;
  query.request.udiag_states = ~0U;
  query.request.udiag_ino = inode;
  query.request.udiag_show = UDIAG_SHOW_RQLEN;
  query.request.udiag_cookie[0] = query.request.udiag_cookie[1] = ~0U;  // INET_DIAG_NOCOOKIE
  return ::send(netlink_fd, &query, sizeof query, MSG_DONTWAIT) == sizeof query;
}

std::uint32_t read_answer(int netlink_fd) noexcept {
  alignas(nlmsghdr) char bytes[1024];
  const ssize_t size = ::recv(netlink_fd, bytes, sizeof bytes, MSG_DONTWAIT);
  const auto* header = reinterpret_cast<const nlmsghdr*>(bytes);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(unix_diag_msg)))) return 0;
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return 0;
  const auto* message = reinterpret_cast<const unix_diag_msg*>(bytes + NLMSG_HDRLEN);
  const auto* attribute = reinterpret_cast<const rtattr*>(message + 1);
  auto left = static_cast<std::size_t>(size) - NLMSG_LENGTH(sizeof *message);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
    if (attribute->rta_type == UNIX_DIAG_RQLEN)
      return reinterpret_cast<const unix_diag_rqlen*>(RTA_DATA(attribute))->udiag_rqueue;
  return 0;
}

}  // namespace

std::uint32_t unix_queue_length(int listener_fd) noexcept {
  struct stat status {};
  if (::fstat(listener_fd, &status) != 0) return 0;
  const UniqueFd netlink{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
  if (!netlink || !send_query(netlink.get(), static_cast<std::uint32_t>(status.st_ino))) return 0;
  return read_answer(netlink.get());
}

}  // namespace brood
