// A part several times. Decides how counts and a separator become repeats of a regular language or rules of a grammar.
import { ConstraintError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isRecord, shown } from '../base/seen.js'
import {
  type CapturesOfMany,
  type Capturing,
  type HasCaptures,
  invalid,
  type KnownCaptures,
  namesOfAll,
  namesOfMany,
} from './captures.js'
import { composite, describeAll, textFor, textForCaptures } from './composite.js'
import { cut } from './cut.js'
import type { GrammarSymbol, RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { type CombinedConstraint, type ConstraintPart, type PartValue, partOf } from './part.js'

/** How often, and what stands between. */
export interface ManyOptions {
  /** Times at least; default 0. */
  readonly min?: number
  /** Times at most, up to 10,000; default: any number. */
  readonly max?: number
  /** Text between two; default: nothing. */
  readonly separator?: string
}

/** What `many` makes: with a capture in it, its value is an object of captures. */
export type ManyConstraint<P> =
  HasCaptures<P> extends true
    ? CombinedConstraint<P, CapturesOfMany<P>> & Capturing
    : CombinedConstraint<P, readonly PartValue<P>[]>

interface Counts {
  readonly min: number
  readonly max: number | null
}

const names = optionNames<ManyOptions>('many()', { min: true, max: true, separator: true })
const countMax = 10_000

/**
 * The part (a constraint, a string or a RegExp) min to max times, with the separator between. The value is an array
 * with the value of each time; where a text can be cut in several ways, each in turn is as long as the rest allows.
 * Regular where the part is.
 *
 * Throws as `or`, and ConstraintError LIMIT_INVALID, CONSTRAINT_EMPTY where min is above max, UsageError
 * OPTION_UNKNOWN; `parse` throws CONSTRAINT_TOO_COMPLEX for a text with far too many cuts.
 *
 * @example
 * ```ts
 * import { hole, many, prompt } from 'espalier'
 *
 * const tags = many(/[a-z]{3,8}/, { min: 1, max: 4, separator: ', ' })
 * const { values } = await model.run(prompt`Tags: ${hole('tags', tags)}\n`)
 * console.log(values.tags.length)
 * ```
 */
export function many<const P extends ConstraintPart>(part: P, options: ManyOptions = {}): ManyConstraint<P> {
  const known = partOf(part, 'many()')
  const counts = checkOptions(options)
  const { min, max } = counts
  const separator = partOf(options.separator ?? '', 'many()')
  type Value = readonly PartValue<P>[]
  // Stretches alternate: the part, the separator, the part, ...
  const order = {
    partAt: (index: number) => (max === null || index < 2 * max ? [known, separator][index % 2]! : null),
    mayEnd: (count: number) => (count === 0 ? min === 0 : count % 2 === 1 && count >= 2 * min - 1),
    place: (count: number) => (max === null && count > 2 * min ? 2 * min + (count % 2) : count),
  }
  return composite<Value>([known, separator], {
    kind: 'many',
    names: (parts) => namesOfMany(namesOfAll(parts)),
    lowerRegular: (builder, [item, between]) => lowerRegular(builder, item!, between!, counts),
    lower: (builder, [item, between]) => lowerRules(builder, item!, between!, counts),
    cut: (text) => cut(text, order).filter((_, index) => index % 2 === 0),
    valueOf: (values) => values as Value,
    formatCaptures(values) {
      const items = itemsOf(values, counts)
      return items.map((item) => textForCaptures(known, part, item)).join(options.separator ?? '')
    },
    format(value) {
      if (isArray(value) && value.length >= min && value.length <= (max ?? value.length)) {
        return value.map((one) => textFor(known, one)).join(options.separator ?? '')
      }
      const seen = isArray(value) ? `an array of ${value.length}` : shown(value)
      throw new ConstraintError(
        'VALUE_INVALID',
        `A value of many() is ${seen}, expected an array of ${shownCounts(counts)}.`,
      )
    },
    describe: () => `${describeAll([known], '')}, ${shownCounts(counts)} times`,
  }) as ManyConstraint<P>
}

/** The captures of each time, from lists that are equally long. */
function itemsOf(values: KnownCaptures, { min, max }: Counts): readonly KnownCaptures[] {
  const lists = [...values].map(([name, list]) => {
    if (isArray(list)) return [name, list] as const
    throw invalid(`has ${shown(list)} as ${JSON.stringify(name)}, expected an array`)
  })
  const count = lists[0]?.[1].length ?? 0
  if (lists.every(([, list]) => list.length === count) && count >= min && count <= (max ?? count)) {
    return Array.from({ length: count }, (_, at) => new Map(lists.map(([name, list]) => [name, list[at]])))
  }
  throw invalid(
    `has lists of ${lists.map(([, list]) => list.length).join(', ')} values, expected equally many`,
  )
}

function lowerRegular(builder: IrBuilder, item: RegexId, between: RegexId, { min, max }: Counts): RegexId {
  const more = builder.repeat(
    builder.concat(between, item),
    Math.max(0, min - 1),
    max === null ? null : max - 1,
  )
  const some = builder.concat(item, more)
  return min === 0 ? builder.optional(some) : some
}

function lowerRules(
  builder: IrBuilder,
  item: GrammarSymbol,
  between: GrammarSymbol,
  { min, max }: Counts,
): GrammarSymbol {
  let rest: GrammarSymbol
  if (max === null) {
    const rule = builder.declareRule('rest')
    rest = { rule }
    builder.defineRule(rule, [[], [between, item, rest]])
  } else {
    rest = { lexeme: builder.empty }
    for (let left = max - Math.max(1, min); left > 0; left -= 1) {
      rest = { rule: builder.rule('rest', [[], [between, item, rest]]) }
    }
  }
  const some = [item]
  for (let count = 1; count < min; count += 1) some.push(between, item)
  some.push(rest)
  return { rule: builder.rule('many', min === 0 ? [[], some] : [some]) }
}

function checkOptions(options: ManyOptions): Counts {
  if (!isRecord(options)) {
    throw new ConstraintError(
      'LIMIT_INVALID',
      `The options of many() are ${shown(options)}, expected an object.`,
    )
  }
  checkNames(options, names)
  const { min = 0, max = null, separator } = options
  checkCount('min of many()', min, 0)
  if (max !== null) checkCount('max of many()', max, 1)
  if (separator !== undefined && typeof separator !== 'string') {
    throw new ConstraintError(
      'PART_INVALID',
      `The separator of many() is ${shown(separator)}, expected a string.`,
    )
  }
  requireSome('many()', min, max ?? countMax)
  return { min, max }
}

/** Throws ConstraintError LIMIT_INVALID. */
export function checkCount(what: string, count: unknown, least: number): void {
  if (Number.isInteger(count) && (count as number) >= least && (count as number) <= countMax) return
  throw new ConstraintError(
    'LIMIT_INVALID',
    `${what} is ${shown(count)}, expected an integer from ${least} to ${countMax}.`,
  )
}

/** Throws ConstraintError CONSTRAINT_EMPTY. */
export function requireSome(taker: string, min: number, max: number): void {
  if (min <= max) return
  throw new ConstraintError(
    'CONSTRAINT_EMPTY',
    `${taker} has min ${min} and max ${max}; min must not be above max.`,
  )
}

function shownCounts({ min, max }: Counts): string {
  return max === null ? `at least ${min}` : `${min} to ${max}`
}
