// What a caller may say about repeated text, the most probable tokens and banned texts: shapes, defaults and checks.
// Names and meanings are llama.cpp's. Never draws a token.
import { PromptError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isRecord, isUnicodeText, quoted, shown } from '../base/seen.js'
import { checkNumber, type NumberRange } from './number-option.js'

/**
 * DRY ("don't repeat yourself"): a token that would make a repetition longer loses
 * `multiplier * base ** (length - allowedLength)` from its logit, where `length` is how many tokens before it repeat
 * what stood before an earlier one of it; nothing below `allowedLength`.
 */
export interface Dry {
  /** How strong it is, 0 to 1,000; default 0: off. 0.8 is usual. */
  readonly multiplier?: number
  /** How fast it grows with the repetition, 1 to 10; default 1.75. */
  readonly base?: number
  /** Tokens that may repeat at no cost; 1 or more, default 2. */
  readonly allowedLength?: number
  /** Tokens it looks at: the last ones of the transcript, those of the prompt included; default 1,024. */
  readonly lastN?: number
  /**
   * Texts over which no repetition reaches, however they are cut into tokens; at most 100 of 40 bytes each. Default a
   * line break, a colon, a double quote and an asterisk.
   */
  readonly breakers?: readonly string[]
}

/**
 * XTC ("exclude top choices"): with some probability for each draw, of the tokens that are at least as probable as
 * `threshold` only the least probable one stays, with all that are less probable.
 */
export interface Xtc {
  /** Of being applied to a draw, 0 to 1; default 0: off. */
  readonly probability?: number
  /** 0 to 1; default 0.1. Above 0.5 it does nothing, since no two tokens are as probable. */
  readonly threshold?: number
}

export const dryDefaults = {
  multiplier: 0,
  base: 1.75,
  allowedLength: 2,
  lastN: 1024,
  breakers: ['\n', ':', '"', '*'],
} as const
export const xtcDefaults = { probability: 0, threshold: 0.1 } as const

const dryNames = optionNames<Dry>('dry', {
  multiplier: true,
  base: true,
  allowedLength: true,
  lastN: true,
  breakers: true,
})
const xtcNames = optionNames<Xtc>('xtc', { probability: true, threshold: true })

const whole = { max: 2 ** 31 - 1, whole: 'integer' } as const
const share: NumberRange = { min: 0, max: 1, whole: 'number' }
const breakersMax = 100
const breakerBytesMax = 40

/** Throws PromptError OPTION_INVALID, UsageError OPTION_UNKNOWN. */
export function checkDry(dry: Dry | undefined, where: string): void {
  if (dry === undefined) return
  requireRecord(dry, 'dry', where)
  checkNames(dry, dryNames, `dry of ${where}`)
  checkNumber(dry.multiplier, 'dry.multiplier', { min: 0, max: 1000, whole: 'number' }, where)
  checkNumber(dry.base, 'dry.base', { min: 1, max: 10, whole: 'number' }, where)
  checkNumber(dry.allowedLength, 'dry.allowedLength', { min: 1, ...whole }, where)
  checkNumber(dry.lastN, 'dry.lastN', { min: 0, ...whole }, where)
  if (dry.breakers !== undefined)
    checkTexts(dry.breakers, 'dry.breakers', where, breakersMax, breakerBytesMax)
}

/** As `checkDry`. */
export function checkXtc(xtc: Xtc | undefined, where: string): void {
  if (xtc === undefined) return
  requireRecord(xtc, 'xtc', where)
  checkNames(xtc, xtcNames, `xtc of ${where}`)
  checkNumber(xtc.probability, 'xtc.probability', share, where)
  checkNumber(xtc.threshold, 'xtc.threshold', share, where)
}

const bansMax = 1000
const banBytesMax = 256

/** As `checkDry`. */
export function checkBan(ban: readonly string[] | undefined, where: string): void {
  if (ban !== undefined) checkTexts(ban, 'ban', where, bansMax, banBytesMax)
}

/** As `checkDry`. */
export function checkBiasText(bias: Readonly<Record<string, number>> | undefined, where: string): void {
  if (bias === undefined) return
  requireRecord(bias, 'biasText', where)
  for (const [text, value] of Object.entries(bias)) {
    checkTexts([text], 'a key of biasText', where, 1, banBytesMax)
    if (typeof value === 'number' && !Number.isNaN(value) && value !== Infinity) continue
    throw invalid(
      `biasText of ${where} gives ${quoted(text)} the value ${shown(value)}; it maps texts to numbers.`,
    )
  }
}

function checkTexts(
  texts: readonly string[],
  key: string,
  where: string,
  max: number,
  bytesMax: number,
): void {
  if (!isArray(texts) || texts.length > max) {
    const seen = isArray(texts) ? `${(texts as readonly unknown[]).length} texts` : shown(texts)
    throw invalid(`${key} of ${where} is ${seen}; it must be an array of at most ${max} texts.`)
  }
  for (const text of texts as readonly unknown[]) {
    if (typeof text === 'string' && text !== '' && isUnicodeText(text) && Buffer.byteLength(text) <= bytesMax)
      continue
    const seen = typeof text === 'string' ? quoted(text) : shown(text)
    throw invalid(
      `${key} of ${where} has ${seen}; each must be a text of 1 to ${bytesMax} bytes without half a surrogate pair.`,
    )
  }
}

function requireRecord(value: object, key: string, where: string): void {
  if (!isRecord(value)) throw invalid(`${key} of ${where} is ${shown(value)}; it must be an object.`)
}

function invalid(message: string): PromptError {
  return new PromptError('OPTION_INVALID', message)
}
