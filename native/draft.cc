// See draft.h. Decides how texts become rows of its calls, and what makes room.
#include "draft.h"

#include <algorithm>
#include <chrono>

#include "context_rows.h"
#include "guess_policy.h"
#include "llama/guard.h"
#include "sampler_math.h"

namespace espalier {

namespace {

constexpr int32_t batch_most = 512;
constexpr size_t warm_rows = 32;
/// A sequence that was used so many turns ago is somebody's who goes on; others are read over.
constexpr uint64_t turns_held = 32;

}  // namespace

Draft::Draft(const Model & model, LlamaContext & host, Options options)
    : host_(&host), on_call_(std::move(options.on_call)), vocab_own_(static_cast<size_t>(model.vocab_size())),
      sequences_(sequences_max) {
  const int32_t trained = llama().llama_model_n_ctx_train(model.handle());
  const int32_t cells = trained > 0 ? std::min(options.cells, trained) : options.cells;
  llama_context_params & params = options.params;
  params.n_ctx = static_cast<uint32_t>(cells);
  params.n_batch = static_cast<uint32_t>(std::min(batch_most, cells));
  params.n_ubatch = params.n_batch;
  params.n_seq_max = sequences_max;
  // Only the last token of each has logits.
  params.n_outputs_max = params.n_seq_max;
  llama_ = std::make_unique<LlamaContext>(model, params, host,
                                          "A context of " + std::to_string(cells) + " tokens for the draft model");
  memory_ = llama().llama_get_memory(llama_->handle());
  if (memory_ == nullptr) {
    throw Failure("ModelError", "MODEL_UNSUPPORTED",
                  "The model of option draft keeps no tokens in memory: it reads whole texts and generates none; "
                  "expected a text-generating decoder.");
  }
  cells_ = static_cast<size_t>(cells);
  batch_ = params.n_batch;
  const auto vocab_size = static_cast<size_t>(options.vocab_size);
  if (vocab_own_ < vocab_size) row_.assign(vocab_size, minus_infinity);
}

Draft::~Draft() = default;

// Before anything waits for it: first calls take longer than others, and what many rows take is not known from one.
void Draft::warm_up() {
  const auto told = std::move(on_call_);
  on_call_ = [](size_t, double) {};
  const auto read_rows = [&](size_t rows) {
    for (size_t i = 0; i < rows; i++) add(0, 0);
    return read({0}, [] { return false; });
  };
  const bool is_warm = read_rows(1);
  on_call_ = told;
  if (is_warm && read_rows(1)) read_rows(std::min(warm_rows, cells_ / 2));
  if (is_usable_) into_llama([&] { truncate(0, 0); });
}

// All but the last token, whose logits are wanted.
size_t Draft::agreement(const Sequence & sequence, const std::vector<int32_t> & text) {
  if (sequence.start + 1 >= text.size()) return 0;
  const size_t most = std::min(sequence.tokens.size(), text.size() - sequence.start - 1);
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(sequence.start);
  const auto until = from + static_cast<std::ptrdiff_t>(most);
  return static_cast<size_t>(std::mismatch(from, until, sequence.tokens.begin()).first - from);
}

Draft::Place Draft::nearest(const std::vector<int32_t> & text) const {
  Place best{0, 0};
  for (size_t i = 0; i < sequences_.size(); i++) {
    const Sequence & one = sequences_[i];
    const size_t common = agreement(one, text);
    const bool is_longer = best.common == 0 || one.start + common > sequences_[best.sequence].start + best.common;
    if (common > 0 && is_longer) best = {i, common};
  }
  return best;
}

size_t Draft::oldest() const {
  const auto older = [](const Sequence & a, const Sequence & b) { return a.used < b.used; };
  return static_cast<size_t>(std::min_element(sequences_.begin(), sequences_.end(), older) - sequences_.begin());
}

void Draft::truncate(size_t sequence, size_t count) {
  Sequence & one = sequences_[sequence];
  const auto id = static_cast<llama_seq_id>(sequence);
  if (count < one.tokens.size() || count == 0) {
    llama().llama_memory_seq_rm(memory_, id, count == 0 ? -1 : static_cast<llama_pos>(count), -1);
    one.tokens.resize(std::min(count, one.tokens.size()));
  }
  one.unread.clear();
  one.row = -1;
}

bool Draft::knows(const std::vector<int32_t> & text, size_t from) const {
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                     [&](int32_t token) { return static_cast<size_t>(token) < vocab_own_; });
}

