#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brood {

/// Puts one body, of a request or a response, onto the wire bit by bit: the counterpart of
/// BodyReader. The head that announces it is written by others.
class BodyWriter {
 public:
  /// No body goes out, whatever is written: to HEAD, with 204 and 304.
  void start_none() noexcept { start(Form::none, 0); }
  void start_length(std::uint64_t size) noexcept { start(Form::length, size); }
  void start_chunked() noexcept { start(Form::chunked, 0); }
  /// The end of the connection will be its end.
  void start_until_close() noexcept { start(Form::until_close, 0); }

  /// Whether anything of it goes onto the wire.
  bool is_sent() const noexcept { return form_ != Form::none; }
  bool is_sized() const noexcept { return form_ == Form::length; }
  bool is_until_close() const noexcept { return form_ == Form::until_close; }
  /// How many bytes of a sized body are still to come.
  std::uint64_t missing() const noexcept { return missing_; }
  /// How many have been written, without what stands around chunks.
  std::uint64_t written() const noexcept { return written_; }

  /// Appends `piece`; what is more than a known size is dropped.
  void write(std::string_view piece, std::string& output);
  /// So much of a sized body has gone out another way. \pre size <= missing()
  void skip(std::uint64_t size) noexcept {
    missing_ -= size;
    written_ += size;
  }
  /// Appends what ends the body. \return false: a sized body is short, and the only way to tell is
  /// to close the connection.
  bool end(std::string& output);

 private:
  enum class Form : std::uint8_t { none, length, chunked, until_close };

  void start(Form form, std::uint64_t size) noexcept {
    form_ = form;
    missing_ = size;
    written_ = 0;
  }

  Form form_ = Form::none;
  std::uint64_t missing_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace brood
