// The context class, see bind_context.h. Decides what a method answers while busy and after disposal.
#include "bind_context.h"

#include <algorithm>
#include <set>

#include "bind_constraint.h"
#include "bind_context_request.h"
#include "bind_on_thread.h"
#include "pending_exception.h"

namespace espalier {

namespace {

struct ContextObject {
  static constexpr napi_type_tag tag = {0xe2b7451f09d3c86au, 0x74c1a9e05b2f8d36u};
  static constexpr const char * name = "NativeContext";
  std::shared_ptr<Context> context;  // null once disposed
  std::shared_ptr<DecodeThread> thread;
  bool is_busy = false;
  ExternalBytes external;

  // A context nobody refers to any more; a running step refers to it.
  ~ContextObject() {
    if (context) context->close();
    if (thread) thread->stop();
  }
};

using WrappedContext = Wrapped<ContextObject>;

Context & usable(const ContextObject & object) {
  if (!object.context) throw usage_error("DISPOSED", "The context was disposed.");
  return *object.context;
}

Context & idle(const ContextObject & object) {
  Context & context = usable(object);
  if (object.is_busy) throw usage_error("BUSY", "The context is running a step; wait until it has settled.");
  return context;
}

/// A step under way. Its references are deleted in `finish`, or go with their env.
struct PendingStep {
  StepPlan plan;
  StepResult result;
  napi_deferred deferred = nullptr;
  ContextObject * object = nullptr;  // and these matchers: kept by the references
  std::vector<MatcherObject *> matchers;
  std::vector<napi_ref> held;
};

void hold(napi_env env, PendingStep & pending, napi_value value) {
  napi_ref reference = nullptr;
  check(env, napi_create_reference(env, value, 1, &reference));
  pending.held.push_back(reference);
}

void let_go(napi_env env, PendingStep & pending) {
  for (const napi_ref reference : pending.held) napi_delete_reference(env, reference);
  pending.held.clear();
}

napi_value capabilities(ContextObject & object, const Call & call) {
  const napi_env env = call.env;
  const ContextFacts & facts = usable(object).facts();
  NewObject result(env);
  result.set("memory", js_text(env, memory_text(facts.memory)));
  result.set("canTruncate", js_boolean(env, facts.can_truncate));
  result.set("canShift", js_boolean(env, facts.can_shift));
  result.set("canForkPartially", js_boolean(env, facts.can_fork_partially));
  result.set("canPark", js_boolean(env, facts.can_park));
  result.set("cells", js_number(env, facts.cells));
  result.set("cellsEach", js_number(env, facts.cells_each));
  result.set("sequences", js_number(env, facts.sequences));
  result.set("batch", js_number(env, facts.batch));
  result.set("flashAttention", js_boolean(env, facts.flash_attention));
  result.set("cacheBytes", js_number(env, static_cast<double>(facts.cache_bytes)));
  NewObject work(env);
  for (const auto & [place, bytes] : facts.work) work.set(place.data(), js_number(env, static_cast<double>(bytes)));
  result.set("workBytes", work.value());
  return result.value();
}

// After the whole plan was read, and before any more JavaScript runs.
void borrow_matchers(const std::vector<Js> & given, const PlanSizes & sizes, PendingStep & pending) {
  std::set<int32_t> sequences;
  const Path plan{"plan"};
  const Path generations = plan.of("generations");
  for (size_t i = 0; i < given.size(); i++) {
    const Path generation_path = generations.at(static_cast<int64_t>(i));
    const Path path = generation_path.of("matcher");
    MatcherObject & object = matcher_object(given[i], path);
    Generation & generation = pending.plan.generations[i];
    generation.matcher = &usable(object);
    const int64_t tokens = token_count(generation.matcher->trie());
    if (tokens != sizes.tokens) {
      throw usage_error("VOCABULARY_DIFFERS", path.text() + " belongs to a vocabulary of " + std::to_string(tokens) +
                                                  " tokens; expected one of this model's " +
                                                  std::to_string(sizes.tokens) + ".");
    }
    if (!sequences.insert(generation.sequence).second) {
      throw usage_error("SEQUENCE_TWICE",
                        "Two generations draw for sequence " + std::to_string(generation.sequence) + ".");
    }
    if (std::find(pending.matchers.begin(), pending.matchers.end(), &object) != pending.matchers.end()) {
      throw usage_error("MATCHER_TWICE", "Two generations share one matcher; expected a fork for each.");
    }
    pending.matchers.push_back(&object);
  }
}

Failure result_lost() {
  return {"EngineError", "RESULT_LOST",
          "The step was run, but there is no memory to tell its result; clear the cells."};
}

void finish(napi_env env, PendingStep & pending) {
  pending.object->is_busy = false;
  for (MatcherObject * matcher : pending.matchers) matcher->is_busy = false;
  napi_value result = nullptr;
  try {
    result = write_result(env, pending.plan, pending.result);
  } catch (...) {
    // Whatever it was: the cells have changed, and nobody will know how. Where the env is closing, nobody is left.
    clear_pending(env);
  }
  if (result != nullptr) resolve(env, pending.deferred, result);
  else contained([&] { reject(env, pending.deferred, result_lost()); }, [](const Failure &) {});
  // Last: the references kept the objects alive.
  let_go(env, pending);
}

void run(Context & context, PendingStep & pending) { pending.result = context.step(pending.plan); }

napi_value step(ContextObject & object, const Call & call) {
  const napi_env env = call.env;
  Context & before = idle(object);
  const PlanSizes sizes{before.facts().sequences, before.model().vocab_size(), before.facts().batch,
                        static_cast<int64_t>(before.model().adapters().size())};
  auto pending = std::make_shared<PendingStep>();
  std::vector<Js> matchers;
  pending->plan = read_plan(call.argument(0), sizes, matchers);
  // The caller's getters ran: what was true before need not be so any more.
  Context & context = idle(object);
  pending->object = &object;
  borrow_matchers(matchers, sizes, *pending);
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &pending->deferred, &promise));
  try {
    hold(env, *pending, call.self);
    for (const Js & matcher : matchers) hold(env, *pending, matcher);
    context.announce_step();
    const bool was_posted = object.thread->post([context = object.context, pending] { run(*context, *pending); },
                                                [pending](napi_env done_env) { finish(done_env, *pending); });
    if (!was_posted) throw usage_error("CLOSED", "The context's thread has ended; make another context.");
  } catch (...) {
    let_go(env, *pending);
    throw;
  }
  object.is_busy = true;
  for (MatcherObject * matcher : pending->matchers) matcher->is_busy = true;
  return promise;
}

