// The automaton of one spelled character. Made from its last byte to its first, equal states once: what is left of a
// character depends on what may still come of it, not on where it began.
#include "json_text.h"

#include <algorithm>

namespace espalier {

namespace {

constexpr uint32_t ascii_end = 0x80;
constexpr uint32_t point_end = 0x110000;
constexpr uint32_t high_first = 0xD800;
constexpr uint32_t low_first = 0xDC00;
constexpr uint32_t pair_end = 0xE000;
constexpr uint32_t symbols_max = 128;  // beyond ASCII

uint32_t astral(uint32_t high, uint32_t low) { return 0x10000 + ((high - high_first) << 10) + (low - low_first); }

/// A digit's value for each byte that is one: 0-9, a-f, A-F.
template <typename Visit>
void each_hex_digit(Visit visit) {
  for (uint32_t value = 0; value < 16; ++value) {
    if (value < 10) {
      visit(static_cast<uint8_t>('0' + value), value);
    } else {
      visit(static_cast<uint8_t>('a' + value - 10), value);
      visit(static_cast<uint8_t>('A' + value - 10), value);
    }
  }
}

}  // namespace

JsonText::JsonText(const std::vector<std::vector<CodePointRange>> & sets) {
  part(sets);
  number_classes();
  states_.emplace_back();
  make_boundary();
  find_groups();
}

void JsonText::part(const std::vector<std::vector<CodePointRange>> & sets) {
  starts_ = {0, ascii_end, high_first, pair_end, point_end};
  for (const auto & set : sets) {
    for (const CodePointRange & range : set) {
      starts_.push_back(range.first);
      starts_.push_back(range.second + 1);
    }
  }
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
  class_of_.assign(starts_.size() - 1, 0);
  uint32_t next = 1;
  for (const auto & set : sets) {
    std::unordered_map<uint32_t, uint32_t> inside;  // by class so far
    for (const CodePointRange & range : set) {
      for (size_t i = interval_at(range.first); i + 1 < starts_.size() && starts_[i] <= range.second; ++i) {
        const auto [it, is_new] = inside.emplace(class_of_[i], next);
        if (is_new) ++next;
        class_of_[i] = it->second;
      }
    }
  }
}

// A class with ASCII characters has the first of them for its symbol.
void JsonText::number_classes() {
  std::unordered_map<uint32_t, uint32_t> numbers;
  uint32_t beyond = 0;
  for (size_t i = 0; i < class_of_.size(); ++i) {
    if (starts_[i] >= high_first && starts_[i] < pair_end) {
      class_of_[i] = no_class;
      continue;
    }
    const auto [it, is_new] = numbers.emplace(class_of_[i], static_cast<uint32_t>(symbol_of_class_.size()));
    class_of_[i] = it->second;
    if (!is_new) continue;
    const bool is_ascii = starts_[i] < ascii_end;
    symbol_of_class_.push_back(static_cast<uint8_t>(is_ascii ? starts_[i] : ascii_end + beyond));
    if (!is_ascii) ++beyond;
  }
  has_symbols_ = beyond <= symbols_max;
  all_ = ByteSet::range(0, ascii_end - 1);
  for (uint8_t symbol : symbol_of_class_) all_.add(symbol);
}

size_t JsonText::interval_at(uint32_t code_point) const {
  return static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), code_point) - starts_.begin()) - 1;
}

ByteSet JsonText::symbols_in(const std::vector<CodePointRange> & ranges) const {
  ByteSet set;
  for (const CodePointRange & range : ranges) {
    if (range.first < ascii_end) set = set | ByteSet::range(range.first, std::min(range.second, ascii_end - 1));
    for (size_t i = interval_at(range.first); i < class_of_.size() && starts_[i] <= range.second; ++i) {
      if (class_of_[i] != no_class) set.add(symbol_of_class_[class_of_[i]]);
    }
  }
  return set;
}

/// no_class where they are of more than one, or no characters.
uint32_t JsonText::class_of_all(uint32_t from, uint32_t to) const {
  if (to >= point_end) return no_class;
  const size_t first = interval_at(from);
  for (size_t i = first; i < class_of_.size() && starts_[i] <= to; ++i) {
    if (class_of_[i] != class_of_[first]) return no_class;
  }
  return class_of_[first];
}

JsonText::Target JsonText::whole(uint32_t code_point) const {
  if (code_point >= point_end || (!has_symbols_ && code_point >= ascii_end)) return dead;
  const uint32_t one_class = class_at(code_point);
  return one_class == no_class ? dead : -2 - Target{symbol_of_class_[one_class]};
}

JsonText::Target JsonText::add(State state) {
  bool is_dead = true;
  uint64_t hash = 0x75;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Target target = state.next[byte];
    hash = mix(hash, static_cast<uint64_t>(static_cast<uint32_t>(target)));
    if (target == dead) continue;
    is_dead = false;
    if (is_symbol(target)) state.reach.add(symbol_of(target));
    else state.reach = state.reach | states_[static_cast<size_t>(target)].reach;
  }
  if (is_dead) return dead;
  const uint32_t found =
      known_states_.find(hash, [&](uint32_t id) { return std::equal(state.next, state.next + 256, states_[id].next); });
  if (found != IdTable::absent) return static_cast<Target>(found);
  states_.push_back(state);
  known_states_.add(hash, static_cast<uint32_t>(states_.size() - 1));
  return static_cast<Target>(states_.size() - 1);
}

JsonText::Target JsonText::known(Kind kind, int need, uint32_t one_class) const {
  const auto found =
      known_.find(uint64_t{one_class} << 8 | static_cast<uint64_t>(need) << 4 | static_cast<uint64_t>(kind));
  return found == known_.end() ? dead : found->second;
}

