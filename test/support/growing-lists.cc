// What the native core keeps its numbered values in, against the standard library's containers: after each value that
// is added others are asked for, while the table moves what it holds. `--planted`: one value that it is not told.
// Prints how many answers were compared; ends with code 1 at the first that differs.
#include <cstdio>
#include <cstring>
#include <random>
#include <unordered_map>
#include <vector>

#include "constraint/block_list.h"
#include "constraint/block_pool.h"
#include "constraint/id_table.h"

using namespace espalier;

namespace {

struct Compared {
  size_t answers = 0;
  bool is_same = true;
  void expect(bool holds) {
    ++answers;
    is_same = is_same && holds;
  }
};

// Hashes that differ in their low bits by a few only, so that many share a place.
uint64_t hash_of(uint64_t content) { return (content * 0x9E3779B97F4A7C15u >> 40) % 509; }
uint64_t spread_hash_of(uint64_t content) { return content * 0x9E3779B97F4A7C15u >> 17; }

template <typename Hash>
void compare_table(Compared & compared, IdTable & table, uint32_t count, Hash hash, uint32_t planted) {
  std::mt19937_64 random(count);
  std::unordered_map<uint64_t, uint32_t> expected;
  std::vector<uint64_t> contents;
  const auto found = [&](uint64_t content) {
    return table.find(hash(content), [&](uint32_t id) { return contents[id] == content; });
  };
  while (contents.size() < count) {
    const uint64_t content = random() % (uint64_t{count} * 4);
    const auto known = expected.find(content);
    compared.expect(found(content) == (known == expected.end() ? IdTable::absent : known->second));
    if (known != expected.end()) continue;
    const uint32_t id = static_cast<uint32_t>(contents.size());
    expected.emplace(content, id);
    contents.push_back(content);
    if (id != planted) table.add(hash(content), id);
    const uint32_t earlier = static_cast<uint32_t>(random() % contents.size());
    compared.expect(found(contents[earlier]) == earlier);
  }
  for (uint32_t id = 0; id < count; ++id) compared.expect(found(contents[id]) == id);
}

void compare_lists(Compared & compared) {
  BlockList<uint32_t> list;
  BlockPool<uint32_t> pool;
  std::vector<uint32_t *> taken;
  for (uint32_t i = 0; i < 70'000; ++i) {
    list.push_back(i * 7);
    const uint32_t count = i % 5 == 0 ? 300 : i % 3;
    taken.push_back(pool.take(count));
    for (uint32_t k = 0; k < count; ++k) taken.back()[k] = i + k;
  }
  compared.expect(list.size() == 70'000);
  for (uint32_t i = 0; i < 70'000; ++i) {
    compared.expect(list[i] == i * 7);
    const uint32_t count = i % 5 == 0 ? 300 : i % 3;
    for (uint32_t k = 0; k < count; ++k) compared.expect(taken[i][k] == i + k);
  }
}

}  // namespace

int main(int argc, char ** argv) {
  const bool has_planted = argc > 1 && std::strcmp(argv[1], "--planted") == 0;
  Compared compared;
  IdTable table;
  for (uint32_t count : {1u, 31u, 32u, 33u, 700u, 40'000u}) {
    compare_table(compared, table, count, spread_hash_of, has_planted && count == 700 ? 411 : UINT32_MAX);
    table.clear();
    if (count < 1000) compare_table(compared, table, count, hash_of, UINT32_MAX);
    table.clear_entries();
    compare_table(compared, table, count, spread_hash_of, UINT32_MAX);
    table.reset(count / 2);
  }
  compare_lists(compared);
  std::printf("%s %zu\n", compared.is_same ? "same" : "different", compared.answers);
  return compared.is_same ? 0 : 1;
}
