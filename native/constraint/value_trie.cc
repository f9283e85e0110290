// See value_trie.h. Sets below have smaller numbers than those above them, so dropping takes one pass down and one up.
#include "value_trie.h"

#include <algorithm>

#include "byte_set.h"

namespace espalier {

namespace {
bool unit_before(const ValueTrie::Edge & edge, ValueUnit unit) { return edge.unit < unit; }
}  // namespace

ValueTrie::ValueTrie(Budget & budget) : budget_(budget) {
  intern(false, {});
  intern(true, {});
}

uint64_t ValueTrie::hash_of(bool has_end, const Edge * edges, size_t count) {
  uint64_t hash = has_end ? 0x7E1 : 0x7E0;
  for (size_t i = 0; i < count; ++i) hash = mix(mix(hash, edges[i].unit), edges[i].below);
  return hash;
}

uint64_t ValueTrie::hash_of(ValueSet set) const {
  return hash_of(nodes_[set].has_end, edges_begin(set), nodes_[set].count);
}

ValueSet ValueTrie::intern(bool has_end, const std::vector<Edge> & edges) {
  const uint64_t hash = hash_of(has_end, edges.data(), edges.size());
  const uint32_t known = known_.find(hash, [&](ValueSet set) {
    return nodes_[set].has_end == has_end && nodes_[set].count == edges.size() &&
           std::equal(edges.begin(), edges.end(), edges_begin(set));
  });
  if (known != IdTable::absent) return known;
  budget_.spend(1 + edges.size());
  make_room(nodes_, 1);
  make_room(edges_, edges.size());
  known_.make_room();
  budget_.add_memory(memory_of(edges.size()));
  const ValueSet set = static_cast<ValueSet>(nodes_.size());
  uint32_t values = has_end ? 1 : 0;
  for (const Edge & edge : edges) values += nodes_[edge.below].values;
  nodes_.push_back({static_cast<uint32_t>(edges_.size()), static_cast<uint32_t>(edges.size()), values, has_end});
  edges_.insert(edges_.end(), edges.begin(), edges.end());
  known_.add(hash, set);
  return set;
}

const ValueTrie::Edge * ValueTrie::find(ValueSet set, ValueUnit unit) const {
  const Edge * edge = std::lower_bound(edges_begin(set), edges_end(set), unit, unit_before);
  return edge != edges_end(set) && edge->unit == unit ? edge : nullptr;
}

bool ValueTrie::has(ValueSet set, const std::vector<ValueUnit> & units) const {
  for (ValueUnit unit : units) {
    const Edge * edge = find(set, unit);
    if (edge == nullptr) return false;
    set = edge->below;
  }
  return nodes_[set].has_end;
}

// Down along what is there, then up again: what lies beside the path stays as it is.
ValueSet ValueTrie::with(ValueSet set, const std::vector<ValueUnit> & units) {
  std::vector<ValueSet> path;
  path.reserve(units.size());
  for (ValueUnit unit : units) {
    path.push_back(set);
    const Edge * edge = find(set, unit);
    set = edge == nullptr ? none : edge->below;
  }
  std::vector<Edge> edges(edges_begin(set), edges_end(set));
  ValueSet below = intern(true, edges);
  for (size_t i = units.size(); i > 0; --i) {
    const ValueSet at = path[i - 1];
    edges.assign(edges_begin(at), edges_end(at));
    const auto place = std::lower_bound(edges.begin(), edges.end(), units[i - 1], unit_before);
    if (place != edges.end() && place->unit == units[i - 1]) {
      place->below = below;
    } else {
      edges.insert(place, {units[i - 1], below});
    }
    below = intern(nodes_[at].has_end, edges);
  }
  return below;
}

void ValueTrie::keep_all() {
  kept_nodes_ = nodes_.size();
  kept_edges_ = edges_.size();
}

void ValueTrie::mark_below(std::vector<bool> & is_live) {
  size_t live = kept_nodes_;
  for (size_t set = nodes_.size(); set > kept_nodes_; --set) {
    if (!is_live[set - 1]) continue;
    ++live;
    const auto id = static_cast<ValueSet>(set - 1);
    for (const Edge * edge = edges_begin(id); edge != edges_end(id); ++edge) is_live[edge->below] = true;
  }
  numbers_.assign(nodes_.size(), none);
  known_next_.reset(live);
}

std::vector<ValueSet> ValueTrie::collect(const std::vector<bool> & is_live) {
  size_t next = 0;
  size_t next_edge = 0;
  for (size_t set = 0; set < nodes_.size(); ++set) {
    const Node node = nodes_[set];
    if (set >= kept_nodes_ && !is_live[set]) {
      budget_.drop_memory(memory_of(node.count));
      continue;
    }
    nodes_[next] = {static_cast<uint32_t>(next_edge), node.count, node.values, node.has_end};
    for (uint32_t i = 0; i < node.count; ++i) {
      const Edge edge = edges_[node.first + i];
      edges_[next_edge++] = {edge.unit, numbers_[edge.below]};
    }
    known_next_.add(hash_of(static_cast<ValueSet>(next)), static_cast<ValueSet>(next));
    numbers_[set] = static_cast<ValueSet>(next++);
  }
  nodes_.resize(next, {0, 0, 0, false});
  edges_.resize(next_edge, {0, none});
  std::swap(known_, known_next_);
  return std::move(numbers_);
}

}  // namespace espalier