JsonText::Target JsonText::kept(Kind kind, int need, uint32_t one_class, const State & state) {
  const Target target = add(state);
  if (one_class != no_class) {
    known_.emplace(uint64_t{one_class} << 8 | static_cast<uint64_t>(need) << 4 | static_cast<uint64_t>(kind), target);
  }
  return target;
}

/// `need` more bytes of UTF-8 for a character from `base` on, none of them below `least`.
JsonText::Target JsonText::continued(int need, uint32_t base, uint32_t least) {
  if (need == 0) return base < least ? dead : whole(base);
  const uint32_t size = uint32_t{1} << (6 * need);
  if (base + size <= least || base >= point_end) return dead;
  const uint32_t one_class = base < least ? no_class : class_of_all(base, base + size - 1);
  if (one_class != no_class) {
    const Target target = known(Kind::utf8, need, one_class);
    if (target != dead) return target;
  }
  State state = {};
  std::fill(state.next, state.next + 256, dead);
  for (uint32_t i = 0; i < 64; ++i) state.next[0x80 + i] = continued(need - 1, base + i * (size / 64), least);
  return kept(Kind::utf8, need, one_class, state);
}

/// `need` more digits of \uXXXX for a code unit from `base` on.
JsonText::Target JsonText::hex(int need, uint32_t base) {
  const uint32_t size = uint32_t{1} << (4 * need);
  const uint32_t last = base + size - 1;
  const bool is_high = base >= high_first && last < low_first;
  if (base >= low_first && last < pair_end) return dead;
  if (!has_symbols_ && base >= ascii_end) return dead;
  const uint32_t one_class =
      is_high ? class_of_all(astral(base, low_first), astral(last, pair_end - 1)) : class_of_all(base, last);
  if (need == 0) return is_high ? pair(base, one_class) : whole(base);
  const Kind kind = is_high ? Kind::pair : Kind::hex;
  if (one_class != no_class) {
    const Target target = known(kind, need, one_class);
    if (target != dead) return target;
  }
  State state = {};
  std::fill(state.next, state.next + 256, dead);
  each_hex_digit([&](uint8_t byte, uint32_t value) { state.next[byte] = hex(need - 1, base + value * (size / 16)); });
  return kept(kind, need, one_class, state);
}

/// What has to follow the first half of a surrogate pair; `one_class`: of all its characters.
JsonText::Target JsonText::pair(uint32_t high, uint32_t one_class) {
  if (one_class != no_class) {
    const Target target = known(Kind::pair, 0, one_class);
    if (target != dead) return target;
  }
  State letter = {};
  std::fill(letter.next, letter.next + 256, dead);
  letter.next['u'] = low(4, 0, high);
  State mark = {};
  std::fill(mark.next, mark.next + 256, dead);
  mark.next['\\'] = add(letter);
  return kept(Kind::pair, 0, one_class, mark);
}

/// `need` more digits of the second half.
JsonText::Target JsonText::low(int need, uint32_t base, uint32_t high) {
  const uint32_t size = uint32_t{1} << (4 * need);
  const uint32_t last = base + size - 1;
  if (last < low_first || base >= pair_end) return dead;
  if (need == 0) return whole(astral(high, base));
  const uint32_t from = std::max(base, low_first);
  const uint32_t to = std::min(last, pair_end - 1);
  const uint32_t one_class = class_of_all(astral(high, from), astral(high, to));
  if (one_class != no_class) {
    const Target target = known(Kind::low, need, one_class);
    if (target != dead) return target;
  }
  State state = {};
  std::fill(state.next, state.next + 256, dead);
  each_hex_digit(
      [&](uint8_t byte, uint32_t value) { state.next[byte] = low(need - 1, base + value * (size / 16), high); });
  return kept(Kind::low, need, one_class, state);
}

void JsonText::make_boundary() {
  State escape = {};
  std::fill(escape.next, escape.next + 256, dead);
  static constexpr std::pair<char, char> short_escapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                                                            {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
  for (const auto & [letter, meant] : short_escapes) {
    escape.next[static_cast<uint8_t>(letter)] = whole(static_cast<uint8_t>(meant));
  }
  escape.next['u'] = hex(4, 0);
  State start = {};
  std::fill(start.next, start.next + 256, dead);
  for (uint32_t byte = 0x20; byte < ascii_end; ++byte) start.next[byte] = whole(byte);
  start.next['"'] = dead;
  start.next['\\'] = add(escape);
  for (uint32_t byte = 0xC2; has_symbols_ && byte < 0xF5; ++byte) {
    const int need = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    static constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    start.next[byte] = continued(need, (byte & (0x3Fu >> need)) << (6 * need), least[need]);
  }
  if (!has_symbols_) {
    for (int byte = 0x80; byte < 0x100; ++byte) start.next[byte] = -2 - Target{byte};
  }
  start.reach = all_;
  states_[boundary] = start;
}

void JsonText::find_groups() {
  IdTable known;
  for (const State & state : states_) {
    std::unordered_map<Target, ByteSet> by_target;
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (state.next[byte] != dead) by_target[state.next[byte]].add(static_cast<uint8_t>(byte));
    }
    for (const auto & [target, set] : by_target) {
      const uint64_t hash = mix(mix(mix(mix(0x9, set.words[0]), set.words[1]), set.words[2]), set.words[3]);
      const ByteSet & wanted = set;
      if (known.find(hash, [&](uint32_t i) { return groups_[i] == wanted; }) != IdTable::absent) continue;
      known.add(hash, static_cast<uint32_t>(groups_.size()));
      groups_.push_back(set);
    }
  }
}

}  // namespace espalier
