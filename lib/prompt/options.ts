// What a caller may say about one hole: how tokens are chosen, how many, and what makes a value wrong. Decides the
// shapes, the defaults and the checks of them. Never draws a token.
import { PromptError } from '../base/errors.js'
import { checkNames, type OptionNames, type OptionTable, optionNames } from '../base/options.js'
import { isRecord, shown } from '../base/seen.js'
import { type AttemptOptions, attemptTable, checkAttempts } from './attempt-options.js'
import { checkBan, checkBiasText, checkDry, checkXtc, type Dry, type Xtc } from './draw-filters.js'
import { checkNumber, type NumberRange } from './number-option.js'
import { refuseUnused } from './unused.js'

/**
 * How tokens are chosen. Per run and per hole; the hole's own settings win. In this order: what the constraint and
 * `ban` allow, penalties and bias, `dry`, `topK`, `typicalP`, `topP`, `minP`, `xtc`, temperature.
 */
export interface SamplingOptions {
  /**
   * 0 (the default): always the most probable token. Above that tokens are drawn by chance, the more evenly the higher
   * it is; 100 at most.
   */
  readonly temperature?: number
  /** Only so many of the most probable tokens; default 0: all. */
  readonly topK?: number
  /** Only the most probable tokens that together make up this share of the probability, 0 to 1; default 1: all. */
  readonly topP?: number
  /** Only tokens at least this share (0 to 1) as probable as the most probable one; default 0: all. */
  readonly minP?: number
  /**
   * Only tokens about as surprising as one is on average, that together make up this share of the probability, 0 to 1
   * (locally typical sampling); default 1: all. Each draw with it is told as a near tie: how the average moves with
   * rounding has no bound.
   */
  readonly typicalP?: number
  /** What leaves out the most probable tokens now and then, where tokens are drawn by chance; default: nothing. */
  readonly xtc?: Xtc
  /** What makes tokens less likely that came before; default: nothing. */
  readonly penalties?: Penalties
  /** What makes tokens less likely that would go on with a repetition; default: nothing. */
  readonly dry?: Dry
  /**
   * Texts that must not come out of the model: at most 1,000 of 256 bytes each. None is finished by a token of the
   * value, however it is cut into tokens, and wherever it begins: in the value, or in the text before the hole. That
   * holds for what the constraint leaves no choice about, too: where nothing else is left the run ends with FillError
   * DEAD_END. Literals, inputs and known values may hold them, and so may stops and the literal behind the hole;
   * options that are scored whole are not looked at. Upper and lower case are told apart. Default: none.
   */
  readonly ban?: readonly string[]
  /** Added to the logits of these token ids, at most 300,000 of them; -Infinity forbids one. Default: none. */
  readonly bias?: Readonly<Record<number, number>>
  /**
   * The same by text: each must be one token of the model, as ` yes` with its space; what is more than one token is
   * refused, and can be banned. Default: none.
   */
  readonly biasText?: Readonly<Record<string, number>>
  /**
   * How many of the most probable tokens are reported beside each token of a value, with the natural logarithms of
   * their probabilities before masks; 0 to 1,000, default 0: nothing is reported. Costs the mask of every draw, and one
   * more decode of the tokens that nothing drew, many at once. `logprob`, `distortion` and `logprobs` of the run tell.
   */
  readonly logprobs?: number
}

/** What makes tokens less likely that came before. */
export interface Penalties {
  /** Divides positive and multiplies negative logits of tokens in the window; 0.01 to 1,000, default 1: off. */
  readonly repeat?: number
  /** Subtracted from a token's logit for each time it occurs in the window; -1,000 to 1,000, default 0. */
  readonly frequency?: number
  /** Subtracted from a token's logit once where it occurs in the window; -1,000 to 1,000, default 0. */
  readonly presence?: number
  /** Tokens in the window: the last ones of the transcript, those of the prompt included; default 64. */
  readonly lastN?: number
}

/** true: fine. A string: why not. With `from`: wrong from that index of the text on. */
export type CheckResult = true | string | { readonly from: number; readonly reason: string }