std::optional<size_t> Draft::take(const std::vector<int32_t> & text, size_t rows_max) {
  if (text.empty()) return std::nullopt;
  const Place near = nearest(text);
  size_t start = sequences_[near.sequence].start;
  size_t common = near.common;
  const bool is_near =
      common > 0 && text.size() - start - common <= rows_max && text.size() - start + GuessPolicy::guesses_max < cells_;
  if (!is_near) {
    // Half of its cells at most: it is to go on for a while.
    start = text.size() - std::min({text.size(), rows_max, cells_ / 2});
    common = 0;
  }
  if (start == text.size() || !knows(text, start + common)) return std::nullopt;
  size_t taken = near.sequence;
  const Sequence & held = sequences_[taken];
  const bool is_others = held.used == turn_ ||
                         (held.used + turns_held > turn_ && held.tokens.size() > common + GuessPolicy::guesses_max + 1);
  if (!is_near || is_others) taken = oldest();
  if (sequences_[taken].used == turn_) return std::nullopt;
  into_llama([&] {
    if (is_near && taken == near.sequence) return truncate(taken, common);
    truncate(taken, 0);
    if (!is_near) return;
    llama().llama_memory_seq_cp(memory_, static_cast<llama_seq_id>(near.sequence), static_cast<llama_seq_id>(taken), 0,
                                static_cast<llama_pos>(common));
    const auto & from = sequences_[near.sequence].tokens;
    sequences_[taken].tokens.assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(common));
  });
  Sequence & one = sequences_[taken];
  one.start = start;
  one.used = turn_;
  one.unread.assign(text.begin() + static_cast<std::ptrdiff_t>(start + common), text.end());
  return taken;
}

// Logits are those of the last call, so what doesn't fit into one is read before it, but for the last tokens.
bool Draft::read(const std::vector<size_t> & sequences, const std::function<bool()> & stops) {
  for (;;) {
    size_t rows = 0;
    for (const size_t i : sequences) rows += sequences_[i].unread.size();
    if (stops()) return false;
    const bool is_last = rows <= batch_;
    if (!read_call(sequences, is_last)) return false;
    if (is_last) return true;
  }
}

bool Draft::read_call(const std::vector<size_t> & sequences, bool is_last) {
  std::vector<size_t> counts;
  size_t left = batch_;
  for (const size_t i : sequences) {
    const size_t unread = sequences_[i].unread.size();
    counts.push_back(std::min(left, is_last || unread == 0 ? unread : unread - 1));
    left -= counts.back();
  }
  int32_t outcome = 1;
  do {
    outcome = decode(sequences, counts);
  } while (outcome == 1 && make_room(sequences));
  if (!is_usable_) return false;
  if (outcome != 0) {
    // What is left of the call nobody knows.
    into_llama([&] {
      for (const size_t i : sequences) truncate(i, 0);
    });
    is_usable_ = outcome > 0;
    return false;
  }
  int32_t row = -1;
  for (size_t at = 0; at < sequences.size(); at++) {
    Sequence & one = sequences_[sequences[at]];
    const auto until = one.unread.begin() + static_cast<std::ptrdiff_t>(counts[at]);
    one.tokens.insert(one.tokens.end(), one.unread.begin(), until);
    one.unread.erase(one.unread.begin(), until);
    row += static_cast<int32_t>(counts[at]);
    one.row = is_last ? row : -1;
  }
  return true;
}

// As llama_decode answers.
int32_t Draft::decode(const std::vector<size_t> & sequences, const std::vector<size_t> & counts) {
  Rows rows;
  std::vector<std::vector<int32_t>> ids(sequences.size());
  for (size_t at = 0; at < sequences.size(); at++) {
    const Sequence & one = sequences_[sequences[at]];
    ids[at] = {static_cast<int32_t>(sequences[at])};
    for (size_t i = 0; i < counts[at]; i++) {
      rows.add(one.unread[i], static_cast<int32_t>(one.tokens.size() + i), ids[at], i + 1 == one.unread.size());
    }
  }
  const auto start = std::chrono::steady_clock::now();
  try {
    const int32_t outcome = into_llama([&] {
      llama_->share_cores();
      const int32_t answer = llama().llama_decode(llama_->handle(), rows.batch());
      if (answer == 0) llama().llama_synchronize(llama_->handle());
      return answer;
    });
    if (outcome != 0) return outcome;
  } catch (const GgmlAbort &) {
    break_down();
    return -1;
  }
  llama_->computed();
  on_call_(rows.tokens.size(),
           std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  return 0;
}

// False: nobody else holds any.
bool Draft::make_room(const std::vector<size_t> & sequences) {
  std::vector<size_t> others;
  for (size_t i = 0; i < sequences_.size(); i++) {
    const bool is_asked = std::find(sequences.begin(), sequences.end(), i) != sequences.end();
    if (!is_asked && sequences_[i].used != turn_ && !sequences_[i].tokens.empty()) others.push_back(i);
  }
  if (others.empty()) return false;
  const auto older = [&](size_t a, size_t b) { return sequences_[a].used < sequences_[b].used; };
  const size_t oldest = *std::min_element(others.begin(), others.end(), older);
  into_llama([&] { truncate(oldest, 0); });
  return true;
}

// ggml's state is unknown from here, and that of the threads it computed on, too: the context goes on with others.
void Draft::break_down() {
  is_usable_ = false;
  llama_->abandon();
  host_->renew_threads();
}

float * Draft::logits(size_t sequence) {
  const int32_t row = sequences_[sequence].row;
  float * logits = row < 0 ? nullptr : llama().llama_get_logits_ith(llama_->handle(), row);
  if (logits == nullptr || row_.empty()) return logits;
  std::copy(logits, logits + vocab_own_, row_.begin());
  return row_.data();
}

}  // namespace espalier
