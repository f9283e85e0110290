// Lists of distinct items as they are read, see regex_distinct.cc. Decides which bytes go on with values that came,
// what a list becomes once an item's value is known, and whether there are values enough.
#include <algorithm>
#include <string>
#include <unordered_set>

#include "derivative.h"
#include "json_units.h"

namespace espalier {

namespace {

// What has come of a unit that takes several bytes: its number of bytes, and which. An escape is `\`, `\u` and up to
// eight hexadecimal digits, another four bits each; a raw character is bytes.
constexpr uint32_t pending_escape = 16;

std::string pending_text(uint32_t length, uint32_t pending) {
  std::string text;
  if ((length & pending_escape) == 0) {
    for (uint32_t i = length; i > 0; --i) text.push_back(static_cast<char>(pending >> (8 * (i - 1))));
    return text;
  }
  const uint32_t bytes = length & ~pending_escape;
  const uint32_t digits = (bytes > 2 ? std::min(bytes, 6u) - 2 : 0) + (bytes > 8 ? bytes - 8 : 0);
  for (uint32_t i = 0, digit = 0; i < bytes; ++i) {
    if (i % 6 == 0) {
      text.push_back('\\');
    } else if (i % 6 == 1) {
      text.push_back('u');
    } else {
      text.push_back("0123456789abcdef"[(pending >> (4 * (digits - ++digit))) & 15]);
    }
  }
  return text;
}

struct Pending {
  uint32_t length;
  uint32_t bits;
};

/// `text`: as `pending_text` has it.
Pending pending_of(const std::string & text) {
  if (text.front() != '\\') {
    uint32_t bits = 0;
    for (char c : text) bits = bits << 8 | static_cast<uint8_t>(c);
    return {static_cast<uint32_t>(text.size()), bits};
  }
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % 6 >= 2) bits = bits << 4 | static_cast<uint32_t>(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
  }
  return {static_cast<uint32_t>(text.size()) | pending_escape, bits};
}

struct Step {
  uint8_t byte;
  RegexNode target;
  bool operator<(const Step & other) const { return byte != other.byte ? byte < other.byte : target < other.target; }
};

}  // namespace

void Derivatives::derive_seen(const RegexAst::Node & node) {
  const std::string before = pending_text(node.b, node.c);
  ValueTrie & values = ast_.values();
  std::vector<Step> steps;
  for (const ValueTrie::Edge * edge = values.edges_begin(node.a); edge != values.edges_end(node.a); ++edge) {
    if (edge->unit < unit_code_point || (edge->unit & unit_spaced) != 0) {
      if (!before.empty()) continue;
      steps.push_back({static_cast<uint8_t>(edge->unit & 0xFF), ast_.seen(edge->below, 0, 0)});
      if ((edge->unit & unit_spaced) == 0) continue;
      for (uint8_t space : {' ', '\t', '\n', '\r'}) steps.push_back({space, ast_.seen(node.a, 0, 0)});
    }
    if ((edge->unit & unit_code_point) == 0) continue;
    for (const std::string & text : spellings_of(edge->unit & ~unit_code_point)) {
      if (text.size() <= before.size() || text.compare(0, before.size(), before) != 0) continue;
      const char next = text[before.size()];
      RegexNode target;
      if (text.size() == before.size() + 1) {
        target = ast_.seen(edge->below, 0, 0);
      } else {
        const Pending pending = pending_of(before + next);
        target = ast_.seen(node.a, pending.length, pending.bits);
      }
      steps.push_back({static_cast<uint8_t>(next), target});
      const bool is_hex = before.size() % 6 >= 2 && before[0] == '\\';
      if (is_hex && next >= 'a') steps.push_back({static_cast<uint8_t>(next - 'a' + 'A'), target});
    }
  }
  ast_.budget().spend(steps.size());
  std::sort(steps.begin(), steps.end());
  uint16_t last = UINT16_MAX;
  for (const Step & step : steps) {
    const uint16_t byte_class = classes_.class_of[step.byte];
    // A spelling is no beginning of another one, so that one byte leads to one place.
    if (byte_class != last) emit(byte_class, byte_class + 1, step.target);
    last = byte_class;
  }
}

void Derivatives::derive_behind(const RegexAst::Node & node) {
  const DistinctList list = ast_.lists()[node.a];
  if (list.max != RegexAst::unlimited && node.c >= list.max) return;
  const RegexNode next = ast_.unsettled(node.a, node.b, node.c);
  const Span comma = spans_[list.comma];
  for (uint32_t i = 0; i < comma.count; ++i) {
    const Run run = pool_[comma.first + i];
    emit(run.from, run.until, ast_.concat(run.target, next));
  }
}

RegexNode Derivatives::after(RegexNode node, std::string_view bytes) {
  for (char c : bytes) {
    const uint16_t byte_class = classes_.class_of[static_cast<uint8_t>(c)];
    const Runs all = runs(node);
    const auto run = std::find_if(all.begin(), all.end(), [&](const Run & candidate) {
      return candidate.from <= byte_class && byte_class < candidate.until;
    });
    if (run == all.end()) return RegexAst::nothing;
    node = run->target;
  }
  return node;
}

