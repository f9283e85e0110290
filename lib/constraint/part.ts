// What others are made of: a constraint, a string that stands for itself, or a RegExp. Decides what may be written so,
// and how a part of any constraint is added to a builder; what a combination means is its own business.
import { ConstraintError } from '../base/errors.js'
import { isUnicodeText, quoted, shown } from '../base/seen.js'
import {
  type Constraint,
  type ConstraintValue,
  isConstraint,
  type RegularConstraint,
  regularText,
  seenInstead,
} from './constraint-type.js'
import { regex } from './regex.js'
import { checkRegular } from './text.js'

/** A constraint, a string that stands for itself, or a RegExp that is matched as a whole. */
export type ConstraintPart = Constraint | RegExp | string
/** A part that is one regular language. */
export type RegularPart = RegularConstraint | RegExp | string

/** The value of a part: a string is itself, a RegExp gives the text. */
export type PartValue<P> = P extends string ? P : P extends RegExp ? string : ConstraintValue<P>

/** One regular language where all parts are, so that `and`, `not` and `limit` apply to it. */
export type CombinedConstraint<P, V> = [P] extends [RegularPart] ? RegularConstraint<V> : Constraint<V>

/** Throws ConstraintError PART_INVALID, and what `regex` throws. `taker`: `seq()`. */
export function partOf(part: unknown, taker: string): Constraint {
  if (typeof part === 'string') return fixed(part, taker)
  if (shown(part) === 'a RegExp') return regex(part as RegExp)
  if (isConstraint(part)) return part
  throw new ConstraintError(
    'PART_INVALID',
    `A part of ${taker} is ${seenInstead(part)}, expected a constraint, a string or a RegExp.`,
  )
}

/** As `partOf`. Throws ConstraintError NOT_REGULAR where it is not one regular language. */
export function regularPartOf(part: unknown, taker: string): RegularConstraint {
  if (typeof part === 'string') return fixed(part, taker)
  const known = shown(part) === 'a RegExp' ? regex(part as RegExp) : part
  checkRegular(known, taker)
  return known
}

/** Exactly this text, which may be empty. */
function fixed(text: string, taker: string): RegularConstraint<string> {
  if (!isUnicodeText(text)) {
    throw new ConstraintError(
      'PART_INVALID',
      `A part of ${taker} is ${quoted(text)}, which holds half a surrogate pair; it must be Unicode text.`,
    )
  }
  return regularText({
    kind: 'text',
    lowerRegular: (builder) => builder.literal(text),
    describe: () => quoted(text),
  })
}
