// The heap of parked states and kept logits, tried by threads that take blocks of all sizes, write them full, and look
// whether each still holds what they wrote when they give it back. Prints "same", the blocks that were looked at, and
// the megabytes of large pages held with all blocks taken, and after all are given back; ends with code 1 where a block
// held something else, or where what was given back stayed with the process. `--planted`: one is given back too early.
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "host_heap.h"

using namespace espalier;

namespace {

struct Block {
  uint8_t * place;
  size_t bytes;
  uint8_t content;
};

// Most are smaller than a large page, a few have pages of their own.
size_t size_of(std::mt19937_64 & random) {
  const size_t most = size_t{1} << (random() % 50 == 0 ? 25 : 10 + random() % 12);
  return 1 + random() % most;
}

Block taken(HostHeap & heap, std::mt19937_64 & random) {
  const size_t bytes = size_of(random);
  const Block block{static_cast<uint8_t *>(heap.take(bytes)), bytes, static_cast<uint8_t>(random())};
  std::memset(block.place, block.content, bytes);
  return block;
}

bool is_same(const Block & block) {
  for (size_t at = 0; at < block.bytes; ++at)
    if (block.place[at] != block.content) return false;
  return true;
}

struct Seen {
  size_t blocks = 0;
  bool is_same = true;
};

void try_blocks(HostHeap & heap, uint64_t seed, Seen & seen) {
  std::mt19937_64 random(seed);
  std::vector<Block> blocks;
  const auto look = [&](size_t index) {
    ++seen.blocks;
    seen.is_same = seen.is_same && is_same(blocks[index]);
  };
  for (int turn = 0; turn < 2000; ++turn) {
    if (blocks.size() < 40 || random() % 2 == 0) blocks.push_back(taken(heap, random));
    if (blocks.size() <= 80 && random() % 2 == 0) continue;
    const size_t index = random() % blocks.size();
    look(index);
    heap.give(blocks[index].place, blocks[index].bytes);
    blocks[index] = blocks.back();
    blocks.pop_back();
  }
  for (size_t index = 0; index < blocks.size(); ++index) look(index);
  for (const Block & block : blocks) heap.give(block.place, block.bytes);
}

size_t resident_pages() {
  std::FILE * const file = std::fopen("/proc/self/statm", "r");
  unsigned long all = 0, resident = 0;
  if (file == nullptr || std::fscanf(file, "%lu %lu", &all, &resident) != 2) return 0;
  std::fclose(file);
  return resident;
}

// One block in ten stays, in nearly every large page.
bool gives_back(HostHeap & heap) {
  constexpr size_t bytes = 100'000;
  std::vector<Block> blocks;
  for (int at = 0; at < 2000; ++at) {
    const Block block{static_cast<uint8_t *>(heap.take(bytes)), bytes, static_cast<uint8_t>(at)};
    std::memset(block.place, block.content, bytes);
    blocks.push_back(block);
  }
  const size_t before = resident_pages();
  for (size_t at = 0; at < blocks.size(); ++at)
    if (at % 10 != 0) heap.give(blocks[at].place, bytes);
  constexpr size_t held_most = 2 * 200 * (bytes + 16'384) + (size_t{16} << 20);
  const bool is_little = heap.bytes_held() <= held_most;
  const bool is_gone = (before - resident_pages()) * 4096 >= 2000 * bytes - held_most;
  bool is_kept = true;
  for (size_t at = 0; at < blocks.size(); at += 10) {
    is_kept = is_kept && is_same(blocks[at]);
    heap.give(blocks[at].place, bytes);
  }
  return is_little && is_gone && is_kept;
}

}  // namespace

int main(int count, char ** words) {
  const bool is_planted = count > 1 && std::strcmp(words[1], "--planted") == 0;
  HostHeap heap;
  Seen all;
  // Rows of logits: what one takes after another gave lies in the same pages.
  size_t held_most = 0;
  for (int row = 0; row < 1000; ++row) {
    const size_t bytes = 128'000;
    void * place = heap.take(bytes);
    held_most = heap.bytes_held();
    heap.give(place, bytes);
  }
  all.is_same = held_most <= large_page_bytes;
  std::mt19937_64 random(0);
  const Block kept = taken(heap, random);
  if (is_planted) heap.give(kept.place, kept.bytes);
  const Block next{static_cast<uint8_t *>(heap.take(kept.bytes)), kept.bytes, static_cast<uint8_t>(kept.content ^ 1)};
  std::memset(next.place, next.content, next.bytes);
  all.is_same = all.is_same && is_same(kept);
  heap.give(next.place, next.bytes);
  if (!is_planted) heap.give(kept.place, kept.bytes);
  all.is_same = all.is_same && gives_back(heap);
  std::vector<Seen> seen(4);
  std::vector<std::thread> threads;
  for (size_t index = 0; index < seen.size(); ++index) {
    threads.emplace_back([&, index] { try_blocks(heap, index + 1, seen[index]); });
  }
  for (std::thread & thread : threads) thread.join();
  for (const Seen & one : seen) {
    all.blocks += one.blocks;
    all.is_same = all.is_same && one.is_same;
  }
  std::printf("%s %zu %zu\n", all.is_same ? "same" : "different", all.blocks, heap.bytes_held() >> 20);
  return all.is_same ? 0 : 1;
}
