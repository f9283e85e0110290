// The builders of holes: each says by what name a value is captured and which texts the model may write.
// Decides which constraint a builder means; never lowers one to tokens.
import { PromptError } from '../base/errors.js'
import { type OptionNames, type OptionTable, optionNames } from '../base/options.js'
import { shown } from '../base/seen.js'
import { choice } from '../constraint/choice.js'
import { type Constraint, isConstraint, seenInstead } from '../constraint/constraint-type.js'
import { gbnf } from '../constraint/gbnf.js'
import { integer as integerConstraint, number as numberConstraint } from '../constraint/number.js'
import { regex as regexConstraint } from '../constraint/regex.js'
import { checkName } from './name.js'
import {
  checkHoleOptions,
  type HoleOptions,
  holeTable,
  requireOptions,
  type TextHoleOptions,
  textHoleTable,
} from './options.js'
import type { FreeText, Hole, HoleMethod, StopText } from './part.js'
import { type SelectOptions, scoreMethod } from './scores.js'
import { freeText } from './stop-options.js'
import { refuseUnused, unusedByExactDraw, unusedByScore } from './unused.js'

/** What `gen` takes. */
export interface GenOptions<S extends string | RegExp = string | RegExp> extends TextHoleOptions {
  /**
   * What ends the value: texts, and RegExps (as `regex` reads them; none may match the empty text). The match that ends
   * first counts, and of those that end there the one that begins first, so that quantifiers end at their least.
   * Default: none, the literal after the hole ends it.
   */
  readonly stop?: S | readonly S[]
  /**
   * Where the text goes that matched `stop`. 'cut' (the default): nowhere. 'kept': into the transcript, behind the
   * value and before what follows. 'value': into the value, as its end. A known value has no stop behind it.
   */
  readonly stopText?: StopText
}

const genNames = optionNames<GenOptions>('gen()', { ...textHoleTable, stop: true, stopText: true })

/** Texts that a value may end at; of a RegExp nobody knows them. */
type StopTexts<S> = S extends string ? S : string

/**
 * Any text, up to the literal that follows the hole (or a `stop`, or the model's own end), or cut at `tokensMax`. As
 * every hole it throws PromptError NAME_INVALID, OPTION_INVALID, UsageError OPTION_UNKNOWN; for a RegExp as `stop`,
 * what `regex` throws.
 *
 * @example
 * ```ts
 * const answer = gen('answer', { stop: [/[.!?]/, '\n'], stopText: 'value', tokensMax: 24 })
 * const { values } = await model.run(prompt`Q: Who are you?\nA: ${answer}`)
 * console.log(values.answer)
 * ```
 */
export function gen<const N extends string, const S extends string | RegExp = never>(
  name: N,
  options: GenOptions<S> = {},
): Hole<N, string, StopTexts<S>> {
  requireHole(name, options, genNames)
  const { stop, stopText, ...rest } = options
  return makeHole(name, freeText(name, stop, stopText), rest)
}

const selectNames = optionNames<SelectOptions<never>>('select()', {
  ...textHoleTable,
  by: true,
  score: true,
  draw: true,
  calibrate: true,
})

/**
 * One of the options. With `by: 'logprob'` whole options are scored and nothing is drawn token by token: it takes
 * `check`, `retries`, `backtrack`, `heal` and `logprobs` beside `score`, `draw` and `calibrate`; with `draw: 'exact'`
 * also `temperature` and `seed`.
 *
 * Throws as `gen`, with PromptError OPTION_INVALID for an option that would mean nothing, and ConstraintError
 * CHOICE_EMPTY, CHOICE_OPTION_TWICE, CHOICE_OPTION_INVALID. A run throws PromptError CALIBRATION_NEEDS_INPUT where
 * `calibrate: true` finds no input before the hole.
 *
 * @example
 * ```ts
 * const moods = ['good', 'bad'] as const
 * const review = prompt`Review: ${input('review')}\nMood:`
 * const mood = prompt`${review} ${select('mood', moods, { by: 'logprob', calibrate: true })}\n`
 * const { values, choices } = await model.run(mood, { review: 'I hated the food.' })
 * const drawn = prompt`${review} ${select('mood', moods, { by: 'logprob', draw: 'exact' })}\n`
 * const other = await model.run(drawn, { review: 'It was fine.' }, { seed: 3 })
 * console.log(values.mood, choices.get('mood')?.margin, other.values.mood)
 * ```
 */
export function select<const N extends string, const O extends string>(
  name: N,
  options: readonly O[],
  settings: SelectOptions<NoInfer<O>> = {},
): Hole<N, O> {
  requireHole(name, settings, selectNames)
  const { by = 'sample', score, draw, calibrate, ...rest } = settings
  const where = `hole ${name}`
  if (by !== 'sample' && by !== 'logprob') {
    throw new PromptError(
      'OPTION_INVALID',
      `by of hole ${name} is ${shown(by)}; it must be 'sample' or 'logprob'.`,
    )
  }
  if (by === 'sample')
    refuseUnused(settings, ['score', 'draw', 'calibrate'], where, "Only by: 'logprob' scores options")
  const constraint = choice(options)
  if (by === 'sample') return makeHole(name, constraint, rest)
  const method = scoreMethod(where, options, { score, draw, calibrate })
  const unused = method.draw === 'exact' ? unusedByExactDraw : unusedByScore
  refuseUnused(rest, unused, where, "by: 'logprob' scores whole options and draws no token")
  return makeHole(name, constraint, rest, method)
}

const regexNames = optionNames<TextHoleOptions>('regex()', textHoleTable)

