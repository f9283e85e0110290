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
export type { Overflow, Pin, TokenRange } from './engine/engine.js'
export type { TokenLogprobs, TokenTie } from './engine/fill.js'
export type { Ledger } from './engine/ledger.js'
export type { AdapterFile, AdapterOptions } from './model/adapters.js'
export { type DeviceShare, type Estimate, estimate } from './model/estimate.js'
export { load } from './model/load.js'
export type { LoadOptions } from './model/load-options.js'
export { type AdapterInfo, Model, type ModelInfo } from './model/model.js'
export type { TraceEvent } from './model/trace.js'
export { type StreamEvent, Transcript } from './model/transcript.js'
export type { DeviceInfo, KvType, RopeScaling } from './native/addon.js'
export type { Log, LogLevel } from './native/log-type.js'
export { devices } from './native/model.js'
export type { Gpu } from './native/platform.js'
export { branches, each, type JoinOptions, type RepeatOptions, repeat } from './prompt/branches.js'
export { assistant, system, type ToolResultOptions, toolResult, user } from './prompt/chat.js'
export { beam, bestOf, type VoteOptions, vote } from './prompt/choose.js'
export {
  type DecimalOptions,
  type GenOptions,
  gen,
  grammar,
  hole,
  input,
  integer,
  type NumberOptions,
  number,
  regex,
  type SelectOptions,
  select,
} from './prompt/hole.js'
export { type JsonValue, json } from './prompt/json.js'
export type { Role, ToolCall } from './prompt/message-head.js'
export { type CallData, type ContentData, type MessageData, messages } from './prompt/messages.js'
export type {
  Check,
  CheckDetail,
  CheckResult,
  HoleOptions,
  Penalties,
  SamplingOptions,
  TextHoleOptions,
} from './prompt/options.js'
export type { Hole, Input, Prompt, PromptValues, Thinking } from './prompt/part.js'
export { type CheckedOptions, checked, prompt } from './prompt/prompt.js'
export { thinking } from './prompt/thinking.js'
export type { Tool, ToolContext } from './prompt/tool-part.js'
export {
  type ToolCallOf,
  type ToolOptions,
  type ToolsOptions,
  tool,
  tools,
} from './prompt/tools.js'
export type { AdapterChoice } from './run/given/adapters.js'
export type { RunEvent } from './run/report/event.js'
export type { ChoiceScores, HoleEnd, OptionScore, VoteCounts } from './run/report/results.js'
export type { RunOptions } from './run/run.js'
export type { ChatMessage } from './run/state/chat.js'
export type { Piece } from './run/state/pieces.js'
