// What a constraint is: an immutable description of the texts a hole may hold, and of the value such a text means.
// Decides the shape every builder returns (choice, regex, integer, json, gbnf, ...). Never knows about tokens,
// vocabularies or matchers: a constraint is lowered to the flat IR and compiled elsewhere.
import { ConstraintError } from '../base/errors.js'
import { inspected, isReadable, shown, typeName } from '../base/seen.js'
import type { GrammarSymbol, RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'

/** Texts a hole may hold, and the value of type `V` each of them stands for. Immutable; safe to share. */
export interface Constraint<V = unknown> {
  /** Which builder made it: 'choice', 'regex', 'integer', 'json', 'grammar', ... For messages and traces. */
  readonly kind: string
  /** Adds the constraint to a builder; throws ConstraintError where it can't be expressed. Pure but for the builder. */
  lower(builder: IrBuilder): GrammarSymbol
  /** The value a member text stands for. Only called with members; may throw ConstraintError VALUE_INVALID. */
  parse(text: string): V
  /**
   * The same where the value is told by a promise, as a schema with an asynchronous refinement does; runs prefer it.
   * `parse` may throw VALUE_INVALID for what only a promise could tell.
   */
  parseAsync?(text: string): Promise<V>
  /** A text for a known value; throws ConstraintError VALUE_INVALID where no member stands for it. Not a full check. */
  format(value: V): string
  /**
   * The text of a known value judged as a value, where that says more than its spelling: null where the constraint has
   * no such value. Throws ConstraintError VALUE_INVALID.
   */
  textOf?(value: V): string | null
  /** One line for people: `one of "a", "b"`, `an integer from 1 to 9`. */
  describe(): string
}

/** A constraint that is one regular language, so that `and`, `not` and limits apply to it. */
export interface RegularConstraint<V = unknown> extends Constraint<V> {
  lowerRegular(builder: IrBuilder): RegexId
}

/** The type of value a constraint captures. */
export type ConstraintValue<C> = C extends Constraint<infer V> ? V : never

/** Whether the constraint is one regular language. */
export function isRegular<V>(constraint: Constraint<V>): constraint is RegularConstraint<V> {
  return (
    isReadable(constraint) && typeof (constraint as Partial<RegularConstraint<V>>).lowerRegular === 'function'
  )
}

/** Whether something a caller passed is a constraint at all. */
export function isConstraint(value: unknown): value is Constraint {
  if (!isReadable(value)) return false
  const shape = value as Partial<Constraint>
  return (
    typeof shape.lower === 'function' &&
    typeof shape.parse === 'function' &&
    typeof shape.format === 'function' &&
    typeof shape.describe === 'function'
  )
}

/** What to call a value that is no constraint. Three builders of holes share their names with constraints. */
export function seenInstead(value: unknown): string {
  const { kind, name } = isReadable(value) ? (value as { kind?: unknown; name?: unknown }) : {}
  if (kind !== 'hole' || typeof name !== 'string') return shown(value)
  return `the hole ${shown(name)} (constraints such as integer() and regex() are in espalier/constraint)`
}

/** A constraint as a console prints it: what it allows, instead of the functions it is made of. */
export function constraintShown(this: Constraint): string {
  try {
    return `Constraint { ${this.describe()} }`
  } catch {
    return '[Constraint]'
  }
}

/** Completes a regular constraint from its language; `lower` follows from `lowerRegular`. */
export function regular<V>(parts: Omit<RegularConstraint<V>, 'lower'>): RegularConstraint<V> {
  return Object.freeze({
    ...parts,
    [inspected]: constraintShown,
    lower: (builder: IrBuilder): GrammarSymbol => ({ lexeme: parts.lowerRegular(builder) }),
  })
}

/** As `regular`, made of others. Throws ConstraintError CONSTRAINT_TOO_COMPLEX where they nest too deep. */
export function combined<V>(
  of: readonly object[],
  parts: Omit<RegularConstraint<V>, 'lower'>,
): RegularConstraint<V> {
  return noteSize(regular<V>(parts), of)
}

/** Constraints inside of each other: each is lowered within the next, so that their number is bounded by the stack. */
const depthMax = 500
/** Parts altogether, one that is used twice counted twice: it is lowered and read as often. */
const partsMax = 100_000
const sizes = new WeakMap<object, { readonly depth: number; readonly parts: number }>()

/** Notes what a constraint is made of, and gives it back. Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
export function noteSize<C extends object>(made: C, of: readonly object[]): C {
  let depth = 0
  let parts = 1
  for (const part of of) {
    const size = sizes.get(part) ?? { depth: 0, parts: 1 }
    depth = Math.max(depth, size.depth)
    parts += size.parts
  }
  depth += 1
  if (depth > depthMax) throw tooComplex(`${depth} levels of constraints within one another`, depthMax)
  if (parts > partsMax) throw tooComplex(`made of ${parts} parts`, partsMax)
  sizes.set(made, { depth, parts })
  return made
}

function tooComplex(seen: string, max: number): ConstraintError {
  return new ConstraintError(
    'CONSTRAINT_TOO_COMPLEX',
    `The constraint is ${seen}, expected at most ${max}; combine in fewer steps.`,
  )
}

/** A regular constraint whose value is the text itself. */
export function regularText(parts: {
  kind: string
  lowerRegular(builder: IrBuilder): RegexId
  describe(): string
}): RegularConstraint<string> {
  return regular({ ...parts, parse: (text) => text, format: formatText(parts.kind) })
}

export function formatText(kind: string): (value: string) => string {
  return (value) => {
    if (typeof value !== 'string') {
      throw new ConstraintError('VALUE_INVALID', `A ${kind} value must be a string, not ${typeName(value)}.`)
    }
    return value
  }
}
