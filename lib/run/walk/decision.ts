// What the model decides by writing one of several known texts, as constraints: whether a repeat goes on, and which
// prompt of a oneOf comes. Decides what the texts mean to whoever answers with values.
import { ConstraintError } from '../../base/errors.js'
import { quoted, shown, typeName } from '../../base/seen.js'
import { type Constraint, type RegularConstraint, regular } from '../../constraint/constraint-type.js'

/** How many turns a repeat may take. */
export interface TurnRange {
  readonly min: number
  readonly max: number
}

interface Decision extends RegularConstraint<boolean> {
  readonly turns: TurnRange
}

interface KeyChoice extends RegularConstraint<string> {
  readonly keys: readonly string[]
}

/** Whether a repeat goes on; carries how many turns there may be, for who answers with their number. */
export function goingOn(goOn: string, end: string, turns: TurnRange): Constraint<boolean> {
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

/** Which of the keys is chosen, by these texts; carries the keys, for who answers with one. */
export function choiceOfKey(keys: readonly string[], texts: readonly string[]): Constraint<string> {
  const choice = regular<string>({
    kind: 'choice',
    lowerRegular: (builder) => builder.alt(...texts.map((text) => builder.literal(text))),
    parse: (text) => keys[texts.indexOf(text)]!,
    format: (key) => {
      const text = texts[keys.indexOf(key)]
      if (text !== undefined) return text
      throw new ConstraintError('VALUE_INVALID', `The value is ${shown(key)}; expected ${keysShown(keys)}.`)
    },
    describe: () => keysShown(keys),
  })
  return Object.freeze<KeyChoice>({ ...choice, keys })
}

/** Of the oneOf that a constraint decides about; null: it decides about none. */
export function keysOf(constraint: Constraint | null): readonly string[] | null {
  return (constraint as Partial<KeyChoice> | null)?.keys ?? null
}

function keysShown(keys: readonly string[]): string {
  return `one of the prompts ${keys.map(quoted).join(', ')}`
}
