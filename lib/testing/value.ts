// What an answer comes to in a hole: where its value ends, and whether the hole may hold that. Decides as a model's
// text is read: what runs past a stop is no part of the value. An answer that can't be is a UsageError that says why.
import { ConstraintError, UsageError } from '../base/errors.js'
import { isUnicodeText, quoted } from '../base/seen.js'
import { type Constraint, isRegular } from '../constraint/constraint-type.js'
import { excluding } from '../constraint/exclude.js'
import { literalStop } from '../constraint/literal-stop.js'
import { lowerConstraint } from '../constraint/lower.js'
import { type Reading, Recogniser } from '../constraint/recognise/recogniser.js'
import { recogniserOf } from '../constraint/recogniser-of.js'
import type { FillEnd, HoleRequest, Rejected, ValueEnd } from '../engine/fill.js'
import { invalid } from './invalid.js'
import { misfit } from './misfit.js'
import { type Answer, type Asked, opening, rejections } from './script.js'
import { wordsOf } from './words.js'

/** What of a hole its value depends on. */
type Place = Pick<HoleRequest, 'constraint' | 'stops' | 'follows' | 'rejected'>

export interface Value {
  readonly text: string
  readonly end: ValueEnd | Extract<FillEnd, { kind: 'unfinished' }>
}

/** Throws ConstraintError CONSTRAINT_EMPTY, CONSTRAINT_TOO_COMPLEX, and what lowering throws. */
export function readerOf(constraint: Constraint): Recogniser {
  const known = recogniserOf(constraint)
  if (!known.isEmpty) return known
  throw new ConstraintError('CONSTRAINT_EMPTY', `The constraint allows no value: ${constraint.describe()}.`)
}

/** Whether nothing is left of a constraint without what was rejected, as far as that can be told. */
export function isSpent(constraint: Constraint | null, { texts, beginnings }: Rejected): boolean {
  if (constraint === null || texts.length + beginnings.length === 0 || !isRegular(constraint)) return false
  const left = excluding(constraint, { texts, beginnings })
  return new Recogniser(lowerConstraint(left)).isEmpty
}

/** `tokensMax`: of the value at most. Throws UsageError ANSWER_INVALID, ANSWER_REJECTED. */
export function valueIn(request: Place, asked: Asked, answer: Answer, tokensMax: number): Value {
  const { constraint, rejected } = request
  const text = textOf(constraint, asked, answer)
  const value = constraint === null ? freeValue(request, text) : constrained(request, constraint, asked, text)
  const cut = limited(constraint, value, tokensMax)
  const isAgain =
    rejected.texts.includes(cut.text) ||
    rejected.beginnings.some((beginning) => cut.text.startsWith(beginning))
  if (isAgain && cut.end.kind !== 'unfinished') throw again(asked, cut.text)
  return cut
}

export function again(asked: Asked, text: string): UsageError {
  return new UsageError(
    'ANSWER_REJECTED',
    `${opening(asked)} again, and the script answers ${quoted(text)}.${rejections(asked)} What was rejected does not ` +
      'come again at the same place: give a list with another answer for each attempt.',
  )
}

function textOf(constraint: Constraint | null, asked: Asked, answer: Answer): string {
  if (typeof answer === 'string') {
    if (isUnicodeText(answer)) return answer
    throw invalid(asked, answer, 'it holds half a surrogate pair.')
  }
  if (constraint === null) throw invalid(asked, answer, 'the hole takes any text; expected a string.')
  try {
    const text = constraint.textOf === undefined ? constraint.format(answer) : constraint.textOf(answer)
    if (text !== null) return text
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error
    throw invalid(asked, answer, error.message)
  }
  const isJson = constraint.kind === 'json'
  const why = isJson ? misfit(readerOf(constraint), constraint.format(answer)) : 'the hole has no such value.'
  throw invalid(asked, answer, why)
}

/** Texts that end a value, the hole's own first. */
function endsOf({ stops, follows }: Place): readonly string[] {
  const after = follows.literal === '' ? follows.either : [follows.literal]
  return [...stops, ...after.map(literalStop)]
}

function freeValue(request: Place, text: string): Value {
  const ends = endsOf(request).map((stop) => ({ stop, at: text.indexOf(stop) }))
  const [first] = ends.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at)
  if (first !== undefined) return { text: text.slice(0, first.at), end: { kind: 'stop', stop: first.stop } }
  return { text, end: naturalEnd(request) }
}

function constrained(request: Place, constraint: Constraint, asked: Asked, text: string): Value {
  const reading = readerOf(constraint).read(text)
  if (reading.ends.at(-1) === text.length) {
    return { text, end: reading.goesOn ? naturalEnd(request) : { kind: 'complete' } }
  }
  const stops = endsOf(request)
  for (const at of reading.ends) {
    const stop = stops.find((one) => text.startsWith(one, at))
    if (stop !== undefined) return { text: text.slice(0, at), end: { kind: 'stop', stop } }
  }
  throw invalid(asked, text, fault(constraint, reading, text))
}

/** A model writes on until what follows the hole, or ends by itself where nothing is known to. */
function naturalEnd({ stops, follows: { literal } }: Place): Value['end'] {
  return stops.length > 0 || literal === ''
    ? { kind: 'end-of-text' }
    : { kind: 'stop', stop: literalStop(literal) }
}

function limited(constraint: Constraint | null, value: Value, tokensMax: number): Value {
  const words = wordsOf(value.text)
  if (words.length <= tokensMax) return value
  const text = words.slice(0, tokensMax).join('')
  const isValue = constraint === null || readerOf(constraint).has(text)
  return { text, end: isValue ? { kind: 'limit' } : { kind: 'unfinished', tokens: tokensMax } }
}

function fault({ kind }: Constraint, { fits }: Reading, text: string): string {
  const hint = kind === 'json' ? ' A string is taken as JSON text: JSON.stringify makes that of a value.' : ''
  if (fits === text.length) return `it is not finished.${hint}`
  return `nothing that begins with ${quoted(text.slice(0, fits + 1))} can be.${hint}`
}
