// JavaScript values read with checks. Decides the sentence a caller sees for a wrong argument; never accepts a value by
// converting it. An option that was left out has its default where it is read. JS thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind_js.h"
#include "failure.h"

namespace espalier {

/// Where a value stands in an argument; spelt in messages only, as plan.chunks[2].tokens.
struct Path {
  const char * name;
  const Path * parent = nullptr;
  int64_t index = -1;

  Path at(int64_t entry) const { return {nullptr, this, entry}; }
  Path of(const char * member) const { return {member, this, -1}; }
  std::string text() const;
};

/// Short text for a value in a message: numbers and texts as they are, others by type.
std::string shown(Js value);
[[noreturn]] void refuse(Js value, const Path & path, const std::string & expected);
Failure usage_error(std::string code, std::string message);

struct Range {
  double from;
  double until;  // exclusive
};

/// The readers throw Failure UsageError ARGUMENT_INVALID naming the path.
int64_t read_whole(Js value, const Path & path, Range range);
double read_number(Js value, const Path & path, Range range);
bool read_boolean(Js value, const Path & path);
std::string read_text(Js value, const Path & path);
/// Copies of the arrays' contents.
std::string read_bytes(Js value, const Path & path);
/// One byte or more.
std::string read_some_bytes(Js value, const Path & path);
std::vector<int32_t> read_words(Js value, const Path & path);
/// Int32Array whose entries are all in [0, until); throws UsageError TOKEN_OUT_OF_RANGE, too.
std::vector<int32_t> read_ids(Js value, const Path & path, int64_t until);

/// A caller's array of at most `list_entries_max` entries. Its length is read once.
class JsList {
 public:
  JsList(Js value, const Path & path);
  JsList(const JsList &) = delete;
  JsList & operator=(const JsList &) = delete;

  uint32_t size() const { return size_; }
  Js at(uint32_t index) const;
  Path path_at(uint32_t index) const { return path_.at(index); }

 private:
  Js value_;
  const Path path_;
  uint32_t size_ = 0;
};

constexpr uint32_t list_entries_max = 1 << 20;

/// What `read_one(entry, its path)` makes of each entry of a caller's array.
template <class ReadOne>
auto read_list(Js value, const Path & path, ReadOne && read_one) {
  const JsList list(value, path);
  std::vector<decltype(read_one(value, path))> entries;
  for (uint32_t i = 0; i < list.size(); i++) entries.push_back(read_one(list.at(i), list.path_at(i)));
  return entries;
}

/// One of the words an option takes.
template <class Value>
struct Named {
  const char * name;
  Value value;
};

/// A caller's object: each member that is asked for may run a getter of the caller's, so nothing read before it may be
/// relied on that such code can change. With a default (`otherwise`) a member may be left out.
class JsObject {
 public:
  JsObject(Js value, const Path & path);
  JsObject(const JsObject &) = delete;
  JsObject & operator=(const JsObject &) = delete;

  Js get(const char * name) const;
  Path path_of(const char * name) const { return path_.of(name); }

  int64_t whole(const char * name, Range range) const { return read_whole(get(name), path_of(name), range); }
  double number(const char * name, Range range) const { return read_number(get(name), path_of(name), range); }
  std::string text(const char * name) const { return read_text(get(name), path_of(name)); }
  bool boolean(const char * name) const { return read_boolean(get(name), path_of(name)); }
  std::vector<int32_t> ids(const char * name, int64_t until) const { return read_ids(get(name), path_of(name), until); }
  template <class ReadOne>
  auto list(const char * name, ReadOne && read_one) const {
    return read_list(get(name), path_of(name), read_one);
  }

  int64_t whole(const char * name, Range range, int64_t otherwise) const;
  double number(const char * name, Range range, double otherwise) const;
  bool boolean(const char * name, bool otherwise) const;
  template <class Value, size_t count>
  Value named(const char * name, const Named<Value> (&all)[count], Value otherwise) const;
  /// Nothing for null and for what was left out.
  std::optional<int64_t> whole_or_null(const char * name, Range range) const;
  template <class ReadOne>
  auto list_or_null(const char * name, ReadOne && read_one) const {
    const Js given = get(name);
    using List = decltype(read_list(given, path_, read_one));
    if (given.is_undefined() || given.is_null()) return std::optional<List>();
    return std::optional<List>(read_list(given, path_of(name), read_one));
  }

 private:
  Js value_;
  const Path path_;
};

template <class Value, size_t count>
Value JsObject::named(const char * name, const Named<Value> (&all)[count], Value otherwise) const {
  const Js given = get(name);
  if (given.is_undefined()) return otherwise;
  const std::string text = read_text(given, path_of(name));
  std::string expected;
  for (const Named<Value> & one : all) {
    if (text == one.name) return one.value;
    expected += (expected.empty() ? "" : ", ") + std::string(one.name);
  }
  refuse(given, path_of(name), "one of " + expected);
}

}  // namespace espalier
