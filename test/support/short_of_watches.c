/* Preloaded, it lets the kernel have no watch left for connections to one port: what
 * /proc/sys/fs/epoll/max_user_watches does, which is the whole machine's. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static int is_short(int fd) {
  const char* const port = getenv("SHORT_OF_WATCHES_TO");
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  memset(&peer, 0, sizeof peer);
  return port != NULL && getpeername(fd, (struct sockaddr*)&peer, &size) == 0 &&
         peer.sin_family == AF_INET && ntohs(peer.sin_port) == atoi(port);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event) {
  int (*next)(int, int, int, struct epoll_event*) = NULL;
  void* const symbol = dlsym(RTLD_NEXT, "epoll_ctl");
  memcpy(&next, &symbol, sizeof next);
  if (operation == EPOLL_CTL_ADD && is_short(fd)) {
    errno = ENOSPC;
    return -1;
  }
  return next(epoll, operation, fd, event);
}
