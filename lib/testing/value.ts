// What an answer comes to in a hole: where its value ends, and whether the hole may hold that. Decides as a model's
// text is read: what runs past a stop is no part of the value. An answer that can't be is a UsageError that says why.
import { ConstraintError, UsageError } from '../base/errors.js'
import { isUnicodeText, quoted } from '../base/seen.js'
import { type Constraint, isRegular } from '../constraint/constraint-type.js'
import { excluding, type Rejected } from '../constraint/exclude.js'
import { literalStop } from '../constraint/literal-stop.js'
import { lowerConstraint } from '../constraint/lower.js'
import { type Reading, Recogniser } from '../constraint/recognise/recogniser.js'
import { recogniserOf } from '../constraint/recogniser-of.js'
import { firstStop } from '../constraint/stop-reader.js'
import type { FillEnd, HoleRequest, ValueEnd } from '../engine/fill.js'
import { invalid } from './invalid.js'
import { misfit } from './misfit.js'
import { type Answer, type Asked, opening, rejections } from './script.js'
import { wordsOf } from './words.js'

/** What of a hole its value depends on. */
type Place = Pick<HoleRequest, 'constraint' | 'stops' | 'stopText' | 'follows' | 'rejected' | 'tokensMin'>

export interface Value {
  readonly text: string
  /** A stop that stays behind it. */
  readonly behind: string
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
  requireLength(request, asked, cut)
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

/** No model ends a value before it may. Of a script's words a beginning of the stop's is none. */
function requireLength({ constraint, tokensMin }: Place, asked: Asked, { text, end }: Value): void {
  if (tokensMin === 0 || ['complete', 'limit', 'unfinished'].includes(end.kind)) return
  const { length } = wordsOf(text)
  if (length >= tokensMin) return
  if (constraint !== null && !readerOf(constraint).read(text).goesOn) return
  throw invalid(asked, text, `it has ${length} words, expected at least tokensMin: ${tokensMin}.`)
}

/** Texts of what follows that end a value. */
function endsBehind({ follows }: Place): readonly string[] {
  return (follows.literal === '' ? follows.either : [follows.literal]).map(literalStop)
}

/** The end that ends first; a stop of the hole's own counts before what follows. */
function freeValue(request: Place, text: string): Value {
  const { stops, stopText } = request
  const own = firstStop(stops, text)
  const after = firstStop(endsBehind(request), text)
  if (own === null || (after !== null && after.until < own.until)) {
    if (after === null) return { text, behind: '', end: naturalEnd(request) }
    return { text: text.slice(0, after.from), behind: '', end: { kind: 'literal' } }
  }
  const stop = text.slice(own.from, own.until)
  const end = { kind: 'stop', stop } as const
  if (stopText === 'value') return { text: text.slice(0, own.until), behind: '', end }
  return { text: text.slice(0, own.from), behind: stopText === 'kept' ? stop : '', end }
}

function constrained(request: Place, constraint: Constraint, asked: Asked, text: string): Value {
  const reading = readerOf(constraint).read(text)
  if (reading.ends.at(-1) === text.length) {
    return { text, behind: '', end: reading.goesOn ? naturalEnd(request) : { kind: 'complete' } }
  }
  const own = request.stops.filter((stop) => typeof stop === 'string')
  const ends = [...own, ...endsBehind(request)]
  for (const at of reading.ends) {
    const stop = ends.find((end) => text.startsWith(end, at))
    if (stop === undefined) continue
    const end = own.includes(stop) ? ({ kind: 'stop', stop } as const) : ({ kind: 'literal' } as const)
    return { text: text.slice(0, at), behind: '', end }
  }
  throw invalid(asked, text, fault(constraint, reading, text))
}

/** A model writes on until what follows the hole, or ends by itself where nothing is known to. */
function naturalEnd({ stops, follows: { literal } }: Place): Value['end'] {
  return stops.length > 0 || literal === '' ? { kind: 'end-of-text' } : { kind: 'literal' }
}

function limited(constraint: Constraint | null, value: Value, tokensMax: number): Value {
  const words = wordsOf(value.text)
  if (words.length <= tokensMax) return value
  const text = words.slice(0, tokensMax).join('')
  const isValue = constraint === null || readerOf(constraint).has(text)
  return { text, behind: '', end: isValue ? { kind: 'limit' } : { kind: 'unfinished', tokens: tokensMax } }
}

function fault({ kind }: Constraint, { fits }: Reading, text: string): string {
  const hint = kind === 'json' ? ' A string is taken as JSON text: JSON.stringify makes that of a value.' : ''
  if (fits === text.length) return `it is not finished.${hint}`
  return `nothing that begins with ${quoted(text.slice(0, fits + 1))} can be.${hint}`
}
