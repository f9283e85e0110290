// A constraint that holds itself. Decides that the rule of a grammar stands for it wherever it is used within itself,
// and that its value is the text: what a level of it means is told by no type.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { shown } from '../base/seen.js'
import { type Constraint, formatText, noteSize } from './constraint-type.js'
import type { RuleId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { type ConstraintPart, partOf } from './part.js'
import { inSteps, lowerInSteps } from './steps.js'

/**
 * A constraint that may hold itself: `make` is called once, at once, with the constraint that it defines. Texts nest as
 * deep as they like; the value is the text. It is no regular language, so that `and`, `not` and `limit` do not apply.
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
export function recursive(
  make: (self: Constraint<string>) => ConstraintPart,
  ...extra: []
): Constraint<string> {
  refuseOptions('recursive()', extra)
  if (typeof make !== 'function') {
    throw new ConstraintError(
      'PART_INVALID',
      `recursive() got ${shown(make)}, expected a function that is given the constraint it defines.`,
    )
  }
  let inner: Constraint | null = null
  const rules = new WeakMap<IrBuilder, RuleId>()
  const parts: Omit<Constraint<string>, 'lower'> = {
    kind: 'recursive',
    parse: (text) => text,
    format: formatText('recursive'),
    describe: () => 'text of a recursive constraint',
  }
  const self = inSteps<Constraint<string>>(parts, function* (builder) {
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
  })
  inner = partOf(make(self), 'recursive()')
  return noteSize(self, [inner])
}
