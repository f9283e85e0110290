// Free text with limits, and text up to a stop. Decides the languages only; where a hole's text ends for want of a
// stop is decided in literal-stop.ts.
import { ConstraintError } from '../base/errors.js'
import { checkNames, type OptionNames, type OptionTable, optionNames } from '../base/options.js'
import { Recent } from '../base/recent.js'
import { isArray, isRecord, isUnicodeText, quoted, typeName } from '../base/seen.js'
import { type Capturing, markOf, noteCapturesOf } from './captures.js'
import {
  combined,
  isConstraint,
  isRegular,
  type RegularConstraint,
  regularText,
  seenInstead,
} from './constraint-type.js'
import type { CodePointRange } from './ir/code-point-set.js'
import type { RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'

/** Bounds on a text's length. Characters are code points; bytes are UTF-8. All inclusive. */
export interface TextLimits {
  /** Code points at least; default 0. */
  readonly charactersMin?: number
  /** Code points at most; default: any number. */
  readonly charactersMax?: number
  /** Bytes of its UTF-8 at most; default: any number. */
  readonly bytesMax?: number
}

const limitTable: OptionTable<TextLimits> = { charactersMin: true, charactersMax: true, bytesMax: true }
const textNames = optionNames('text()', limitTable)
const untilNames = optionNames('until()', limitTable)
const limitNames = optionNames('limit()', limitTable)

/**
 * Any text, also the empty one, within the limits. Throws ConstraintError LIMIT_INVALID, CONSTRAINT_EMPTY.
 *
 * @example
 * ```ts
 * compile(text({ bytesMax: 80 }), vocab)
 * ```
 */
export function text(limits: TextLimits = {}): RegularConstraint<string> {
  checkLimits(limits, textNames)
  const known = { ...limits }
  const described = `text${describeLimits(known)}`
  return recent.of(described, () =>
    regularText({
      kind: 'text',
      lowerRegular: (builder) => lowerCharacters(builder, [], known),
      describe: () => described,
    }),
  )
}

/**
 * Any text that contains none of the stops, within the limits. Throws ConstraintError STOP_INVALID, LIMIT_INVALID.
 *
 * @example
 * ```ts
 * compile(until(['\n', 'Q:']), vocab)
 * ```
 */
export function until(stops: string | readonly string[], limits: TextLimits = {}): RegularConstraint<string> {
  const known = [...new Set(checkStops(stops))]
  checkLimits(limits, untilNames)
  const { charactersMin, charactersMax, bytesMax } = limits
  return recent.of(JSON.stringify([known, charactersMin, charactersMax, bytesMax]), () =>
    withoutTexts(known, { ...limits }),
  )
}

const recent = new Recent<RegularConstraint<string>>()

function withoutTexts(known: readonly string[], limits: TextLimits): RegularConstraint<string> {
  const single = known.filter((stop) => [...stop].length === 1)
  const longer = known.filter((stop) => [...stop].length > 1)
  return regularText({
    kind: 'until',
    lowerRegular: (builder) => {
      const excluded = single.map((stop): CodePointRange => [stop.codePointAt(0)!, stop.codePointAt(0)!])
      const characters = lowerCharacters(builder, excluded, limits)
      if (longer.length === 0) return characters
      const anyStop = builder.altOf(longer.map((stop) => builder.literal(stop)))
      return builder.and(characters, builder.not(builder.concat(builder.any(), anyStop, builder.any())))
    },
    describe: () => `text without ${shownStops(known)}${describeLimits(limits)}`,
  })
}

/**
 * The constraint's texts that are within the limits. Throws ConstraintError NOT_REGULAR, LIMIT_INVALID.
 *
 * @example
 * ```ts
 * compile(limit(regex(/[a-z ]+/), { bytesMax: 40 }), vocab)
 * ```
 */
export function limit<V>(
  constraint: RegularConstraint<V> & Capturing,
  limits: TextLimits,
): RegularConstraint<V> & Capturing
export function limit<V>(constraint: RegularConstraint<V>, limits: TextLimits): RegularConstraint<V>
export function limit<V>(constraint: RegularConstraint<V>, limits: TextLimits): RegularConstraint<V> {
  checkRegular(constraint, 'limit')
  checkLimits(limits, limitNames)
  const limited = combined<V>([constraint as RegularConstraint<never>], {
    kind: constraint.kind,
    ...markOf(constraint),
    lowerRegular: (builder) =>
      builder.and(constraint.lowerRegular(builder), lowerCharacters(builder, [], limits)),
    parse: (member) => constraint.parse(member),
    format: (value) => constraint.format(value),
    describe: () => `${constraint.describe()}${describeLimits(limits)}`,
  })
  return noteCapturesOf(limited, constraint)
}

/** Throws ConstraintError NOT_REGULAR where set operations can't apply. */
export function checkRegular(
  constraint: unknown,
  operation: string,
): asserts constraint is RegularConstraint {
  if (isRegular(constraint as never)) return
  const other = typeof constraint === 'object' ? seenInstead(constraint) : typeName(constraint)
  const seen = isConstraint(constraint) ? `a ${constraint.kind} constraint` : other
  throw new ConstraintError(
    'NOT_REGULAR',
    `${operation} takes constraints that are one regular language (choice, regex, integer, number, text, until ` +
      `and what is made of these), not ${seen}.`,
  )
}

function lowerCharacters(builder: IrBuilder, except: readonly CodePointRange[], limits: TextLimits): RegexId {
  const { charactersMin, charactersMax, bytesMax } = limits
  const characters = builder.repeat(builder.classExcept(except), charactersMin ?? 0, charactersMax ?? null)
  if (bytesMax === undefined) return characters
  const bytes = Array.from({ length: 256 }, (_, byte) => builder.literal(Uint8Array.of(byte)))
  return builder.and(characters, builder.repeat(builder.alt(...bytes), 0, bytesMax))
}

function checkStops(stops: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = isArray(stops) ? stops : [stops]
  if (list.length === 0) {
    throw new ConstraintError(
      'STOP_INVALID',
      'until needs at least one stop; text() is free text without one.',
    )
  }
  for (const stop of list) {
    if (typeof stop === 'string' && stop !== '' && isUnicodeText(stop)) continue
    const seen =
      stop === '' ? 'the empty string' : typeof stop === 'string' ? 'half a surrogate pair' : typeName(stop)
    throw new ConstraintError('STOP_INVALID', `A stop is ${seen}; it must be non-empty Unicode text.`)
  }
  return list as readonly string[]
}

function shownStops(stops: readonly string[]): string {
  const shown = stops.slice(0, 5).map(quoted)
  if (stops.length > shown.length) shown.push(`${stops.length - shown.length} more`)
  return shown.join(', ')
}

/** Highest limit: counters above it serve nobody and cost states. */
const limitMax = 1_000_000

function checkLimits(limits: TextLimits, names: OptionNames): void {
  if (!isRecord(limits)) {
    throw new ConstraintError('LIMIT_INVALID', `Limits must be an object, not ${typeName(limits)}.`)
  }
  checkNames(limits, names)
  for (const name of ['charactersMin', 'charactersMax', 'bytesMax'] as const) {
    const count: unknown = limits[name]
    if (count === undefined) continue
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > limitMax) {
      throw new ConstraintError(
        'LIMIT_INVALID',
        `${name} is ${typeName(count)}; it must be an integer from 0 to ${limitMax}.`,
      )
    }
  }
  const min = limits.charactersMin ?? 0
  const max = Math.min(limits.charactersMax ?? limitMax, limits.bytesMax ?? limitMax)
  if (min > max) {
    throw new ConstraintError(
      'CONSTRAINT_EMPTY',
      `No text has at least ${min} characters and at most ${max}.`,
    )
  }
}

function describeLimits(limits: TextLimits): string {
  const parts: string[] = []
  if (limits.charactersMin) parts.push(`at least ${limits.charactersMin} characters`)
  if (limits.charactersMax !== undefined) parts.push(`at most ${limits.charactersMax} characters`)
  if (limits.bytesMax !== undefined) parts.push(`at most ${limits.bytesMax} bytes`)
  return parts.length === 0 ? '' : ` of ${parts.join(', ')}`
}
