// A constraint that holds itself. Decides that the rule of a grammar stands for it wherever it is used within itself,
// and that its value is the text, or what all its levels
// capture: what one level means is told by no type.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
import {
  type CapturesOfMany,
  type Capturing,
  capturedIn,
  captureNames,
  captureObject,
  type HasCaptures,
  invalid,
  namesOfMany,
  noteCaptures,
  noteCapturesOf,
  Reading,
} from './captures.js'
import { type Constraint, formatText, noteSize } from './constraint-type.js'
import type { GrammarSymbol, RuleId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { type ConstraintPart, partOf } from './part.js'
import { inSteps, lowerInSteps, type Steps } from './steps.js'

/** What `recursive` makes: with a capture in it, its value is an object of captures, each a list. */
export type RecursiveConstraint<P> =
  HasCaptures<P> extends true ? Constraint<CapturesOfMany<P>> & Capturing : Constraint<string>

/**
 * A constraint that may hold itself: `make` is called once, at once, with the constraint that it defines. Texts nest as
 * deep as they like; the value is the text, or with a `capture` in it the lists of what all levels captured. It is no
 * regular language, so that `and`, `not` and `limit` do not apply.
 *
 * Throws as `or`, and ConstraintError PART_INVALID for what is no function. Lowering it before `make` has returned
 * throws RULE_UNDEFINED; compiling throws CONSTRAINT_EMPTY where nothing ends the recursion.
 *
 * @example
 * ```ts
 * import { hole, or, prompt, recursive, seq } from 'espalier'
 *
 * const list = recursive((self) => or(/[a-z]{1,4}/, seq('(', self, ' ', self, ')')))
 * const { values } = await model.run(prompt`Lisp: (${hole('list', list, { tokensMax: 200 })})\n`)
 * console.log(values.list)
 * ```
 */
export function recursive<const P extends ConstraintPart>(
  make: (self: Constraint<string>) => P,
  ...extra: []
): RecursiveConstraint<P> {
  refuseOptions('recursive()', extra)
  if (typeof make !== 'function') {
    throw new ConstraintError(
      'PART_INVALID',
      `recursive() got ${shown(make)}, expected a function that is given the constraint it defines.`,
    )
  }
  let inner: Constraint | null = null
  const rules = new WeakMap<IrBuilder, RuleId>()
  const lowering = function* (builder: IrBuilder): Steps<GrammarSymbol> {
    const known = rules.get(builder)
    if (known !== undefined) return { rule: known }
    if (inner === null) {
      throw new ConstraintError(
        'RULE_UNDEFINED',
        'The constraint of recursive() was used before its function had returned; only put it into others there.',
      )
    }
    const rule = builder.declareRule('recursive')
    rules.set(builder, rule)
    builder.defineRule(rule, [[yield* lowerInSteps(inner, builder)]])
    return { rule }
  }
  const self = inSteps<Constraint<string>>(textParts, lowering)
  noteCaptures(self, {
    names: new Map(),
    read: (text, reading) => capturedIn(inner!, text, reading.deeper(text)),
  })
  inner = partOf(make(self), 'recursive()')
  const made = whole(inner, lowering)
  return noteSize(made, [inner]) as RecursiveConstraint<P>
}

const textParts: Omit<Constraint<string>, 'lower'> = {
  kind: 'recursive',
  parse: (text) => text,
  format: formatText('recursive'),
  describe: () => 'text of a recursive constraint',
}

/** The outermost level, which has the captures of all of them. */
function whole(inner: Constraint, lowering: (builder: IrBuilder) => Steps<GrammarSymbol>): Constraint {
  const names = namesOfMany(captureNames(inner))
  if (names.size === 0) {
    const text = inSteps<Constraint<string>>(textParts, lowering)
    return noteCapturesOf(text, inner) as Constraint
  }
  const read = (text: string, reading: Reading) => capturedIn(inner, text, reading)
  const parts: Omit<Constraint, 'lower'> = {
    ...textParts,
    captures: [...names.keys()],
    parse(text: string) {
      const found = read(text, Reading.begun())
      return captureObject(
        names,
        found,
        found.map(({ part, text: own }) => part.parse(own)),
      )
    },
    format() {
      throw invalid('of recursive() tells no text, expected none to be given')
    },
  } as Omit<Constraint, 'lower'>
  return noteCaptures(inSteps<Constraint>(parts, lowering), { names, read })
}