RegexNode Derivatives::settled(RegexNode node, ItemTexts & texts) { return settled_at(node, texts, 0); }

RegexNode Derivatives::settled_at(RegexNode id, ItemTexts & texts, int depth) {
  constexpr int depth_max = 256;
  if (depth > depth_max) fail("CONSTRAINT_TOO_COMPLEX", "Lists of distinct items are nested too deeply in it.");
  const RegexAst::Node node = ast_.node(id);
  if ((node.marks & RegexAst::mark_unsettled) == 0) {
    if ((node.marks & RegexAst::mark_within) != 0) texts.has_others = true;
    return id;
  }
  if (node.op == RegexOp::unsettled) return settled_list(node, texts);
  if (node.op == RegexOp::concat) {
    const RegexNode head = settled_at(node.a, texts, depth + 1);
    return ast_.concat(head, settled_at(node.b, texts, depth + 1));
  }
  std::vector<RegexNode> parts;
  for (uint32_t i = 0; i < node.b; ++i) {
    parts.push_back(settled_at(ast_.children(ast_.node(id))[i], texts, depth + 1));
  }
  return node.op == RegexOp::alt ? ast_.alt(parts) : ast_.both(parts);
}

RegexNode Derivatives::settled_list(const RegexAst::Node & node, ItemTexts & texts) {
  const auto is_item = [&](std::string_view text) {
    return ast_.node(after(ast_.lists()[node.a].item, text)).nullable;
  };
  const auto found = texts.candidates.size() == 1
                         ? texts.candidates.begin()
                         : std::find_if(texts.candidates.begin(), texts.candidates.end(), is_item);
  if (found == texts.candidates.end()) return RegexAst::nothing;
  ValueSet values = node.b;
  const std::vector<std::vector<ValueUnit>> units = value_units(*found);
  if (ast_.values().has(values, units.front())) return RegexAst::nothing;
  for (const std::vector<ValueUnit> & one : units) values = ast_.values().with(values, one);
  const RegexNode next = ast_.distinct(node.a, values, node.c);
  return is_empty(next) ? static_cast<RegexNode>(RegexAst::nothing) : next;
}

bool Derivatives::begins_item(std::string_view text) {
  for (size_t list = 0; list < ast_.lists().size(); ++list) {
    if (after(ast_.lists()[list].item, text) != RegexAst::nothing) return true;
  }
  return false;
}

void Derivatives::count_values() {
  for (size_t list = 0; list < ast_.lists().size(); ++list) {
    const DistinctList at = ast_.lists()[list];
    const bool is_enough = at.min <= 1 || (!is_empty(at.comma) && (is_endless(at.item) || has_values(at.item, at.min)));
    ast_.lists()[list].has_enough = is_enough;
  }
}

// Whether it surely has strings without end; a value has but a few of them.
bool Derivatives::is_endless(RegexNode id) const {
  std::vector<RegexNode> left = {id};
  for (size_t i = 0; i < left.size(); ++i) {
    constexpr size_t looked_at_max = 1000;
    if (i == looked_at_max) return false;
    const RegexAst::Node & node = ast_.node(left[i]);
    if (node.opaque) continue;
    if (node.op == RegexOp::repeat && node.c == RegexAst::unlimited) return true;
    if (node.op == RegexOp::repeat) left.push_back(node.a);
    if (node.op == RegexOp::concat) left.insert(left.end(), {node.a, node.b});
    if (node.op == RegexOp::alt) left.insert(left.end(), ast_.children(node), ast_.children(node) + node.b);
  }
  return false;
}

// One after the other: a value that was found is left out of what is looked through next.
bool Derivatives::has_values(RegexNode item, uint32_t count) {
  ValueSet values = ValueTrie::none;
  for (uint32_t found = 0; found < count; ++found) {
    std::vector<RegexNode> parts = {item, ast_.complement(ast_.seen(values, 0, 0))};
    const RegexNode left = ast_.both(parts);
    if (is_empty(left)) return false;
    for (const std::vector<ValueUnit> & units : value_units(some_member(left)))
      values = ast_.values().with(values, units);
  }
  return true;
}

// Of a node that is not empty. Depth first over nodes that are not, and where an end is one byte away, to it.
std::string Derivatives::some_member(RegexNode node) {
  struct Place {
    RegexNode node;
    size_t length;
    uint8_t byte;
  };
  std::vector<Place> left = {{node, 0, 0}};
  std::unordered_set<RegexNode> seen;
  std::string text;
  for (;;) {
    const Place at = left.back();
    left.pop_back();
    if (!seen.insert(at.node).second) continue;
    text.resize(at.length);
    if (at.length > 0) text.back() = static_cast<char>(at.byte);
    if (ast_.node(at.node).nullable) return text;
    const Runs all = runs(at.node);
    const size_t before = left.size();
    for (const Run & run : std::vector<Run>(all.begin(), all.end())) {
      if (!is_empty(run.target)) left.push_back({run.target, at.length + 1, classes_.member[run.from]});
    }
    std::stable_partition(left.begin() + static_cast<std::ptrdiff_t>(before), left.end(),
                          [this](const Place & place) { return !ast_.node(place.node).nullable; });
    ast_.budget().spend(1 + left.size() - before);
  }
}

}  // namespace espalier
