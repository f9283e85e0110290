// Vocabularies for JavaScript, with the compiled constraints made from them. Decides how long a compiled constraint is
// kept: while anything uses it, and the last few anyway, since the next run compiles the same ones. JS thread only.
#include "bind_vocab.h"

#include <algorithm>

#include "bind_constraint.h"
#include "constraint/compiled_cache.h"
#include "constraint/trie.h"

namespace espalier {

namespace {

struct VocabObject {
  static constexpr napi_type_tag tag = {0x3f94c27d58ae4b61u, 0xb6e20d7c94a1835fu};
  static constexpr const char * name = "NativeVocab";
  std::shared_ptr<const TokenTrie> trie;
  std::shared_ptr<const VocabSource> source;
  CompiledCache cache;
  ExternalBytes external;
};

using WrappedVocab = Wrapped<VocabObject>;

// A vocabulary without a model: the longest token at each byte, special texts first where they are asked for.
class GreedySource : public VocabSource {
 public:
  std::shared_ptr<const TokenTrie> trie;
  std::vector<std::pair<std::string, int32_t>> special_texts;  // longest first
  std::optional<int32_t> bos_token;
  std::optional<int32_t> eos_token;
  bool puts_bos = false;

  std::vector<int32_t> tokenize(std::string_view bytes, bool special) const override {
    std::vector<int32_t> tokens;
    while (!bytes.empty()) {
      const auto [token, length] = next_token(bytes, special);
      if (length == 0) {
        throw Failure("UsageError", "TEXT_UNTOKENIZABLE",
                      "No token of the vocabulary begins with byte " +
                          std::to_string(static_cast<uint8_t>(bytes.front())) + ".");
      }
      tokens.push_back(token);
      bytes.remove_prefix(length);
    }
    return tokens;
  }
  std::optional<int32_t> bos() const override { return bos_token; }
  std::optional<int32_t> eos() const override { return eos_token; }
  bool adds_bos() const override { return puts_bos; }
  bool adds_space() const override { return false; }
  std::string special_text(int32_t token) const override {
    for (const auto & [text, special] : special_texts) {
      if (special == token) return text;
    }
    return {};
  }