/** What a check sees beside the value. */
export interface CheckDetail {
  /** The text of the value, as far as it goes. */
  readonly text: string
  /** More of the value may come (`checkEvery`). false: no more will, though `tokensMax` may have cut a text. */
  readonly isPartial: boolean
  /** Values captured before this hole. */
  readonly values: Readonly<Record<string, unknown>>
}

/** Judges a value, at once or by a promise; a method by type, so that a hole of one value type still is one of any. */
export type Check<V> = {
  check(value: V, detail: CheckDetail): CheckResult | Promise<CheckResult>
}['check']

/** What every hole takes: how much is drawn, how, and who judges the value. */
export interface HoleOptions<V> extends SamplingOptions, AttemptOptions {
  /**
   * Tokens drawn at most for the value; default 512. A text is cut there, between two code points; an unfinished value
   * of any other kind is a FillError TOKENS_MAX.
   */
  readonly tokensMax?: number
  /**
   * Tokens drawn at least: before, neither the model's own end nor a stop or the literal behind the hole can end the
   * value, as masks leave them out. A value that is whole before (its constraint allows nothing more) ends as it must,
   * and so does one behind which the context ends. At most `tokensMax`; default 0.
   */
  readonly tokensMin?: number
  /**
   * Whether the end of a literal or an input before the hole may be spelled anew together with the value, as the whole
   * text would be (its tokens cost nothing of `tokensMax`). false: its tokens stay, and the value begins with a token
   * of its own. Text the model wrote is never spelled anew. Default true.
   */
  readonly heal?: boolean
  /** Draws of this hole depend on this seed, a whole number of 0 or more; default: the run's. */
  readonly seed?: number
  /**
   * Judges the value before it is captured: true, or why it is wrong. A rejected value is filled again (`retries`), and
   * the run rejects with FillError ATTEMPTS_SPENT where none is left. Default: every value is right.
   */
  readonly check?: Check<V>
  /**
   * Attempts after the first one that was rejected; default 2. No rejected text is judged again: where a grammar comes
   * to it by other tokens, or all that may follow was rejected, the attempt backs up, for free. One that starts from
   * nothing draws at least at temperature 0.7, since greedy draws would change little but the end.
   */
  readonly retries?: number
  /** Earlier holes that may be undone, one after the other, once the attempts are spent; default 0. */
  readonly backtrack?: number
}

/** Options of a hole whose value is its text. */
export interface TextHoleOptions<V = string> extends HoleOptions<V> {
  /**
   * Calls `check` with the unfinished text, too, after each token, word or line, so that a wrong one is given up early.
   * Default: with the whole value only.
   */
  readonly checkEvery?: 'token' | 'word' | 'line'
}

export const retriesDefault = 2
export const tokensMaxDefault = 512

export const samplingTable: OptionTable<SamplingOptions> = {
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  typicalP: true,
  xtc: true,
  penalties: true,
  dry: true,
  ban: true,
  bias: true,
  biasText: true,
  logprobs: true,
}
export const holeTable: OptionTable<HoleOptions<never>> = {
  ...samplingTable,
  tokensMax: true,
  tokensMin: true,
  seed: true,
  heal: true,
  check: true,
  retries: true,
  backtrack: true,
  ...attemptTable,
}
export const textHoleTable: OptionTable<TextHoleOptions<never>> = { ...holeTable, checkEvery: true }
const penaltyNames = optionNames<Penalties>('penalties', {
  repeat: true,
  frequency: true,
  presence: true,
  lastN: true,
})

const ranges: Readonly<Record<string, NumberRange>> = {
  temperature: { min: 0, max: 100, whole: 'number' },
  topK: { min: 0, max: 2 ** 31 - 1, whole: 'integer' },
  topP: { min: 0, max: 1, whole: 'number' },
  minP: { min: 0, max: 1, whole: 'number' },
  typicalP: { min: 0, max: 1, whole: 'number' },
  logprobs: { min: 0, max: 1000, whole: 'integer' },
  tokensMax: { min: 1, max: 2 ** 31 - 1, whole: 'integer' },
  tokensMin: { min: 0, max: 2 ** 31 - 1, whole: 'integer' },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: 'integer' },
  retries: { min: 0, max: 1000, whole: 'integer' },
  backtrack: { min: 0, max: 1000, whole: 'integer' },
}

