// What ends a text: texts, and regular expressions that are read as a whole, as `regex` reads them. Decides the
// languages of texts without an end and of texts up to the first one. Where that is in a text says stop-reader.ts.
import { ConstraintError } from '../base/errors.js'
import { Recent } from '../base/recent.js'
import { shown } from '../base/seen.js'
import { type RegularConstraint, regularText } from './constraint-type.js'
import { excluding, type Rejected } from './exclude.js'
import type { RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { recogniserOf } from './recogniser-of.js'
import { regex } from './regex.js'
import { text as anyText, until } from './text.js'

/** A text, not empty; or a language without the empty text. */
export type Stop = string | RegularConstraint<string>

/** Throws ConstraintError STOP_INVALID for what can't be one, and what `regex` throws. */
export function stopOf(given: unknown): Stop {
  if (typeof given === 'string') {
    until(given)
    return given
  }
  if (shown(given) !== 'a RegExp') {
    throw new ConstraintError('STOP_INVALID', `A stop is ${shown(given)}; it must be a text or a RegExp.`)
  }
  const stop = regex(given as RegExp)
  if (!recogniserOf(stop).has('')) return stop
  throw new ConstraintError(
    'STOP_INVALID',
    `The stop ${stop.describe()} matches the empty text, so that it would end every value at once; expected one that ` +
      'matches a character at least.',
  )
}

/** What a stop is, for people. */
function describeStop(stop: Stop): string {
  return typeof stop === 'string' ? JSON.stringify(stop) : stop.describe()
}

/** Any text in which no stop matches; `stops`: may be none. */
export function withoutStops(stops: readonly Stop[]): RegularConstraint<string> {
  if (stops.length === 0) return anyText()
  if (areTexts(stops)) return until(stops)
  return regularText({
    kind: 'until',
    lowerRegular: (builder) =>
      builder.not(builder.concat(builder.any(), anyOf(builder, stops), builder.any())),
    describe: () => `text without ${stops.slice(0, 5).map(describeStop).join(', ')}`,
  })
}

/**
 * Any text in which no stop matches but at its end: no match ends before the text does. `behind`: texts that may stand
 * in the place of the stop. `rejected`: of what is before the stop, or, where stops belong to the value, of all of it.
 */
export function upToStop(
  stops: readonly Stop[],
  behind: readonly string[],
  rejected: Rejected,
  counts: 'text before' | 'whole text',
): RegularConstraint<string> {
  const make = (): RegularConstraint<string> => textUpToStop(stops, behind, rejected, counts)
  if (!areTexts(stops) || rejected.texts.length + rejected.beginnings.length > 0) return make()
  return recent.of(JSON.stringify([counts, stops, behind]), make)
}

const recent = new Recent<RegularConstraint<string>>()

function textUpToStop(
  stops: readonly Stop[],
  behind: readonly string[],
  rejected: Rejected,
  counts: 'text before' | 'whole text',
): RegularConstraint<string> {
  const value = withoutStops(stops)
  const before = counts === 'text before' ? excluding(value, rejected) : value
  const ended = regularText({
    kind: 'until',
    lowerRegular: (builder) => {
      const start = before.lowerRegular(builder)
      const first = builder.concat(start, builder.optional(anyOf(builder, stops)))
      // A single character that nothing before holds is the first match and the only one.
      const whole = stops.every(isCharacter) ? first : builder.and(first, noneEarlier(builder, stops))
      if (behind.length === 0) return whole
      return builder.alt(whole, builder.concat(start, anyOf(builder, behind)))
    },
    describe: () => before.describe(),
  })
  return counts === 'text before' ? ended : excluding(ended, rejected)
}

function noneEarlier(builder: IrBuilder, stops: readonly Stop[]): RegexId {
  const more = builder.concat(builder.classExcept([]), builder.any())
  return builder.not(builder.concat(builder.any(), anyOf(builder, stops), more))
}

/** Exactly one of the stops. */
export function anyOf(builder: IrBuilder, stops: readonly Stop[]): RegexId {
  return builder.altOf(
    stops.map((stop) => (typeof stop === 'string' ? builder.literal(stop) : stop.lowerRegular(builder))),
  )
}

function areTexts(stops: readonly Stop[]): stops is readonly string[] {
  return stops.every((stop) => typeof stop === 'string')
}

function isCharacter(stop: Stop): boolean {
  return typeof stop === 'string' && [...stop].length === 1
}
