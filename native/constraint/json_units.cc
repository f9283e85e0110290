// See json_units.h. A reader of one value that never looks past the end; what is no string or number is its bytes.
#include "json_units.h"

#include <optional>

namespace espalier {

namespace {

using Units = std::vector<ValueUnit>;

constexpr char short_letters[] = "\"\\/bfnrt";
constexpr char short_meanings[] = "\"\\/\b\f\n\r\t";

Units bytes_of(std::string_view text) {
  Units units;
  units.reserve(text.size());
  for (char c : text) units.push_back(static_cast<uint8_t>(c));
  return units;
}

Units nested_units(std::string_view text) {
  Units units;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    units.push_back(static_cast<uint8_t>(c) | (in_string || units.empty() ? 0 : unit_spaced));
    if (in_string && c == '\\' && i + 1 < text.size()) {
      units.push_back(static_cast<uint8_t>(text[++i]));
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return units;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class StringReader {
 public:
  explicit StringReader(std::string_view inside) : left_(inside) {}

  /// None where the inside is no valid one.
  std::optional<Units> read() {
    Units units = {'"'};
    while (!left_.empty()) {
      const std::optional<uint32_t> point = left_.front() == '\\' ? escaped() : raw();
      if (!point.has_value()) return std::nullopt;
      units.push_back(unit_code_point | *point);
    }
    units.push_back('"');
    return units;
  }

 private:
  std::optional<uint32_t> raw() {
    const uint8_t lead = static_cast<uint8_t>(left_.front());
    if (lead < 0x20 || lead == '"') return std::nullopt;
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (left_.size() < length || (lead >= 0x80 && lead < 0xC0)) return std::nullopt;
    uint32_t point = length == 1 ? lead : lead & (0x3Fu >> (length - 1));
    for (size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<uint8_t>(left_[i]) & 0x3F);
    left_.remove_prefix(length);
    return point;
  }

  std::optional<uint32_t> escaped() {
    if (left_.size() < 2) return std::nullopt;
    const char letter = left_[1];
    if (letter == 'u') {
      const int unit = take_hex();
      if (unit < 0xD800 || unit > 0xDFFF) return unit < 0 ? std::nullopt : std::optional<uint32_t>(unit);
      if (unit > 0xDBFF || left_.size() < 2 || left_[0] != '\\' || left_[1] != 'u') return std::nullopt;
      const int low = take_hex();
      if (low < 0xDC00 || low > 0xDFFF) return std::nullopt;
      return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    for (size_t i = 0; short_letters[i] != 0; ++i) {
      if (short_letters[i] != letter) continue;
      left_.remove_prefix(2);
      return short_meanings[i];
    }
    return std::nullopt;
  }

  /// Of `\uXXXX`; -1 where it is not that.
  int take_hex() {
    if (left_.size() < 6) return -1;
    int unit = 0;
    for (size_t i = 2; i < 6; ++i) {
      const int digit = hex_value(left_[i]);
      if (digit < 0) return -1;
      unit = unit << 4 | digit;
    }
    left_.remove_prefix(6);
    return unit;
  }

  std::string_view left_;
};

std::string_view take_digits(std::string_view & left) {
  size_t count = 0;
  while (count < left.size() && left[count] >= '0' && left[count] <= '9') ++count;
  const std::string_view digits = left.substr(0, count);
  left.remove_prefix(count);
  return digits;
}

/// Every plain spelling of a number, the shortest one first; none where the text is not one of them.
std::vector<Units> plain_numbers(std::string_view text) {
  std::string_view left = text;
  const bool is_negative = !left.empty() && left.front() == '-';
  if (is_negative) left.remove_prefix(1);
  const std::string_view whole = take_digits(left);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return {};
  std::string_view fraction;
  if (!left.empty() && left.front() == '.') {
    left.remove_prefix(1);
    fraction = take_digits(left);
    if (fraction.empty() || (fraction.size() > 1 && fraction.back() == '0')) return {};
  }
  if (!left.empty()) return {};
  const bool is_integer = fraction.empty() || fraction == "0";
  const std::string value = std::string(whole) + (is_integer ? "" : "." + std::string(fraction));
  std::vector<Units> all;
  for (const char * sign : {"", "-"}) {
    if (value != "0" && (*sign == '-') != is_negative) continue;
    all.push_back(bytes_of(sign + value));
    if (is_integer) all.push_back(bytes_of(sign + value + ".0"));
  }
  return all;
}

void add_hex(std::string & text, uint32_t unit) {
  text += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text.push_back("0123456789abcdef"[(unit >> shift) & 15]);
}

}  // namespace

std::vector<Units> value_units(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    std::optional<Units> units = StringReader(text.substr(1, text.size() - 2)).read();
    if (units.has_value()) return {std::move(*units)};
  }
  if (!text.empty() && (text.front() == '[' || text.front() == '{')) return {nested_units(text)};
  std::vector<Units> numbers = plain_numbers(text);
  return numbers.empty() ? std::vector<Units>{bytes_of(text)} : numbers;
}

std::vector<std::string> spellings_of(uint32_t point) {
  std::vector<std::string> all;
  std::string raw;
  if (point >= 0x20 && point < 0x80) {
    if (point != '"' && point != '\\') raw.push_back(static_cast<char>(point));
  } else if (point >= 0x80) {
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    constexpr uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
    raw.push_back(static_cast<char>(leads[more] | point >> (6 * more)));
    for (int shift = 6 * (more - 1); shift >= 0; shift -= 6) {
      raw.push_back(static_cast<char>(0x80 | ((point >> shift) & 0x3F)));
    }
  }
  if (!raw.empty()) all.push_back(raw);
  for (size_t i = 0; short_letters[i] != 0; ++i) {
    if (static_cast<uint32_t>(short_meanings[i]) == point) all.push_back(std::string("\\") + short_letters[i]);
  }
  std::string hex;
  if (point < 0x10000) {
    add_hex(hex, point);
  } else {
    add_hex(hex, 0xD800 + ((point - 0x10000) >> 10));
    add_hex(hex, 0xDC00 + ((point - 0x10000) & 0x3FF));
  }
  all.push_back(hex);
  return all;
}

}  // namespace espalier
