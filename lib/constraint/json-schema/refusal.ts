// The ways a schema is turned down, all at compile time. Decides codes and sentences; never decides what is supported.
import { ConstraintError } from '../../base/errors.js'

/** A keyword that was met and cannot be expressed exactly; `pointer` is its place in the schema. */
export interface Mark {
  readonly keyword: string
  readonly pointer: string
  readonly reason: string
}

const marks = new WeakMap<object, Mark>()

/** ConstraintError SCHEMA_UNSUPPORTED: the keyword may be fine, but it cannot be held exactly here. */
export function unsupported(mark: Mark): ConstraintError {
  const { keyword, pointer, reason } = mark
  const error = new ConstraintError(
    'SCHEMA_UNSUPPORTED',
    `The keyword ${JSON.stringify(keyword)} at ${pointer} is not supported here: ${reason}.`,
  )
  marks.set(error, mark)
  return error
}

/** The keyword that an error of `unsupported` is about; null for any other error. */
export function markOf(error: unknown): Mark | null {
  return typeof error === 'object' && error !== null ? (marks.get(error) ?? null) : null
}

/** ConstraintError SCHEMA_INVALID: this is no JSON Schema. */
export function invalid(pointer: string, sentence: string): ConstraintError {
  return new ConstraintError('SCHEMA_INVALID', `The schema is not valid at ${pointer}: ${sentence}.`)
}

/** ConstraintError SCHEMA_EMPTY: no value satisfies the schema. */
export function empty(): ConstraintError {
  return new ConstraintError(
    'SCHEMA_EMPTY',
    'No value satisfies the schema: its keywords contradict each other, expected at least one allowed value.',
  )
}

/** ConstraintError CONSTRAINT_TOO_COMPLEX: the schema is beyond a bound on the work of compiling it. */
export function tooComplex(what: string, seen: number, max: number): ConstraintError {
  return new ConstraintError(
    'CONSTRAINT_TOO_COMPLEX',
    `The schema needs ${seen} ${what}, expected at most ${max}.`,
  )
}
