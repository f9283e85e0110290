// What the tests of engines share: requests, a session, and how sums are checked. What is drawn may differ between
// engines, so holes hold what can be told.
import { Pace } from '../../../lib/async/pace.js'
import { Turns } from '../../../lib/async/side-by-side.js'
import { ConstraintError } from '../../../lib/base/errors.js'
import { choice } from '../../../lib/constraint/choice.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import type { Rejected } from '../../../lib/constraint/exclude.js'
import { regex } from '../../../lib/constraint/regex.js'
import type { Engine, Session } from '../../../lib/engine/engine.js'
import type { Filled, FillListener, FillRequest } from '../../../lib/engine/fill.js'
import type { Position, Written } from '../../../lib/engine/position.js'

/** An engine with so many tokens of context; it is disposed by the suite. */
export type MakeEngine = (contextTokens: number) => Promise<Engine>

/** What the holes of the suite are answered with by an engine that has to be told: by path, in order of attempts. */
export const suiteAnswers: Readonly<Record<string, readonly unknown[]>> = {
  one: ['yes'],
  two: ['good', 'bad'],
  stopped: ['ab.'],
  lines: ['good'],
  free: ['some words that go on and on'],
  long: ['ab '.repeat(40)],
  letters: ['some words and no more than that'],
  greeting: ['good morning', 'good evening'],
  turn: ['End'],
  mark: [0.25],
}

export const good = choice(['good', 'bad'])
export const letters = regex(/[a-z ]{30,36}/)
export const greeting = choice(['good morning', 'good evening'])
export const nothing: Rejected = { texts: [], beginnings: [] }
export const silent: FillListener = { news: null, ready: null, watch: null }
export const never = new AbortController().signal

export function aborted(): AbortSignal {
  const controller = new AbortController()
  controller.abort(new Error('enough'))
  return controller.signal
}

export function request(
  path: string,
  constraint: Constraint | null,
  more: Partial<FillRequest> = {},
): FillRequest {
  return {
    path,
    constraint,
    stops: [],
    stopText: 'cut',
    follows: { literal: '', either: [] },
    rejected: nothing,
    closed: [],
    tokensMax: 100,
    tokensMin: 0,
    start: 'joined',
    sampling: { run: {}, hole: { temperature: 1 } },
    seed: 7,
    signal: never,
    kept: null,
    writes: 'value',
    hook: null,
    listener: silent,
    ...more,
  }
}

export function sessionOf(engine: Engine): Session {
  return engine.session({
    overflow: null,
    draws: 'fresh',
    room: 'context',
    looked: 0,
    pace: new Pace(never),
    turns: new Turns(0),
  })
}

export const given = (text: string): Written => ({ text, as: 'given' })

/** How a fill ended, where nothing was left: both ways of saying so are allowed. */
export async function endOf(filling: Promise<Filled>): Promise<string> {
  try {
    return (await filling).end.kind
  } catch (error) {
    if (error instanceof ConstraintError) return 'dead-end'
    throw error
  }
}

export function expectSums(session: Session, kept: readonly Position[]): void {
  const { decoded, spared, uncached: _, guessed, confirmed, ...classes } = session.ledger(kept)
  expect(confirmed).toBeLessThanOrEqual(guessed)
  const all = Object.values(classes).reduce((sum, count) => sum + count, 0)
  expect(all).toBe(decoded + classes.reused + classes.restored + spared)
  expect(Object.values(classes).every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true)
}

/** An engine under test with a session and a text in it, new for each test. */
export interface Under {
  readonly make: MakeEngine
  engine: Engine
  session: Session
  before: Position
  fill(path: string, constraint: Constraint | null, more?: Partial<FillRequest>): Promise<Filled>
}
