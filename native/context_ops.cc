// Cell operations of a context. Decides which of them this memory can do; refuses the others before llama.cpp would end
// the process over them. An operation that is refused has changed nothing.
//
// The spare sequence is one id beyond those offered. It holds cells only inside one operation:
//
//   park [a, b) of s:      copy [a, b) of s -> spare,  write the spare's state,  drop the spare
//   restore into s:        read the state -> spare,    copy the spare -> s,      drop the spare
//   repack [a, b) of S:    park it, drop it from all of S, read it back -> spare, copy the spare -> all of S
#include <algorithm>

#include "context.h"

namespace espalier {
namespace {

constexpr int64_t moved_bytes_max = 8 << 20;  // at once, from places to others

}  // namespace

bool Context::apply(const KvOp & op, StepResult & result) {
  switch (op.kind) {
    case KvOp::Kind::copy: return copy(op.sequence, op.to, op.until);
    case KvOp::Kind::truncate: return truncate(op.sequence, op.from);
    case KvOp::Kind::shift: return shift(op.sequence, op.from, op.until);
    case KvOp::Kind::park: return park(op.sequence, op.from, op.until, op.blob, result);
    case KvOp::Kind::restore: return restore(op.sequence, op.blob);
    case KvOp::Kind::drop_blob: return drop_blob(op.blob);
    case KvOp::Kind::repack: return repack(op.sequences, op.from, op.until);
  }
  return false;
}

bool Context::holds_within(int32_t sequence, int32_t from, int32_t until) const {
  const auto held = positions(sequence);
  return held && from < until && held->first <= from && until <= held->second + 1;
}

bool Context::copy(int32_t from, int32_t to, int32_t until) {
  const auto held = positions(from);
  if (from == to) return false;
  if (!held || until <= held->first) return true;
  const int32_t end = std::min(until, held->second + 1);
  const auto taken = positions(to);
  if (is_partial() && (taken || end <= held->second)) return false;
  // A cell counts each of its sequences once; llama.cpp doesn't look whether it has one already.
  if (taken && taken->first < end && held->first <= taken->second) return false;
  llama().llama_memory_seq_cp(memory_, from, to, is_partial() ? -1 : held->first, is_partial() ? -1 : end);
  return true;
}

bool Context::truncate(int32_t sequence, int32_t from) {
  const auto held = positions(sequence);
  if (!held || from > held->second) return true;
  if (from <= held->first) return llama().llama_memory_seq_rm(memory_, sequence, -1, -1);
  return llama().llama_memory_seq_rm(memory_, sequence, from, -1);
}

// Whether another sequence has cells at these positions. It may share ours; that can't be asked.
bool Context::others_may_share(int32_t sequence, int32_t from, int32_t until) const {
  for (int32_t other = 0; other < facts_.sequences; other++) {
    if (other == sequence) continue;
    const auto held = positions(other);
    if (held && held->first < until && from <= held->second) return true;
  }
  return false;
}

//   before  | kept | dropped | tail |          a shared cell has one position for all its sequences, so a tail
//   after   | kept | tail |                    that may be shared gets cells of its own first
bool Context::shift(int32_t sequence, int32_t from, int32_t until) {
  if (!facts_.can_shift || !holds_within(sequence, from, until)) return false;
  const int32_t last = positions(sequence)->second;
  if (until == last + 1) return truncate(sequence, from);
  if (others_may_share(sequence, until, last + 1)) return shift_in_own_cells(sequence, from, until, last);
  if (!llama().llama_memory_seq_rm(memory_, sequence, from, until)) return false;
  llama().llama_memory_seq_add(memory_, sequence, until, -1, from - until);
  has_pending_shift_ = true;
  return true;
}

bool Context::shift_in_own_cells(int32_t sequence, int32_t from, int32_t until, int32_t last) {
  if (has_pending_shift_) return false;
  llama().llama_memory_seq_cp(memory_, sequence, spare_sequence_, until, last + 1);
  const StateBytes tail = read_state(spare_sequence_);
  llama().llama_memory_seq_rm(memory_, spare_sequence_, -1, -1);
  if (!write_state(spare_sequence_, tail)) return false;
  truncate(sequence, from);
  llama().llama_memory_seq_add(memory_, spare_sequence_, until, -1, from - until);
  llama().llama_memory_seq_cp(memory_, spare_sequence_, sequence, -1, -1);
  llama().llama_memory_seq_rm(memory_, spare_sequence_, -1, -1);
  has_pending_shift_ = true;
  return true;
}

// Empty where there is no memory for it.
StateBytes Context::read_state(int32_t sequence) {
  StateBytes bytes;
  read_state(sequence, bytes);
  return bytes;
}

void Context::read_state(int32_t sequence, StateBytes & bytes) {
  bytes.clear();
  try {
    bytes.resize(llama().llama_state_seq_get_size_ext(handle_, sequence, LLAMA_STATE_SEQ_FLAGS_NONE));
  } catch (const std::bad_alloc &) {
    return;
  }
  const size_t written =
      llama().llama_state_seq_get_data_ext(handle_, bytes.data(), bytes.size(), sequence, LLAMA_STATE_SEQ_FLAGS_NONE);
  bytes.resize(std::min(written, bytes.size()));
}

bool Context::write_state(int32_t sequence, const StateBytes & bytes) {
  return !bytes.empty() && llama().llama_state_seq_set_data_ext(handle_, bytes.data(), bytes.size(), sequence,
                                                                LLAMA_STATE_SEQ_FLAGS_NONE) > 0;
}

bool Context::park(int32_t sequence, int32_t from, int32_t until, int64_t blob, StepResult & result) {
  result.parked_bytes.push_back(0);
  const auto held = positions(sequence);
  // Shifted keys are only turned by the next llama_decode; their state would be stale.
  if (has_pending_shift_ || blobs_.count(blob) != 0 || !holds_within(sequence, from, until)) return false;
  const bool is_whole = from == held->first && until == held->second + 1;
  if (is_partial() && !is_whole) return false;
  StateBytes bytes;
  if (is_whole) {
    bytes = read_state(sequence);
  } else {
    llama().llama_memory_seq_cp(memory_, sequence, spare_sequence_, from, until);
    bytes = read_state(spare_sequence_);
    llama().llama_memory_seq_rm(memory_, spare_sequence_, -1, -1);
  }
  if (bytes.empty()) return false;
  const size_t size = bytes.size();
  try {
    blobs_.emplace(blob, Blob{from, until, std::move(bytes)});
  } catch (const std::bad_alloc &) {
    return false;
  }
  result.parked_bytes.back() = static_cast<double>(size);
  return true;
}

bool Context::drop_blob(int64_t blob) { return blobs_.erase(blob) > 0; }

bool Context::restore(int32_t sequence, int64_t blob) {
  const auto found = blobs_.find(blob);
  if (found == blobs_.end()) return false;
  const Blob & parked = found->second;
  const auto taken = positions(sequence);
  if (is_partial()) return !taken && write_state(sequence, parked.bytes);
  if (taken && taken->first < parked.until && parked.from <= taken->second) return false;
  if (!write_state(spare_sequence_, parked.bytes)) return false;
  llama().llama_memory_seq_cp(memory_, spare_sequence_, sequence, -1, -1);
  llama().llama_memory_seq_rm(memory_, spare_sequence_, -1, -1);
  return true;
}

// llama.cpp gives a cell the lowest free place, and attends up to the highest used one. Cells in between that were
// freed still cost time, until those above them have moved down:
//
//   places before  | a a . . . . b b |     places after  | a a b b |
bool Context::repack(const std::vector<int32_t> & sequences, int32_t from, int32_t until) {
  if (is_partial() || has_pending_shift_) return false;
  for (const int32_t sequence : sequences)
    if (!holds_within(sequence, from, until)) return false;
  // By way of the same few bytes each time: memory that was never used costs more than what is copied there.
  const int64_t cell_bytes = std::max<int64_t>(1, facts_.cache_bytes / facts_.cells);
  const auto piece = static_cast<int32_t>(std::clamp<int64_t>(moved_bytes_max / cell_bytes, 1, facts_.batch));
  for (int32_t at = from; at < until; at += piece) {
    if (!repack_piece(sequences, at, std::min(until, at + piece))) return false;
  }
  return true;
}

bool Context::repack_piece(const std::vector<int32_t> & sequences, int32_t from, int32_t until) {
  llama().llama_memory_seq_cp(memory_, sequences.front(), spare_sequence_, from, until);
  read_state(spare_sequence_, moved_);
  llama().llama_memory_seq_rm(memory_, spare_sequence_, -1, -1);
  if (moved_.empty()) return false;
  for (const int32_t sequence : sequences) llama().llama_memory_seq_rm(memory_, sequence, from, until);
  if (!write_state(spare_sequence_, moved_)) {
    throw Failure("EngineError", "CELLS_LOST",
                  "Cells at positions " + std::to_string(from) + " to " + std::to_string(until) +
                      " could not be put back where they are to go, so their tokens are lost.");
  }
  for (const int32_t sequence : sequences) llama().llama_memory_seq_cp(memory_, spare_sequence_, sequence, -1, -1);
  llama().llama_memory_seq_rm(memory_, spare_sequence_, -1, -1);
  return true;
}

}  // namespace espalier