 private:
  std::pair<int32_t, size_t> next_token(std::string_view bytes, bool special) const {
    if (special) {
      for (const auto & [text, token] : special_texts) {
        if (bytes.substr(0, text.size()) == text) return {token, text.size()};
      }
    }
    const int32_t token = trie->longest_token(bytes);
    return {token, token < 0 ? 0 : trie->bytes(token).size()};
  }
};

int32_t read_id(const Call & call, const VocabObject & vocab) {
  return static_cast<int32_t>(
      read_whole(call.argument(0), {"token"}, {0, static_cast<double>(vocab.trie->token_count())}));
}

napi_value token_or_null(napi_env env, std::optional<int32_t> token) {
  return token ? js_number(env, *token) : js_null(env);
}

napi_value size(VocabObject & vocab, const Call & call) { return js_number(call.env, vocab.trie->token_count()); }

napi_value bos(VocabObject & vocab, const Call & call) { return token_or_null(call.env, vocab.source->bos()); }

napi_value eos(VocabObject & vocab, const Call & call) { return token_or_null(call.env, vocab.source->eos()); }

napi_value adds_bos(VocabObject & vocab, const Call & call) { return js_boolean(call.env, vocab.source->adds_bos()); }

napi_value adds_space(VocabObject & vocab, const Call & call) {
  return js_boolean(call.env, vocab.source->adds_space());
}

/// A typed array with 1 for each token the trie says that of.
Js marks(napi_env env, const TokenTrie & trie, bool (TokenTrie::*says)(int32_t) const) {
  const auto count = static_cast<size_t>(trie.token_count());
  uint8_t * marked = nullptr;
  const Js array = js_numbers<uint8_t>(env, count, marked);
  for (size_t token = 0; token < count; token++) marked[token] = (trie.*says)(static_cast<int32_t>(token)) ? 1 : 0;
  return array;
}

// All tokens in one call: whoever looks at each of them would make as many calls as there are tokens.
napi_value table(VocabObject & vocab, const Call & call) {
  const TokenTrie & trie = *vocab.trie;
  NewObject result(call.env);
  result.set("bytes", js_bytes(call.env, trie.text()));
  result.set("starts", js_numbers(call.env, trie.offsets()));
  result.set("special", marks(call.env, trie, &TokenTrie::is_special));
  result.set("eog", marks(call.env, trie, &TokenTrie::is_eog));
  return result.value();
}

napi_value special_text(VocabObject & vocab, const Call & call) {
  const int32_t token = read_id(call, vocab);
  return js_bytes(call.env, vocab.trie->is_special(token) ? vocab.source->special_text(token) : std::string());
}

napi_value tokenize(VocabObject & vocab, const Call & call) {
  const std::string bytes = read_bytes(call.argument(0), {"bytes"});
  const Js options = call.argument(1);
  const bool special = !options.is_undefined() && JsObject(options, {"options"}).boolean("special", false);
  return js_numbers(call.env, vocab.source->tokenize(bytes, special));
}

napi_value can_extend_bytes(VocabObject & vocab, const Call & call) {
  return js_boolean(call.env, can_extend(*vocab.trie, read_bytes(call.argument(0), {"bytes"})));
}

CompileLimits read_limits(Js value) {
  const CompileLimits limits = default_limits();
  if (value.is_undefined()) return limits;
  const JsObject given(value, {"limits"});
  const Range any = {1, 9007199254740992.0};
  return {given.whole("statesMax", any, limits.states_max), given.whole("fuelMax", any, limits.fuel_max)};
}

napi_value compile(VocabObject & vocab, const Call & call) {
  std::vector<int32_t> words = read_words(call.argument(0), {"words"});
  std::string bytes = read_bytes(call.argument(1), {"bytes"});
  const CompileLimits limits = read_limits(call.argument(2));
  return make_constraint(call.env, vocab.cache.compile(vocab.trie, std::move(words), std::move(bytes), limits));
}

napi_value create_vocab(const Call & call) {
  const JsObject description(call.argument(0), {"description"});
  VocabTokens tokens;
  tokens.bytes = description.list("tokens", read_bytes);
  const size_t count = tokens.bytes.size();
  if (count == 0) throw usage_error("ARGUMENT_INVALID", "tokens is empty; expected at least one token.");
  const Range ids = {0, static_cast<double>(count)};
  const auto read_one = [&](Js value, const Path & path) { return static_cast<int32_t>(read_whole(value, path, ids)); };
  const auto read_some = [&](const char * name) {
    return description.list_or_null(name, read_one).value_or(std::vector<int32_t>());
  };
  tokens.special.assign(count, false);
  auto source = std::make_shared<GreedySource>();
  for (const int32_t token : read_some("special")) {
    tokens.special[token] = true;
    if (!tokens.bytes[token].empty()) source->special_texts.emplace_back(tokens.bytes[token], token);
  }
  std::stable_sort(source->special_texts.begin(), source->special_texts.end(),
                   [](const auto & x, const auto & y) { return x.first.size() > y.first.size(); });
  tokens.eog = read_some("eog");
  source->bos_token = description.whole_or_null("bos", ids);
  source->eos_token = description.whole_or_null("eos", ids);
  source->puts_bos = description.boolean("addsBos", false);
  source->trie = build_token_trie(std::move(tokens));
  return make_vocab(call.env, source->trie, source);
}

}  // namespace

napi_value make_vocab(napi_env env, std::shared_ptr<const TokenTrie> trie, std::shared_ptr<const VocabSource> source) {
  auto made = std::make_unique<VocabObject>();
  made->trie = std::move(trie);
  made->source = std::move(source);
  VocabObject & kept = *made;
  const napi_value instance = WrappedVocab::make(env, std::move(made));
  kept.external.tell(env, bytes_held(*kept.trie));
  return instance;
}

void init_vocab(napi_env env, napi_value exports) {
  WrappedVocab::define(env,
                       {{"table", WrappedVocab::call<table>},
                        {"specialText", WrappedVocab::call<special_text>},
                        {"tokenize", WrappedVocab::call<tokenize>},
                        {"canExtend", WrappedVocab::call<can_extend_bytes>},
                        {"compile", WrappedVocab::call<compile>}},
                       {{"size", WrappedVocab::call<size>},
                        {"bos", WrappedVocab::call<bos>},
                        {"eos", WrappedVocab::call<eos>},
                        {"addsBos", WrappedVocab::call<adds_bos>},
                        {"addsSpace", WrappedVocab::call<adds_space>}});
  export_function(env, exports, "createVocab", entry<create_vocab>);
}

}  // namespace espalier
