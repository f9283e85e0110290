// What a model says of texts without a run: their tokens, the text of tokens, and how much of the context a prompt
// takes. Decides what may be asked, and refuses everything else before any work.
import { Pace } from '../async/pace.js'
import { UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isReadable, isRecord, isUnicodeText, shown } from '../base/seen.js'
import type { Engine } from '../engine/engine.js'
import type { SpecialTexts } from '../engine/tokens.js'
import type { Prompt } from '../prompt/part.js'
import type { Runs } from './runs.js'

/** How many tokens a transcript of a prompt takes. */
export interface TextSize {
  /** Of the text that is known, where it is longest. */
  readonly tokens: number
  /** With all tokens that may be drawn; Infinity where nobody can say. */
  readonly tokensMax: number
}

/** Options of `tokenize` and of `count` for a text. */
export interface TokenizeOptions {
  /**
   * Whether the texts of special tokens, such as `<|im_end|>`, are read as these tokens, as they are in a chat
   * template's marks. Default false: they are text like any other.
   */
  readonly special?: boolean
}

const names = optionNames<TokenizeOptions>('tokenize()', { special: true })

/** Throws UsageError ARGUMENT_INVALID, OPTION_INVALID, OPTION_UNKNOWN. */
export function textTokens(engine: Engine, text: unknown, options: unknown, signal: AbortSignal) {
  const { known, special } = checked('tokenize()', text, options)
  return engine.tokenize(known, special, new Pace(signal))
}

/** As `textTokens`. */
export function countText(engine: Engine, text: unknown, options: unknown, signal: AbortSignal) {
  const { known, special } = checked('count()', text, options)
  return engine.count(known, special, new Pace(signal))
}

/** Rejects as explaining the prompt does. */
export async function countPrompt(runs: Runs, prompt: Prompt, given: unknown): Promise<TextSize> {
  const { transcriptMin, transcriptMax, isOpen } = await runs.explain(null, prompt, given, {})
  return { tokens: transcriptMin, tokensMax: isOpen ? Number.POSITIVE_INFINITY : transcriptMax }
}

/** Throws UsageError ARGUMENT_INVALID; rejects with TOKEN_UNKNOWN. */
export function tokensText(engine: Engine, tokens: unknown, signal: AbortSignal): Promise<string> {
  if (!isReadable(tokens) || (!(tokens instanceof Int32Array) && !isArray(tokens))) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `detokenize() got ${shown(tokens)}; expected an Int32Array or an array of token ids.`,
    )
  }
  const list: ArrayLike<unknown> = tokens
  const ids = Int32Array.from(list as ArrayLike<number>)
  const at = ids.findIndex((id, index) => id !== list[index])
  if (at < 0) return engine.detokenize(ids, new Pace(signal))
  throw new UsageError(
    'ARGUMENT_INVALID',
    `Entry ${at} of the tokens is ${shown(list[at])}; expected the id of a token.`,
  )
}

function checked(taker: string, text: unknown, options: unknown) {
  if (typeof text !== 'string' || !isUnicodeText(text)) {
    const seen = typeof text === 'string' ? 'a text with half a surrogate pair' : shown(text)
    const expected = taker === 'count()' ? 'a text or a prompt' : 'a text'
    throw new UsageError('ARGUMENT_INVALID', `${taker} got ${seen}; expected ${expected}.`)
  }
  if (!isRecord(options)) {
    const seen = `The options of ${taker} are ${shown(options)}`
    throw new UsageError('ARGUMENT_INVALID', `${seen}; expected an object.`)
  }
  checkNames(options, names, taker)
  const { special = false } = options as TokenizeOptions
  if (typeof special !== 'boolean') {
    throw new UsageError(
      'OPTION_INVALID',
      `special of ${taker} is ${shown(special)}; expected true or false.`,
    )
  }
  const texts: SpecialTexts = special ? 'read' : 'text'
  return { known: text, special: texts }
}
