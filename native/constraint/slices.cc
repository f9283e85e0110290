// Making slices. Decides membership by running the same byte automaton that walk.cc later proves contained, so the two
// can't disagree about broken UTF-8.
#include "slices.h"

#include <cstring>

#include "mask_bits.h"

namespace espalier {

namespace {

// States: 0 boundary; 1, 2, 3 = that many continuation bytes to come; then the special second bytes.
enum : uint8_t { after_e0 = 4, after_ed = 5, after_f0 = 6, after_f4 = 7, after_c2 = 8, after_e2 = 9, after_e280 = 10 };

void set_range(CharAutomaton & automaton, uint8_t state, unsigned from, unsigned to, uint8_t target) {
  for (unsigned byte = from; byte <= to; ++byte) automaton.next[state][byte] = target;
}

CharAutomaton make_automaton(const ByteSet & ascii, bool with_other, bool with_line_separators) {
  CharAutomaton automaton;
  std::memset(automaton.next, CharAutomaton::dead, sizeof automaton.next);
  for (unsigned byte = 0; byte < 128; ++byte) {
    if (ascii.has(static_cast<uint8_t>(byte))) automaton.next[0][byte] = 0;
  }
  if (!with_other) return automaton;
  set_range(automaton, 0, 0xC2, 0xDF, 1);
  set_range(automaton, 0, 0xE0, 0xEF, 2);
  set_range(automaton, 0, 0xF0, 0xF4, 3);
  automaton.next[0][0xE0] = after_e0;
  automaton.next[0][0xED] = after_ed;
  automaton.next[0][0xF0] = after_f0;
  automaton.next[0][0xF4] = after_f4;
  set_range(automaton, 1, 0x80, 0xBF, 0);
  set_range(automaton, 2, 0x80, 0xBF, 1);
  set_range(automaton, 3, 0x80, 0xBF, 2);
  set_range(automaton, after_e0, 0xA0, 0xBF, 1);
  set_range(automaton, after_ed, 0x80, 0x9F, 1);
  set_range(automaton, after_f0, 0x90, 0xBF, 2);
  set_range(automaton, after_f4, 0x80, 0x8F, 2);
  if (!with_line_separators) {
    // U+0085 = C2 85, U+2028 and U+2029 = E2 80 A8 and A9.
    automaton.next[0][0xC2] = after_c2;
    automaton.next[0][0xE2] = after_e2;
    set_range(automaton, after_c2, 0x80, 0xBF, 0);
    automaton.next[after_c2][0x85] = CharAutomaton::dead;
    set_range(automaton, after_e2, 0x80, 0xBF, 1);
    automaton.next[after_e2][0x80] = after_e280;
    set_range(automaton, after_e280, 0x80, 0xBF, 0);
    automaton.next[after_e280][0xA8] = CharAutomaton::dead;
    automaton.next[after_e280][0xA9] = CharAutomaton::dead;
  }
  return automaton;
}

std::array<CharAutomaton, char_kind_count> make_automata() {
  const ByteSet lower = ByteSet::range('a', 'z');
  const ByteSet letter = lower | ByteSet::range('A', 'Z');
  ByteSet word = letter | ByteSet::range('0', '9');
  word.add('_');
  const ByteSet line = ByteSet::range(0x20, 0x7E);
  ByteSet json = line;
  json.remove('"');
  json.remove('\\');
  return {make_automaton(ByteSet::range(0, 0x7F), true, true),
          make_automaton(line, true, false),
          make_automaton(json, true, false),
          make_automaton(word, false, false),
          make_automaton(letter, false, false),
          make_automaton(lower, false, false)};
}

// Splits the whole trie in one walk over its nodes; the tokens' texts are not read again.
class SliceMaker {
 public:
  SliceMaker(const TokenTrie & trie, SliceTables::Shape shape)
      : trie_(trie), chars_(SliceTables::automaton(shape.kind)),
        slice_(new Slice{shape.kind, shape.chars_max, {}, {}, {}, shape.counted_max}) {}

  std::unique_ptr<Slice> make() {
    slice_->mask.assign(trie_.mask_words(), 0);
    slice_->counted.assign(trie_.mask_words() * static_cast<size_t>(slice_->counted_max), 0);
    mark_inside();
    count_rest();
    copy_rest();
    slice_->rest.find_roots();
    for (const auto & [token, twin] : trie_.all().twins) {
      if (is_inside(token)) {
        put(twin, chars_of(token));
      } else {
        slice_->rest.twins.emplace_back(token, twin);
      }
    }
    for (int32_t token : trie_.all().longs) {
      const int count = whole_chars(chars_, trie_.bytes(token));
      if (has_right_length(count)) {
        put(token, count);
      } else {
        slice_->rest.longs.push_back(token);
      }
    }
    add_up_counted();
    return std::move(slice_);
  }

