// Whether a repeat goes on, as a choice between two texts: true or false for whoever answers with values. Carries how
// many turns there may be, for who answers with their number.
import { ConstraintError } from '../../base/errors.js'
import { typeName } from '../../base/seen.js'
import { type Constraint, type RegularConstraint, regular } from '../../constraint/constraint-type.js'

/** How many turns a repeat may take. */
export interface TurnRange {
  readonly min: number
  readonly max: number
}

interface Decision extends RegularConstraint<boolean> {
  readonly turns: TurnRange
}

export function decision(goOn: string, end: string, turns: TurnRange): Constraint<boolean> {
  const choice = regular<boolean>({
    kind: 'choice',
    lowerRegular: (builder) => builder.alt(builder.literal(goOn), builder.literal(end)),
    parse: (text) => text === goOn,
    format: (goesOn) => {
      if (typeof goesOn === 'boolean') return goesOn ? goOn : end
      throw new ConstraintError(
        'VALUE_INVALID',
        `The value is ${typeName(goesOn)}; expected true to go on or false to end.`,
      )
    },
    describe: () =>
      `${JSON.stringify(goOn)} to go on or ${end === '' ? 'nothing' : JSON.stringify(end)} to end`,
  })
  return Object.freeze<Decision>({ ...choice, turns })
}

/** Of the repeat that a constraint decides about; null: it decides about none. */
export function turnsOf(constraint: Constraint | null): TurnRange | null {
  return (constraint as Partial<Decision> | null)?.turns ?? null
}
