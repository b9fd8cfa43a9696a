#pragma once

#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace brood {

/// Received bytes, in one block that never grows. It is allocated at the first use and not
/// cleared, so that only as many of its pages become real as bytes have arrived.
///
/// Order within: pinned bytes (a head that views point into), unread bytes, space.
class InputBuffer {
 public:
  explicit InputBuffer(std::size_t capacity) noexcept : capacity_(capacity) {}

  void clear() noexcept { pinned_ = begin_ = end_ = 0; }

  /// Where to receive. Moves unread bytes to the front, but never the pinned ones.
  std::span<char> space() {
    if (!bytes_) bytes_.reset(new char[capacity_]);
    move_unread_to(pinned_);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void received(std::size_t size) noexcept {
    assert(size <= capacity_ - end_);
    end_ += size;
  }

  std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }

  /// The same, for who may move them about.
  std::span<char> unread_bytes() noexcept { return {bytes_.get() + begin_, end_ - begin_}; }

  /// The first `size` unread bytes count as read, and stay where they are until space().
  void consume(std::size_t size) noexcept {
    assert(size <= end_ - begin_);
    begin_ += size;
  }

  /// Leaves at least `room` behind the first `size` unread bytes, if the capacity allows.
  void make_room_behind(std::size_t size, std::size_t room) noexcept {
    if (capacity_ - begin_ - size < room) move_unread_to(0);
  }
  /// All that is read stays where it is until unpin().
  void pin() noexcept { pinned_ = begin_; }
  void unpin() noexcept { pinned_ = 0; }

 private:
  void move_unread_to(std::size_t front) noexcept {
    if (begin_ == front) return;
    if (end_ > begin_) std::memmove(bytes_.get() + front, bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_ - front;
    begin_ = front;
  }

  std::size_t capacity_;
  std::unique_ptr<char[]> bytes_;
  std::size_t pinned_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace brood