/** Throws PromptError OPTION_INVALID for a number that is none or out of range. `where` names the hole or the run. */
export function checkNumbers(options: object, where: string): void {
  for (const [key, range] of Object.entries(ranges)) {
    checkNumber((options as Record<string, unknown>)[key], key, range, where)
  }
  const { penalties, bias, biasText, dry, xtc, ban } = options as SamplingOptions
  checkPenalties(penalties, where)
  checkBias(bias, where)
  checkBiasText(biasText, where)
  checkDry(dry, where)
  checkXtc(xtc, where)
  checkBan(ban, where)
}

/** Throws PromptError OPTION_INVALID for options that are no object, UsageError OPTION_UNKNOWN for other names. */
export function requireOptions(options: unknown, names: OptionNames, where: string): void {
  if (!isRecord(options)) {
    throw new PromptError(
      'OPTION_INVALID',
      `The options of ${where} are ${shown(options)}; they must be an object.`,
    )
  }
  checkNames(options, names, where)
}

/** As `checkNumbers`, and the options only a hole has. */
export function checkHoleOptions(options: object, where: string): void {
  checkNumbers(options, where)
  const { check, checkEvery, heal, tokensMin = 0, tokensMax = tokensMaxDefault } = options as TextHoleOptions
  if (tokensMin > tokensMax) {
    throw new PromptError(
      'OPTION_INVALID',
      `tokensMin of ${where} is ${tokensMin}, and tokensMax is ${tokensMax}; it must not be above that.`,
    )
  }
  if (heal !== undefined && typeof heal !== 'boolean') {
    throw new PromptError('OPTION_INVALID', `heal of ${where} is ${shown(heal)}; it must be true or false.`)
  }
  if (check !== undefined && typeof check !== 'function') {
    throw new PromptError('OPTION_INVALID', `check of ${where} is ${shown(check)}; it must be a function.`)
  }
  checkAttempts(options, where)
  if (check === undefined) {
    refuseUnused(options, ['feedback', 'best'], where, 'Only a check rejects values')
  }
  if (checkEvery !== undefined && !['token', 'word', 'line'].includes(checkEvery)) {
    throw new PromptError(
      'OPTION_INVALID',
      `checkEvery of ${where} is ${shown(checkEvery)}; it must be 'token', 'word' or 'line'.`,
    )
  }
}

function checkPenalties(penalties: Penalties | undefined, where: string): void {
  if (penalties === undefined) return
  if (!isRecord(penalties)) {
    throw new PromptError(
      'OPTION_INVALID',
      `penalties of ${where} is ${shown(penalties)}; it must be an object.`,
    )
  }
  checkNames(penalties, penaltyNames, `penalties of ${where}`)
  const max = 1000
  checkNumber(penalties.repeat, 'penalties.repeat', { min: 0.01, max, whole: 'number' }, where)
  checkNumber(penalties.frequency, 'penalties.frequency', { min: -max, max, whole: 'number' }, where)
  checkNumber(penalties.presence, 'penalties.presence', { min: -max, max, whole: 'number' }, where)
  checkNumber(penalties.lastN, 'penalties.lastN', { min: 0, max: 2 ** 31 - 1, whole: 'integer' }, where)
}

/** Tokens of the largest vocabularies known, and a few more. */
const biasMax = 300_000

function checkBias(bias: SamplingOptions['bias'], where: string): void {
  if (bias === undefined) return
  if (!isRecord(bias)) {
    throw new PromptError('OPTION_INVALID', `bias of ${where} is ${shown(bias)}; it must be an object.`)
  }
  const tokens = Object.keys(bias)
  if (tokens.length > biasMax) {
    throw new PromptError(
      'OPTION_INVALID',
      `bias of ${where} names ${tokens.length} tokens; no vocabulary has more than ${biasMax}.`,
    )
  }
  for (const token of tokens) {
    const value = (bias as Readonly<Record<string, unknown>>)[token]
    if (/^\d+$/.test(token) && typeof value === 'number' && !Number.isNaN(value) && value !== Infinity)
      continue
    throw new PromptError(
      'OPTION_INVALID',
      `bias of ${where} gives token ${token} the value ${shown(value)}; it maps token ids to numbers.`,
    )
  }
}
