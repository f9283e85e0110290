// Known values: what a caller gives for a hole instead of having it generated. Decides that such a value is a member
// of the hole's constraint, by the same automaton that would have masked the model.
import { CapacityError, ConstraintError, PromptError } from '../../base/errors.js'
import { isArray, isReadable, isUnicodeText, quoted, shown, typeName } from '../../base/seen.js'
import { type Constraint, isConstraint } from '../../constraint/constraint-type.js'
import { firstStop } from '../../constraint/stop-reader.js'
import type { FreeText, Hole } from '../../prompt/part.js'
import { pathOf, type Scope } from '../state/scope.js'
import { jsonSizeAtLeast } from './json-size.js'
import { meaningOf } from './meaning.js'

/** Texts of the values a run was given, by run, hole and value: a walk asks for one wherever it may stand or follow. */
const formatted = new WeakMap<object, Map<Hole, Map<unknown, string>>>()

/**
 * The text of a known value. Throws PromptError KNOWN_VALUE_INVALID for one the hole may not hold, CapacityError
 * PROMPT_TOO_LONG for one that no context of this size holds.
 */
export function formatKnown(scope: Scope, hole: Hole, value: unknown): string {
  const holes = formatted.get(scope.run) ?? new Map<Hole, Map<unknown, string>>()
  formatted.set(scope.run, holes)
  const texts = holes.get(hole) ?? new Map<unknown, string>()
  holes.set(hole, texts)
  let text = texts.get(value)
  if (text === undefined) {
    text = textOfKnown(scope, hole, value)
    texts.set(value, text)
  }
  return text
}

function textOfKnown(scope: Scope, hole: Hole, value: unknown): string {
  const path = pathOf(scope, hole.name)
  const { language } = hole
  checkRoom(scope, path, sizeOf(scope, value))
  if (!isConstraint(language)) return freeText(path, language, value)
  const isJudged = language.textOf !== undefined
  const judged = isJudged ? refusingAs(path, () => language.textOf!(value)) : null
  const text = judged ?? refusingAs(path, () => language.format(value))
  checkRoom(scope, path, text.length)
  if (judged !== null || (!isJudged && isMember(scope, language, text))) return text
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known value ${quoted(text)} of hole ${path} breaks its constraint: ${language.describe()}.`,
  )
}

function refusingAs<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw refusedAs(path, error)
  }
}

/** A token of a text is rarely longer: what is not beyond that is not measured. */
const usualTokenBytesMax = 256
/** No JavaScript text is much longer, and a script's context may be of any length. */
const charactersMax = 2 ** 28

/** Characters of the value's text at least, as far as that matters. */
function sizeOf(scope: Scope, value: unknown): number {
  if (typeof value === 'string') return value.length
  return jsonSizeAtLeast(value, usualRoom(scope))
}

function usualRoom({ run }: Scope): number {
  return Math.min(run.engine.capabilities.contextTokens * usualTokenBytesMax, charactersMax)
}

/** Refuses a text that is too long for the context in whatever tokens, before anything is done with it. */
function checkRoom(scope: Scope, path: string, characters: number): void {
  if (characters <= usualRoom(scope)) return
  const { engine } = scope.run
  const bytesMax = Math.min(engine.textBytesMax(), charactersMax)
  // A character is at least one byte.
  if (characters <= bytesMax) return
  throw new CapacityError(
    'PROMPT_TOO_LONG',
    `The known value of hole ${path} has ${characters} characters or more; the context of ` +
      `${engine.capabilities.contextTokens} tokens holds at most ${bytesMax} bytes: shorten it or load more ` +
      'contextTokens.',
  )
}

/** Known values given for the items of each or the turns of repeat. */
export function knownArray(scope: Scope, name: string): readonly unknown[] {
  if (!Object.hasOwn(scope.known, name)) return []
  const known = scope.known[name]
  if (isArray(known)) return known
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known values of ${pathOf(scope, name)} are ${typeName(known)}; they must be an array.`,
  )
}

/** Known values given for one branch, item or turn; none where nothing was given. */
export function knownObject(path: string, known: unknown): Readonly<Record<string, unknown>> {
  if (known === undefined) return {}
  if (isReadable(known) && !isArray(known)) return known as Record<string, unknown>
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known values of ${path} are ${typeName(known)}; they must be an object.`,
  )
}

/** The value a known text stands for, as a generated one would be captured. */
export async function parseKnown(scope: Scope, hole: Hole, text: string): Promise<unknown> {
  try {
    return await meaningOf(scope, hole, text)
  } catch (error) {
    throw refusedAs(pathOf(scope, hole.name), error)
  }
}

function freeText(path: string, language: FreeText, value: unknown): string {
  if (typeof value !== 'string') {
    throw new PromptError(
      'KNOWN_VALUE_INVALID',
      `The known value of hole ${path} is ${shown(value)}; it must be text.`,
    )
  }
  if (!isUnicodeText(value)) {
    throw new PromptError(
      'KNOWN_VALUE_INVALID',
      `The known value of hole ${path} holds half a surrogate pair.`,
    )
  }
  const stop = firstStop(language.stops, value)
  const isEnd = language.stopText === 'value' && stop?.until === value.length
  if (stop === null || isEnd) return value
  throw new PromptError(
    'KNOWN_VALUE_INVALID',
    `The known value of hole ${path} contains ${quoted(value.slice(stop.from, stop.until))}, which ends it.`,
  )
}

/** What to throw for a value that its constraint refuses; anything else is thrown as it is. */
function refusedAs(path: string, error: unknown): unknown {
  if (!(error instanceof ConstraintError)) return error
  const told = `The known value of hole ${path} can't be: ${error.message}`
  return new PromptError('KNOWN_VALUE_INVALID', told, { cause: error })
}

/** Whether the constraint has the text as it stands. */
function isMember(scope: Scope, constraint: Constraint, text: string): boolean {
  return scope.run.engine.has(constraint, text)
}
