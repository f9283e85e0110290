// What a caller may say about a run, beside what its prompt is given.
import { optionNames } from '../base/options.js'
import type { Overflow } from '../engine/engine.js'
import { type SamplingOptions, samplingTable } from '../prompt/options.js'
import type { AdapterChoice } from './given/adapters.js'
import type { ChatHistory } from './state/chat.js'

/** Options of one run. */
export interface RunOptions extends SamplingOptions {
  /**
   * Draws depend on it, the hole's path and the attempt only; default 0. So the same seed gives the same values
   * whatever else runs, but for draws that rounding decides: these are reported as 'near-tie' events. What a model has
   * drawn and remembers (`answersMax`) it draws again, in runs and streams alike.
   */
  readonly seed?: number
  /** Ends the run, which rejects with AbortError and the signal's reason. Default: none. */
  readonly signal?: AbortSignal
  /**
   * What to do where the transcript would outgrow the context. Default: CapacityError. 'shift' drops tokens from the
   * middle, about half of those behind the first part (`{ keep }`: behind the first `keep` tokens), whenever there is
   * no room, and goes on. LOSSY: the model forgets what is dropped, and what it computed behind that still remembers
   * it, so results are not those of a fresh run over the shorter text. `text` stays whole. The value of one hole is
   * never cut: it must fit beside the kept tokens. CapabilityError NO_SHIFT where the memory can't shift.
   */
  readonly overflow?: Overflow
  /**
   * How earlier messages of a chat are written. 'template' (the default): as the model's chat template writes the whole
   * conversation, which may not be as they were generated (many templates drop what a model thought in earlier turns);
   * tokens from the first difference on are computed again. 'verbatim': messages stay as they were first written and
   * generated, from this run on; only what comes after them follows the template.
   */
  readonly history?: ChatHistory
  /**
   * What the model's chat template sees beside the messages, by name: JSON values such as `enable_thinking: false`,
   * `reasoning_effort: 'low'` or `tools`. Default: what the conversation was given before. A run that gives some gives
   * all of them anew, and earlier messages are then written as the template writes them with these. A name that the
   * template does not mention is a 'warning' event. PromptError OPTION_INVALID for what is no JSON, and for `messages`,
   * `add_generation_prompt`, `bos_token` and `eos_token`, which the run gives.
   */
  readonly chat?: Readonly<Record<string, unknown>>
  /**
   * Which of the model's adapters compute, by name: each at the scale it was loaded with, or at one given here;
   * [] or {}: none. Default: what the transcript has so far; one that begins has those that were loaded as a list.
   * A transcript that goes on with others is computed again with these.
   */
  readonly adapters?: AdapterChoice
  /**
   * Whether everything is drawn anew, and nothing answered that the model remembers to have drawn (`answersMax`).
   * Prefixes stay cached. Default false.
   */
  readonly fresh?: boolean
}

export const runNames = optionNames<RunOptions>('a run', {
  ...samplingTable,
  seed: true,
  signal: true,
  overflow: true,
  history: true,
  chat: true,
  adapters: true,
  fresh: true,
})
