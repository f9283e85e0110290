// Everything `import ... from 'espalier'` gives; the only barrel. Decides what is public, holds nothing else.
import './model/symbols.js'

export { errorFrom } from './base/error-json.js'
export {
  AbortError,
  CapabilityError,
  CapacityError,
  ConstraintError,
  EngineError,
  EspalierError,
  type FillAttempt,
  FillError,
  InternalError,
  ModelError,
  PromptError,
  UsageError,
} from './base/errors.js'
export { contains, startsWith, words } from './constraint/affix.js'
export { capture } from './constraint/capture.js'
export type { Capturing, Times } from './constraint/captures.js'
export { and, not, or } from './constraint/combine.js'
export type { Constraint, RegularConstraint } from './constraint/constraint-type.js'
export { type ManyOptions, many } from './constraint/many.js'
export type {
  CombinedConstraint,
  ConstraintPart,
  PartValue,
  RegularPart,
} from './constraint/part.js'
export { recursive } from './constraint/recursive.js'
export { optional, type SeqValue, seq } from './constraint/seq.js'
export { substring } from './constraint/substring.js'
export { type Transform, transform } from './constraint/transform.js'
export type { Overflow, Pin, TokenRange } from './engine/engine.js'
export type { TokenTie } from './engine/fill.js'
export type { Ledger } from './engine/ledger.js'
export type { TokenLogprobs } from './engine/logprobs.js'
export type { EngineStats } from './engine/stats.js'
export { type ModelFile, modelFiles } from './files/find.js'
export { type Pulled, type PullOptions, pull } from './files/hub/pull.js'
export type { PullProgress } from './files/hub/telling.js'
export type { ModelStore } from './files/stores.js'
export type { AdapterFile, AdapterOptions } from './model/adapters.js'
export { type DeviceShare, type Estimate, estimate } from './model/estimate.js'
export { Fork } from './model/fork.js'
export { all, fork, join, race } from './model/forks.js'
export { load } from './model/load.js'
export type { LoadOptions } from './model/load-options.js'
export { Model } from './model/model.js'
export type { AdapterInfo, ModelInfo } from './model/model-info.js'
export type { TextSize, TokenizeOptions } from './model/sizes.js'
export type { TraceEvent } from './model/trace.js'
export { type StreamEvent, Transcript } from './model/transcript.js'
export type { TranscriptJson } from './model/transcript-json.js'
export type { DeviceInfo, KvType, RopeScaling } from './native/addon.js'
export type { Log, LogLevel } from './native/log-type.js'
export { devices } from './native/model.js'
export type { Gpu } from './native/platform.js'
export { ask } from './prompt/ask.js'
export { branches, each, type JoinOptions, type RepeatOptions, repeat } from './prompt/branches.js'
export { assistant, system, type ToolResultOptions, toolResult, user } from './prompt/chat.js'
export { beam, bestOf, type VoteOptions, vote } from './prompt/choose.js'
export { collect } from './prompt/collect.js'
export type { Dry, Xtc } from './prompt/draw-filters.js'
export type { DrawHook, DrawView, TokenAlternative } from './prompt/draw-view.js'
export {
  type DecimalOptions,
  type GenOptions,
  gen,
  grammar,
  hole,
  integer,
  type NumberOptions,
  number,
  regex,
  select,
} from './prompt/hole.js'
export { type InputOptions, input } from './prompt/input.js'
export { type JsonValue, json } from './prompt/json.js'
export type { Role, ToolCall } from './prompt/message-head.js'
export { type CallData, type ContentData, type MessageData, messages } from './prompt/messages.js'
export { oneOf } from './prompt/one-of.js'
export type {
  Check,
  CheckDetail,
  CheckResult,
  HoleOptions,
  Penalties,
  SamplingOptions,
  TextHoleOptions,
} from './prompt/options.js'
export type { Hole, Input, Prompt, Thinking } from './prompt/part.js'
export { type CheckedOptions, checked, prompt } from './prompt/prompt.js'
export type { SelectOptions } from './prompt/scores.js'
export { thinking } from './prompt/thinking.js'
export type { Tool, ToolContext } from './prompt/tool-part.js'
export {
  type ToolCallOf,
  type ToolOptions,
  type ToolsOptions,
  tool,
  tools,
} from './prompt/tools.js'
export type { PromptValues } from './prompt/typing.js'
export type { ExplainedPart, ExplainNote, Explanation, TokenSources } from './run/explain/explanation.js'
export type { AdapterChoice } from './run/given/adapters.js'
export type { Replay, ReplayDifference, ReplayToken } from './run/record/replay.js'
export type { RunEvent } from './run/report/event.js'
export type {
  ChoiceScores,
  HoleEnd,
  HoleEnds,
  OptionScore,
  RankedFill,
  VoteCounts,
} from './run/report/results.js'
export type { RunOptions } from './run/run-options.js'
export type { ScoredText, ScoreOptions } from './run/score-texts.js'
export type { ChatMessage } from './run/state/chat.js'
export type { Piece } from './run/state/pieces.js'
export type { Inspector, InspectorOptions } from './trace/live.js'
export type { Recording, RecordOptions } from './trace/recording.js'
export type { Trace, TraceLine } from './trace/trace.js'
