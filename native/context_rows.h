// The rows of one llama_decode while they are put together.
#pragma once

#include <llama.h>

#include <cstdint>
#include <vector>

namespace espalier {

/// A llama_batch under construction; `sequence_lists` must outlive the call.
struct Rows {
  std::vector<llama_token> tokens;
  std::vector<llama_pos> positions;
  std::vector<int32_t> sequence_counts;
  std::vector<llama_seq_id *> sequence_lists;
  std::vector<int8_t> outputs;

  void add(int32_t token, int32_t position, std::vector<int32_t> & sequences, bool has_output) {
    tokens.push_back(token);
    positions.push_back(position);
    sequence_counts.push_back(static_cast<int32_t>(sequences.size()));
    sequence_lists.push_back(sequences.data());
    outputs.push_back(has_output ? 1 : 0);
  }

  llama_batch batch() {
    llama_batch batch = {};
    batch.n_tokens = static_cast<int32_t>(tokens.size());
    batch.token = tokens.data();
    batch.pos = positions.data();
    batch.n_seq_id = sequence_counts.data();
    batch.seq_id = sequence_lists.data();
    batch.logits = outputs.data();
    return batch;
  }
};

}  // namespace espalier
