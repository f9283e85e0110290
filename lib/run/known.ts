// Known values: what a caller gives for a hole instead of having it generated. Decides that such a value is a member
// of the hole's constraint, by the same matcher that would have masked the model.
import { ConstraintError, PromptError } from '../base/errors.js'
import { isUnicodeText } from '../constraint/choice.js'
import { type Constraint, isConstraint, typeName } from '../constraint/constraint-type.js'
import type { FreeText, Hole } from '../prompt/part.js'
import { pathOf, type Scope } from './scope.js'

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

/** The text of a known value; throws PromptError KNOWN_VALUE_INVALID for one the hole may not hold. */
export function formatKnown(scope: Scope, hole: Hole, value: unknown): string {
  const path = pathOf(scope, hole.name)
  const { language } = hole
  if (!isConstraint(language)) return freeText(path, language, value)
  const text = refuseAs(path, () => language.format(value))
  if (isMember(scope, language, text)) return text
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known value ${JSON.stringify(text)} of hole ${path} breaks its constraint: ${language.describe()}.`,
  )
}

/** Known values given for the items of each or the turns of repeat. */
export function knownArray(scope: Scope, name: string): readonly unknown[] {
  if (!Object.hasOwn(scope.known, name)) return []
  const known = scope.known[name]
  if (Array.isArray(known)) return known
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known values of ${pathOf(scope, name)} are ${typeName(known)}; they must be an array.`,
  )
}

/** Known values given for one branch, item or turn; none where nothing was given. */
export function knownObject(path: string, known: unknown): Readonly<Record<string, unknown>> {
  if (known === undefined) return {}
  if (typeof known === 'object' && known !== null && !Array.isArray(known))
    return known as Record<string, unknown>
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known values of ${path} are ${typeName(known)}; they must be an object.`,
  )
}

/** The value a known text stands for, as a generated one would be captured. */
export function parseKnown(hole: Hole, path: string, text: string): unknown {
  const { language } = hole
  return isConstraint(language) ? refuseAs(path, () => language.parse(text)) : text
}

function freeText(path: string, language: FreeText, value: unknown): string {
  if (typeof value !== 'string') {
    throw new PromptError(
      'KNOWN_VALUE_INVALID',
      `The known value of hole ${path} is ${typeof value}; it must be text.`,
    )
  }
  if (!isUnicodeText(value)) {
    throw new PromptError(
      'KNOWN_VALUE_INVALID',
      `The known value of hole ${path} holds half a surrogate pair.`,
    )
  }
  const stop = language.stops.find((text) => value.includes(text))
  if (stop === undefined) return value
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known value of hole ${path} contains ${JSON.stringify(stop)}, which ends it.`,
  )
}

function refuseAs<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error
    throw new PromptError(
      'KNOWN_VALUE_INVALID',
      `The known value of hole ${path} can't be: ${error.message}`,
      {
        cause: error,
      },
    )
  }
}

/** Whether the constraint has the text as it stands. */
export function isMember(scope: Scope, constraint: Constraint, text: string): boolean {
  const { vocabulary } = scope.run.engine
  const matcher = scope.run.constraints.get(constraint).native.matcher(nothing, null)
  try {
    for (const token of vocabulary.tokenize(encoder.encode(text))) if (!matcher.accept(token)) return false
    return matcher.canEnd()
  } finally {
    matcher.dispose()
  }
}
