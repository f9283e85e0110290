// What a model knows of texts and tokens without running anything.
import type { Engine } from '../engine/engine.js'
import type { Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import type { Complete, GivenOrNone } from '../prompt/typing.js'
import type { Runs } from './runs.js'
import {
  countPrompt,
  countText,
  type TextSize,
  type TokenizeOptions,
  textTokens,
  tokensText,
} from './sizes.js'

/** What `load` gives: see `Model`. */
export abstract class ModelTexts {
  readonly #engine: Engine
  readonly #runs: Runs

  /** Not for callers. */
  constructor(engine: Engine, runs: Runs) {
    this.#engine = engine
    this.#runs = runs
  }

  /**
   * Token ids of a text that stands alone, without the `bos` token. Long texts are read with turns for others.
   * `detokenize` gives the text again. Rejects with UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, OPTION_INVALID,
   * TOKENIZE_FAILED where the vocabulary can't spell the text, CLOSED; CapabilityError NO_TOKENS for a scripted model.
   *
   * @example
   * ```ts
   * const tokens = await model.tokenize('The lid is broken.')
   * console.log(tokens.length, await model.detokenize(tokens))
   * ```
   */
  async tokenize(text: string, options: TokenizeOptions = {}): Promise<Int32Array> {
    return this.#runs.ask((signal) => textTokens(this.#engine, text, options, signal))
  }

  /**
   * The text of tokens, special ones as their texts; bytes that are no UTF-8 become U+FFFD. The space that a
   * SentencePiece vocabulary puts in front of a text, and behind a special token, is left out. Rejects with UsageError
   * ARGUMENT_INVALID, TOKEN_UNKNOWN, CLOSED; CapabilityError NO_TOKENS for a scripted model.
   *
   * @example
   * ```ts
   * const run = await model.run(prompt`The lid is ${gen('state', { tokensMax: 4 })}`)
   * console.log(await model.detokenize(run.tokens))
   * ```
   */
  async detokenize(tokens: Int32Array | readonly number[]): Promise<string> {
    return this.#runs.ask((signal) => tokensText(this.#engine, tokens, signal))
  }

  /**
   * How many tokens a text has (as `tokenize`), or how many a transcript of a prompt will have: `tokens` of what is
   * known of it, `bos` and the marks of the chat template included, and `tokensMax` with all that may be drawn. It fits
   * for sure where `tokensMax` is at most `model.info.contextTokens`; Infinity where functions make parts. Branches
   * count as the longest. Rejects as `tokenize`, and for a prompt as a run of it before any work.
   *
   * @example
   * ```ts
   * const form = prompt`Ticket: ${input('ticket')}\nSummary: ${gen('summary', { tokensMax: 50 })}`
   * const { tokens, tokensMax } = await model.count(form, { ticket: 'The lid is broken.' })
   * console.log(tokens, tokensMax <= model.info.contextTokens, await model.count('The lid'))
   * ```
   */
  count(text: string, options?: TokenizeOptions): Promise<number>
  count<V, I, K>(prompt: Prompt<V, I, K> & Complete<NoInfer<I>>): Promise<TextSize>
  count<V, I, K>(prompt: Prompt<V, I, K>, given: GivenOrNone<I, K>): Promise<TextSize>
  async count(text: unknown, given: unknown = {}): Promise<number | TextSize> {
    return this.#runs.ask<number | TextSize>((signal) => {
      if (isPrompt(text)) return countPrompt(this.#runs, text, given)
      return countText(this.#engine, text, given, signal)
    })
  }
}
