#include "lab/commands/output_file.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/option_entry.hpp"

namespace brood {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const File file{std::fopen(path.c_str(), "rbe")};
  if (!file) return failure_from_errno("open");
  std::string text;
  std::array<char, 65536> block;
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), file.get()))
    text.append(block.data(), size);
  if (std::ferror(file.get()) != 0) return failure_from_errno("read");
  return text;
}

std::optional<Failure> write_file(const std::string& path, const std::string& text) {
  File file{std::fopen(path.c_str(), "wbe")};
  if (!file) return failure_from_errno("open");
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size())
    return failure_from_errno("write");
  // What is still in the buffer may find the disk full.
  if (std::fclose(file.release()) != 0) return failure_from_errno("close");
  return std::nullopt;
}

std::optional<std::string> make_folder(const char* option, const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error)
    error = std::make_error_code(std::errc::not_a_directory);
  if (!error) return std::nullopt;
  return std::string(option) + ' ' + shown(path) + ": cannot be made: " + error.message() +
         ": choose another folder";
}

std::optional<std::string> write_output(const char* option, const std::string& path,
                                        const std::string& text) {
  if (path.empty()) return std::nullopt;
  const auto failure = write_file(path, text);
  if (!failure) return std::nullopt;
  return std::string(option) + ' ' + shown(path) +
         ": cannot be written: " + failure->code.message() + ": choose another path";
}

}  // namespace brood
