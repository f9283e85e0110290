// Cuts a text into stretches, each a member of its part. Decides which cut it is where there are several: each stretch
// in turn is as long as the rest allows, as greedy quantifiers have it. Never reads values.
import { ConstraintError } from '../base/errors.js'
import { quoted } from '../base/seen.js'
import type { Constraint } from './constraint-type.js'
import { recogniserOf } from './recogniser-of.js'

/** A stretch of the text and what it is a member of. */
export interface Stretch {
  readonly part: Constraint
  readonly text: string
}

/** What may stand where. */
export interface Order {
  /** The part of the stretch with this index; null where no more come. */
  partAt(index: number): Constraint | null
  /** Whether so many stretches can be all. */
  mayEnd(count: number): boolean
  /** Equal for counts from which everything goes on alike, so that nothing is tried twice. */
  place(count: number): number
}

interface Attempt {
  readonly index: number
  readonly from: number
  /** Where the stretch may end that are not tried yet, the longest last. */
  readonly left: number[]
}

/** Characters read before a text is given up: only texts with very many cuts need more than a few times their own. */
const readMax = 1_000_000
const readTimesMax = 16

/** Throws ConstraintError VALUE_INVALID where there is no cut, CONSTRAINT_TOO_COMPLEX where it isn't found in time. */
export function cut(text: string, order: Order): readonly Stretch[] {
  const tried = new Set<string>()
  const attempts: Attempt[] = []
  const charactersMax = Math.max(readMax, readTimesMax * text.length)
  let read = 0
  const enter = (index: number, from: number): void => {
    const key = `${order.place(index)} ${from}`
    const part = tried.has(key) ? null : order.partAt(index)
    tried.add(key)
    if (part === null) return
    const { ends, fits } = recogniserOf(part).read(text.slice(from))
    read += fits + 1
    if (read > charactersMax) throw tooLong(text, charactersMax)
    attempts.push({ index, from, left: ends.map((end) => from + end) })
  }
  if (order.mayEnd(0) && text === '') return []
  enter(0, 0)
  for (let last = attempts.at(-1); last !== undefined; last = attempts.at(-1)) {
    const end = last.left.pop()
    if (end === undefined) attempts.pop()
    else if (end === text.length && order.mayEnd(last.index + 1)) return stretches(text, order, attempts, end)
    else enter(last.index + 1, end)
  }
  throw new ConstraintError('VALUE_INVALID', `${quoted(text)} is no text of the constraint.`)
}

function stretches(
  text: string,
  order: Order,
  attempts: readonly Attempt[],
  end: number,
): readonly Stretch[] {
  return attempts.map(({ index, from }, at) => ({
    part: order.partAt(index)!,
    text: text.slice(from, attempts[at + 1]?.from ?? end),
  }))
}

function tooLong(text: string, charactersMax: number): ConstraintError {
  return new ConstraintError(
    'CONSTRAINT_TOO_COMPLEX',
    `A text of ${text.length} characters can be cut into the constraint's parts in too many ways, expected at most ` +
      `${charactersMax} characters to be read; give the parts a separator that none of them holds.`,
  )
}
