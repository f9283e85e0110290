// Vocabularies for JavaScript, with the compiled constraints made from them. Decides how long a compiled constraint is
// kept: while anything uses it, and the last few anyway, since the next run compiles the same ones. JS thread only.
#include "bind_vocab.h"

#include <algorithm>

#include "bind_constraint.h"
#include "bind_wrapped.h"
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
};
constexpr napi_type_tag VocabObject::tag;

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
      read_whole(call.argument(0), "token", {0, static_cast<double>(vocab.trie->token_count())}));
}

napi_value size(VocabObject & vocab, const Call & call) {
  return Napi::Number::New(call.env, vocab.trie->token_count());
}

napi_value bos(VocabObject & vocab, const Call & call) {
  const auto token = vocab.source->bos();
  return token ? Napi::Value(Napi::Number::New(call.env, *token)) : Napi::Env(call.env).Null();
}

napi_value eos(VocabObject & vocab, const Call & call) {
  const auto token = vocab.source->eos();
  return token ? Napi::Value(Napi::Number::New(call.env, *token)) : Napi::Env(call.env).Null();
}

napi_value adds_bos(VocabObject & vocab, const Call & call) {
  return Napi::Boolean::New(call.env, vocab.source->adds_bos());
}

napi_value adds_space(VocabObject & vocab, const Call & call) {
  return Napi::Boolean::New(call.env, vocab.source->adds_space());
}

napi_value token_bytes(VocabObject & vocab, const Call & call) {
  return new_bytes(call.env, vocab.trie->bytes(read_id(call, vocab)));
}

napi_value is_special(VocabObject & vocab, const Call & call) {
  return Napi::Boolean::New(call.env, vocab.trie->is_special(read_id(call, vocab)));
}

napi_value is_eog(VocabObject & vocab, const Call & call) {
  return Napi::Boolean::New(call.env, vocab.trie->is_eog(read_id(call, vocab)));
}

napi_value tokenize(VocabObject & vocab, const Call & call) {
  const std::string bytes = read_bytes(call.argument(0), "bytes");
  bool special = false;
  if (!call.argument(1).IsUndefined()) {
    const Napi::Value given = read_object(call.argument(1), "options").Get("special");
    special = !given.IsUndefined() && read_boolean(given, "special");
  }
  const std::vector<int32_t> tokens = vocab.source->tokenize(bytes, special);
  Napi::Int32Array array = Napi::Int32Array::New(call.env, tokens.size());
  std::copy(tokens.begin(), tokens.end(), array.Data());
  return array;
}

napi_value can_extend_bytes(VocabObject & vocab, const Call & call) {
  return Napi::Boolean::New(call.env, can_extend(*vocab.trie, read_bytes(call.argument(0), "bytes")));
}

CompileLimits read_limits(Napi::Value value) {
  CompileLimits limits = default_limits();
  if (value.IsUndefined()) return limits;
  const Napi::Object given = read_object(value, "limits");
  const auto read = [&](const char * name, int64_t & limit) {
    const Napi::Value number = given.Get(name);
    if (!number.IsUndefined()) limit = read_whole(number, name, {1, 9007199254740992.0});
  };
  read("statesMax", limits.states_max);
  read("fuelMax", limits.fuel_max);
  return limits;
}

napi_value compile(VocabObject & vocab, const Call & call) {
  std::vector<int32_t> words = read_words(call.argument(0), "words");
  std::string bytes = read_bytes(call.argument(1), "bytes");
  const CompileLimits limits = read_limits(call.argument(2));
  return make_constraint(call.env, vocab.cache.compile(vocab.trie, std::move(words), std::move(bytes), limits));
}

std::vector<int32_t> read_id_list(Napi::Object description, const char * name, size_t count) {
  std::vector<int32_t> ids;
  const Napi::Value given = description.Get(name);
  if (given.IsUndefined()) return ids;
  const Napi::Array list = read_list(given, name);
  for (uint32_t i = 0; i < list.Length(); ++i) {
    ids.push_back(static_cast<int32_t>(read_whole(list.Get(i), name, {0, static_cast<double>(count)})));
  }
  return ids;
}

std::optional<int32_t> read_optional_id(Napi::Object description, const char * name, size_t count) {
  const Napi::Value given = description.Get(name);
  if (given.IsUndefined() || given.IsNull()) return std::nullopt;
  return static_cast<int32_t>(read_whole(given, name, {0, static_cast<double>(count)}));
}

napi_value create_vocab(const Call & call) {
  const Napi::Object description = read_object(call.argument(0), "description");
  const Napi::Array list = read_list(description.Get("tokens"), "tokens");
  VocabTokens tokens;
  for (uint32_t i = 0; i < list.Length(); ++i) tokens.bytes.push_back(read_bytes(list.Get(i), "tokens"));
  const size_t count = tokens.bytes.size();
  if (count == 0) throw usage_error(call.env, "ARGUMENT_INVALID", "tokens is empty; expected at least one token.");
  tokens.special.assign(count, false);
  auto source = std::make_shared<GreedySource>();
  for (int32_t token : read_id_list(description, "special", count)) {
    tokens.special[token] = true;
    if (!tokens.bytes[token].empty()) source->special_texts.emplace_back(tokens.bytes[token], token);
  }
  std::stable_sort(source->special_texts.begin(), source->special_texts.end(),
                   [](const auto & x, const auto & y) { return x.first.size() > y.first.size(); });
  tokens.eog = read_id_list(description, "eog", count);
  source->bos_token = read_optional_id(description, "bos", count);
  source->eos_token = read_optional_id(description, "eos", count);
  const Napi::Value adds = description.Get("addsBos");
  source->puts_bos = !adds.IsUndefined() && read_boolean(adds, "addsBos");
  source->trie = build_token_trie(std::move(tokens));
  return make_vocab(call.env, source->trie, source);
}

}  // namespace

Napi::Value make_vocab(Napi::Env env, std::shared_ptr<const TokenTrie> trie,
    std::shared_ptr<const VocabSource> source) {
  auto made = std::make_unique<VocabObject>();
  made->trie = std::move(trie);
  made->source = std::move(source);
  return Napi::Value(env, WrappedVocab::make(env, std::move(made)));
}

void init_vocab(Napi::Env env, Napi::Object exports) {
  WrappedVocab::define(env, {{"tokenBytes", WrappedVocab::call<token_bytes>},
                             {"isSpecial", WrappedVocab::call<is_special>},
                             {"isEog", WrappedVocab::call<is_eog>},
                             {"tokenize", WrappedVocab::call<tokenize>},
                             {"canExtend", WrappedVocab::call<can_extend_bytes>},
                             {"compile", WrappedVocab::call<compile>}},
                       {{"size", WrappedVocab::call<size>},
                        {"bos", WrappedVocab::call<bos>},
                        {"eos", WrappedVocab::call<eos>},
                        {"addsBos", WrappedVocab::call<adds_bos>},
                        {"addsSpace", WrappedVocab::call<adds_space>}});
  napi_value function = nullptr;
  const napi_callback create = [](napi_env call_env, napi_callback_info info) {
    return guarded(call_env, info, [](const Call & call) { return create_vocab(call); });
  };
  if (napi_create_function(env, "createVocab", NAPI_AUTO_LENGTH, create, nullptr, &function) != napi_ok) {
    throw Napi::Error::New(env);
  }
  exports.Set("createVocab", Napi::Value(env, function));
}

}  // namespace espalier