 private:
  bool has_right_length(int count) const { return count > 0 && (slice_->chars_max == 0 || count <= slice_->chars_max); }
  bool is_inside(int32_t token) const { return has_bit(slice_->mask.data(), token); }
  void put(int32_t token, int chars) {
    set_bit(slice_->mask.data(), token);
    if (chars <= slice_->counted_max)
      set_bit(slice_->counted.data() + static_cast<size_t>(chars - 1) * slice_->mask.size(), token);
  }
  /// Of a token inside; a cut character counts as one.
  int chars_of(int32_t token) const {
    uint8_t state = 0;
    int chars = 0;
    for (char c : trie_.bytes(token)) {
      if (state == 0) ++chars;
      state = chars_.next[state][static_cast<uint8_t>(c)];
    }
    return chars;
  }
  // Those of exactly n characters become those of up to n.
  void add_up_counted() {
    const size_t words = slice_->mask.size();
    for (size_t i = words; i < slice_->counted.size(); ++i) slice_->counted[i] |= slice_->counted[i - words];
  }

  void mark_inside() {
    struct At {
      uint8_t state;
      uint8_t chars;
    };
    At path[TokenTrie::depth_max + 1] = {{0, 0}};
    for (size_t i = 0; i < nodes().size();) {
      const TrieNode & node = nodes()[i];
      const At before = path[node.depth() - 1];
      At & at = path[node.depth()];
      at.state = chars_.next[before.state][node.byte()];
      at.chars = static_cast<uint8_t>(before.chars + (at.state == 0 ? 1 : 0));
      if (at.state == CharAutomaton::dead || (slice_->chars_max != 0 && at.chars > slice_->chars_max)) {
        i += node.size();
        continue;
      }
      ++i;
      const int count = at.chars + (at.state == 0 ? 0 : 1);
      if (node.token_plus_one() != 0 && has_right_length(count)) {
        put(static_cast<int32_t>(node.token_plus_one()) - 1, count);
      }
    }
  }

  // Per node, how many nodes of its subtree lead to a token outside of the slice; 0: the node is left out.
  void count_rest() {
    rest_.assign(nodes().size(), 0);
    uint32_t below[TokenTrie::depth_max + 2] = {};
    for (size_t i = nodes().size(); i > 0; --i) {
      const TrieNode & node = nodes()[i - 1];
      const bool is_kept = node.token_plus_one() != 0 && !is_inside(static_cast<int32_t>(node.token_plus_one()) - 1);
      const uint32_t count = below[node.depth() + 1];
      below[node.depth() + 1] = 0;
      rest_[i - 1] = is_kept || count != 0 ? count + 1 : 0;
      below[node.depth()] += rest_[i - 1];
    }
  }

  void copy_rest() {
    for (size_t i = 0; i < nodes().size();) {
      const TrieNode & node = nodes()[i];
      if (rest_[i] == 0) {
        i += node.size();
        continue;
      }
      TrieNode copy = {node.byte_and_token, node.depth() | rest_[i] << 8};
      if (node.token_plus_one() != 0 && is_inside(static_cast<int32_t>(node.token_plus_one()) - 1)) {
        copy.byte_and_token = node.byte();
      }
      slice_->rest.nodes.push_back(copy);
      ++i;
    }
  }

  const std::vector<TrieNode> & nodes() const { return trie_.all().nodes; }

  const TokenTrie & trie_;
  const CharAutomaton & chars_;
  std::unique_ptr<Slice> slice_;
  std::vector<uint32_t> rest_;
};

}  // namespace

constexpr std::array<SliceTables::Shape, 10> SliceTables::shapes;

SliceTables::SliceTables(const TokenTrie & trie) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    slices_[i] = SliceMaker(trie, shapes[i]).make();
    const size_t words = slices_[i]->mask.size() + slices_[i]->counted.size();
    bytes_ += words * sizeof(uint32_t) + slices_[i]->rest.nodes.size() * sizeof(TrieNode);
  }
}

const CharAutomaton & SliceTables::automaton(CharKind kind) {
  // Never destroyed: a worker may be at a mask while the process exits.
  static const auto & automata = *new std::array<CharAutomaton, char_kind_count>(make_automata());
  return automata[static_cast<size_t>(kind)];
}

int whole_chars(const CharAutomaton & automaton, std::string_view text) {
  uint8_t state = 0;
  int count = 0;
  for (char c : text) {
    state = automaton.next[state][static_cast<uint8_t>(c)];
    if (state == CharAutomaton::dead) return -1;
    if (state == 0) ++count;
  }
  return state == 0 ? count : -1;
}

}  // namespace espalier
