// A GGUF file read front to back in pieces. Whatever number asks for it, nothing is read, skipped or made room for that
// the file can't hold.
#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "failure.h"
#include "gguf_file.h"

namespace espalier {

[[noreturn]] inline void gguf_fail(const FileKind & kind, const char * ending, const std::string & message) {
  throw Failure("ModelError", std::string(kind.codes) + ending, message);
}

class GgufReader {
 public:
  GgufReader(const std::string & path, const FileKind & kind, uint64_t size)
      : path_(path), kind_(kind), size_(size), stream_(std::filesystem::u8path(path), std::ios::binary) {
    if (!stream_) gguf_fail(kind, "_UNREADABLE", named() + " exists but can't be read.");
  }

  const FileKind & kind() const { return kind_; }
  /// "The model file a.gguf"
  std::string named() const { return std::string("The ") + kind_.noun + " " + path_; }

  uint64_t left() const { return size_ - at_; }
  uint64_t at() const { return at_; }
  uint64_t size() const { return size_; }

  void read(void * out, size_t bytes, const char * what) {
    need(bytes, what);
    char * to = static_cast<char *>(out);
    while (bytes > 0) {
      if (begin_ == end_) refill();
      const size_t part = std::min(bytes, end_ - begin_);
      std::memcpy(to, buffer_.data() + begin_, part);
      begin_ += part;
      at_ += part;
      to += part;
      bytes -= part;
    }
  }

  template <class Number>
  Number number(const char * what) {
    Number value;
    read(&value, sizeof value, what);
    return value;
  }

  std::string string(uint64_t bytes_max, const char * what) {
    const uint64_t length = number<uint64_t>(what);
    if (length > bytes_max) damaged(std::string(what) + " is " + std::to_string(length) + " bytes long");
    need(length, what);
    std::string text(length, '\0');
    read(text.data(), length, what);
    return text;
  }

  void skip(uint64_t bytes, const char * what) {
    need(bytes, what);
    const uint64_t buffered = std::min<uint64_t>(bytes, end_ - begin_);
    begin_ += buffered;
    at_ += bytes;
    if (bytes > buffered) {
      begin_ = end_ = 0;
      stream_.seekg(static_cast<std::streamoff>(at_));
    }
  }

  [[noreturn]] void damaged(const std::string & what) const {
    gguf_fail(kind_, "_DAMAGED", named() + " is damaged near byte " + std::to_string(at_) + ": " + what + ".");
  }

  void need(uint64_t bytes, const char * what) const {
    if (bytes > size_) damaged(std::string(what) + " would be larger than the whole file");
    if (bytes <= left()) return;
    gguf_fail(kind_, "_TRUNCATED",
              named() + " ends after " + std::to_string(size_) + " bytes, in the middle of " + what + "; it needs " +
                  std::to_string(at_ + bytes) + " or more.");
  }

 private:
  void refill() {
    stream_.read(buffer_.data(), static_cast<std::streamsize>(std::min<uint64_t>(buffer_.size(), left())));
    begin_ = 0;
    end_ = static_cast<size_t>(stream_.gcount());
    if (end_ == 0) gguf_fail(kind_, "_UNREADABLE", named() + " could not be read at byte " + std::to_string(at_) + ".");
  }

  std::string path_;
  FileKind kind_;
  uint64_t size_;
  uint64_t at_ = 0;
  std::ifstream stream_;
  std::vector<char> buffer_ = std::vector<char>(1 << 18);
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace espalier