/**
 * A text that matches the pattern as a whole. Throws as `gen`, and ConstraintError REGEX_SYNTAX,
 * REGEX_UNSUPPORTED.
 *
 * @example
 * ```ts
 * const { values } = await model.run(prompt`Date: ${regex('date', /\d{4}-\d{2}-\d{2}/)}\n`)
 * console.log(values.date)
 * ```
 */
export function regex<const N extends string>(
  name: N,
  pattern: RegExp | string,
  options: TextHoleOptions = {},
): Hole<N, string> {
  requireHole(name, options, regexNames)
  return makeHole(name, regexConstraint(pattern), options)
}

/** What `integer` takes, and `number` beside `decimalsMax`. */
export interface NumberOptions extends HoleOptions<number> {
  /** Smallest value, included. Default: the smallest safe integer; for `number`, any of at most 21 whole digits. */
  readonly min?: number
  /** Largest value, included. Default: the largest safe integer; for `number`, any of at most 21 whole digits. */
  readonly max?: number
}

const integerTable: OptionTable<NumberOptions> = { ...holeTable, min: true, max: true }
const integerNames = optionNames('integer()', integerTable)

/**
 * A whole number, in decimal digits. Throws as `gen`, and ConstraintError NUMBER_BOUND_INVALID, CONSTRAINT_EMPTY.
 *
 * @example
 * ```ts
 * const { values } = await model.run(prompt`Age: ${integer('age', { min: 0, max: 120 })} years`)
 * console.log(values.age + 1)
 * ```
 */
export function integer<const N extends string>(name: N, options: NumberOptions = {}): Hole<N, number> {
  requireHole(name, options, integerNames)
  const { min, max, ...rest } = options
  return makeHole(name, integerConstraint(bounds(min, max)), rest)
}

/** What `number` takes. */
export interface DecimalOptions extends NumberOptions {
  /** Digits after the point at most, 0 to 100. Default: 22, or 16 more than a bound has. */
  readonly decimalsMax?: number
}

const decimalNames = optionNames<DecimalOptions>('number()', { ...integerTable, decimalsMax: true })

/**
 * A decimal number without an exponent. Throws as `integer`.
 *
 * @example
 * ```ts
 * const { values } = await model.run(prompt`Price: ${number('price', { min: 0, max: 100, decimalsMax: 2 })} EUR`)
 * console.log(values.price.toFixed(2))
 * ```
 */
export function number<const N extends string>(name: N, options: DecimalOptions = {}): Hole<N, number> {
  requireHole(name, options, decimalNames)
  const { min, max, decimalsMax, ...rest } = options
  const limits = { ...bounds(min, max), ...(decimalsMax === undefined ? {} : { decimalsMax }) }
  return makeHole(name, numberConstraint(limits), rest)
}

const grammarNames = optionNames<TextHoleOptions>('grammar()', textHoleTable)

/**
 * A text the GBNF grammar (llama.cpp's notation) derives from its rule `root`. Throws as `gen`, and ConstraintError
 * GRAMMAR_SYNTAX, GRAMMAR_EMPTY, GRAMMAR_UNSUPPORTED.
 *
 * @example
 * ```ts
 * const move = grammar('move', 'root ::= piece? [a-h] [1-8]\npiece ::= [KQRBN]')
 * console.log((await model.run(prompt`1. ${move}`)).values.move)
 * ```
 */
export function grammar<const N extends string>(
  name: N,
  text: string,
  options: TextHoleOptions = {},
): Hole<N, string> {
  requireHole(name, options, grammarNames)
  return makeHole(name, gbnf(text), options)
}

const holeNames = optionNames<HoleOptions<never>>('hole()', holeTable)

/**
 * A hole with a constraint: `or`, `seq`, `many` and their like, or one of `espalier/constraint`. The value is what that
 * reads from the text. Throws as `gen`, and PromptError CONSTRAINT_EXPECTED.
 *
 * @example
 * ```ts
 * import { and, regex as pattern } from 'espalier/constraint'
 *
 * const code = and(pattern(/[A-Z0-9]+/), pattern(/[A-Z].{3,5}/))
 * console.log((await model.run(prompt`Code: ${hole('code', code)}.`)).values.code)
 * ```
 */
export function hole<const N extends string, V>(
  name: N,
  constraint: Constraint<V>,
  options: HoleOptions<V> = {},
): Hole<N, V> {
  if (!isConstraint(constraint)) {
    throw new PromptError(
      'CONSTRAINT_EXPECTED',
      `Hole ${shown(name)} got ${seenInstead(constraint)} as its constraint.`,
    )
  }
  requireHole(name, options, holeNames)
  return makeHole(name, constraint, options)
}

const sampled: HoleMethod = Object.freeze({ kind: 'sample' })

/** Throws PromptError NAME_INVALID or OPTION_INVALID, UsageError OPTION_UNKNOWN; every builder of holes begins here. */
export function requireHole(name: string, options: unknown, names: OptionNames): void {
  checkName(name, 'a hole')
  requireOptions(options, names, `hole ${name}`)
}

/** Checks the values of the options; every builder of holes ends here. */
export function makeHole<const N extends string, V, S = unknown>(
  name: N,
  language: Constraint<V> | FreeText,
  options: HoleOptions<V>,
  method: HoleMethod = sampled,
): Hole<N, V, S> {
  checkHoleOptions(options, `hole ${name}`)
  return Object.freeze({ kind: 'hole', name, language, method, options: Object.freeze({ ...options }) })
}

function bounds(min: number | undefined, max: number | undefined): { min?: number; max?: number } {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
}