napi_value interrupt(ContextObject & object, const Call & call) {
  usable(object).interrupt();
  return js_undefined(call.env);
}

napi_value abort(ContextObject & object, const Call & call) {
  usable(object).abort();
  return js_undefined(call.env);
}

napi_value positions(ContextObject & object, const Call & call) {
  const Context & context = idle(object);
  const auto sequence = read_whole(call.argument(0), {"sequence"}, {0, static_cast<double>(context.facts().sequences)});
  const auto held = context.positions(static_cast<int32_t>(sequence));
  if (!held) return js_null(call.env);
  NewObject result(call.env);
  result.set("first", js_number(call.env, held->first));
  result.set("last", js_number(call.env, held->second));
  return result.value();
}

napi_value threads(ContextObject & object, const Call & call) { return js_number(call.env, usable(object).threads()); }

napi_value logits(ContextObject & object, const Call & call) {
  const Context & context = idle(object);
  const auto chunk = read_whole(call.argument(0), {"chunk"}, {0, 1 << 20});
  const float * row = context.logits(static_cast<size_t>(chunk));
  if (row == nullptr) return js_null(call.env);
  const auto size = static_cast<size_t>(context.model().vocab_size());
  float * copy = nullptr;
  const Js array = js_numbers<float>(call.env, size, copy);
  std::copy(row, row + size, copy);
  return array;
}

napi_value dispose(ContextObject & object, const Call & call) {
  return end_on_thread(call.env, object, &ContextObject::context);
}

}  // namespace

void init_context(napi_env env) {
  WrappedContext::define(
      env,
      {{"step", WrappedContext::call<step>},
       {"interrupt", WrappedContext::call<interrupt>},
       {"abort", WrappedContext::call<abort>},
       {"positions", WrappedContext::call<positions>},
       {"logits", WrappedContext::call<logits>},
       {"dispose", WrappedContext::call<dispose>}},
      {{"capabilities", WrappedContext::call<capabilities>}, {"threads", WrappedContext::call<threads>}});
}

napi_value create_context(napi_env env, std::shared_ptr<Model> model, Js options) {
  const ContextRequest request = read_context_request(options);
  const std::function<std::shared_ptr<Context>()> create = [model, request] { return Context::create(model, request); };
  return make_on_thread(env, &ContextObject::context, create, "a context");
}

}  // namespace espalier
