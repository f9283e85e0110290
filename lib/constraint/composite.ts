// Constraints made of others, whose values are made of theirs. Decides that one is a regular language where all its
// parts are, and a rule of a grammar else; which texts and which value it has is said by its plan.
import { ConstraintError } from '../base/errors.js'
import {
  type Captured,
  type CaptureNames,
  capturedIn,
  captureNames,
  captureObject,
  capturesFor,
  invalid,
  type KnownCaptures,
  knownCaptures,
  noteCaptures,
  Reading,
} from './captures.js'
import { type Constraint, combined, isRegular, noteSize, type RegularConstraint } from './constraint-type.js'
import type { Stretch } from './cut.js'
import type { GrammarSymbol, RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { inSteps, lowerInSteps } from './steps.js'

/** `parts` are in the order they were given in, here and in what is passed on. */
export interface Plan<V> {
  readonly kind: string
  lowerRegular(builder: IrBuilder, parts: readonly RegexId[]): RegexId
  lower(builder: IrBuilder, parts: readonly GrammarSymbol[]): GrammarSymbol
  /** The stretches of a member whose values make its value. */
  cut(text: string): readonly Stretch[]
  valueOf(values: readonly unknown[]): V
  /** How the names that the parts capture come together. */
  names(parts: readonly Constraint[]): CaptureNames
  /** What it captures by itself; default: what the parts of the cut do. */
  read?(text: string): readonly Captured[]
  /** Throws ConstraintError VALUE_INVALID. */
  format(value: V): string
  /** As `format`, of the captures where it has some. */
  formatCaptures(values: KnownCaptures): string
  /** As that of a constraint; default: none. */
  textOf?(value: V): string | null
  describe(): string
}

/** Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
export function composite<V>(parts: readonly Constraint[], plan: Plan<V>): Constraint<V> {
  const names = plan.names(parts)
  const read =
    plan.read ??
    ((text: string, reading: Reading) =>
      plan.cut(text).flatMap(({ part, text: own }) => capturedIn(part, own, reading)))
  return noteCaptures(made(parts, plan, bodyOf(parts, plan, names, read)), { names, read })
}

type Body<V> = Omit<Constraint<V>, 'lower'>

function bodyOf<V>(
  parts: readonly Constraint[],
  plan: Plan<V>,
  names: CaptureNames,
  read: (text: string, reading: Reading) => readonly Captured[],
): Body<V> {
  const isCapturing = names.size > 0
  const stretches = (text: string): readonly Stretch[] =>
    isCapturing ? read(text, Reading.begun()) : plan.cut(text)
  const value = (found: readonly Stretch[], values: readonly unknown[]): V =>
    isCapturing ? (captureObject(names, found as readonly Captured[], values) as V) : plan.valueOf(values)
  return {
    kind: plan.kind,
    ...(isCapturing && { captures: [...names.keys()] }),
    parse(text) {
      const found = stretches(text)
      return value(
        found,
        found.map(({ part, text: own }) => part.parse(own)),
      )
    },
    ...(parts.some((part) => part.parseAsync !== undefined) && {
      async parseAsync(text: string) {
        const found = stretches(text)
        const values = found.map(({ part, text: own }) => part.parseAsync?.(own) ?? part.parse(own))
        return value(found, await Promise.all(values))
      },
    }),
    format: (known) => (isCapturing ? plan.formatCaptures(knownCaptures(names, known)) : plan.format(known)),
    ...(plan.textOf && { textOf: plan.textOf }),
    describe: () => plan.describe(),
  }
}

function made<V>(parts: readonly Constraint[], plan: Plan<V>, body: Body<V>): Constraint<V> {
  if (parts.every((part): part is RegularConstraint => isRegular(part))) {
    const lowerRegular = (builder: IrBuilder) =>
      plan.lowerRegular(
        builder,
        parts.map((part) => part.lowerRegular(builder)),
      )
    return combined<V>(parts, { ...body, lowerRegular })
  }
  const inRules = inSteps<Constraint<V>>(body, function* (builder) {
    const symbols: GrammarSymbol[] = []
    for (const part of parts) {
      yield
      symbols.push(yield* lowerInSteps(part, builder))
    }
    return plan.lower(builder, symbols)
  })
  return noteSize(inRules, parts)
}

/** The text a part has for a value. Throws ConstraintError VALUE_INVALID. */
export function textFor(part: Constraint, value: unknown): string {
  const text = part.textOf === undefined ? part.format(value) : part.textOf(value)
  if (text !== null) return text
  throw new ConstraintError('VALUE_INVALID', `The value is none of ${part.describe()}.`)
}

/** The text a part has where values are captured: its own, or that of its captures. */
export function textForCaptures(part: Constraint, given: unknown, known: KnownCaptures): string {
  if (typeof given === 'string') return given
  if (captureNames(part).size > 0) return part.format(capturesFor(part, known))
  throw invalid(`tells no text for ${part.describe()}, expected a part that is a string or captured`)
}

const describedMax = 5

/** What to call several parts, for people. */
export function describeAll(parts: readonly Constraint[], between: string): string {
  const shown = parts.slice(0, describedMax).map((part) => part.describe().slice(0, 200))
  if (parts.length > describedMax) shown.push(`${parts.length - describedMax} more`)
  return shown.join(between)
}
