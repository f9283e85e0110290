// A beam search over a whole prompt: each hole is searched from every beginning that is left, and the best of all go
// on. Decides which beginnings go on, by ln p of all that the model wrote; what lies between holes is walked for each.

import { sideBySide } from '../../async/side-by-side.js'
import { FillError } from '../../base/errors.js'
import type { Found } from '../../engine/options.js'
import type { Position } from '../../engine/position.js'
import type { Hole, Part, Prompt } from '../../prompt/part.js'
import { acceptDrawn } from '../hole/accept.js'
import { searchAmongLeft } from '../hole/by-beam.js'
import type { HoleTask } from '../hole/hole-task.js'
import { judge } from '../hole/judge.js'
import type { RankedFill } from '../report/results.js'
import { adopt, apart, type RunContext } from '../state/run-context.js'
import { deeper, pathOf, type Scope } from '../state/scope.js'
import { textBehind, textOf } from '../state/transcript.js'
import { Tried } from '../state/tried.js'
import type { FollowPart, Walk, WalkState } from '../state/walk-state.js'
import { followingOf } from './follow.js'
import { readyFor, settled } from './messages.js'
import { chained } from './rest.js'
import { pathOfVotes } from './vote.js'

interface Beginning {
  readonly state: WalkState
  readonly run: RunContext
  /** ln p of what the model wrote since the search began. */
  readonly logprob: number
}

/** One way on from a beginning. */
interface Way {
  readonly before: Beginning
  readonly task: HoleTask
  readonly found: Found
  readonly value: unknown
}

/** Throws FillError DEAD_END where no beginning goes on, and what a search of one hole throws. */
export async function walkBeam(
  walk: Walk,
  scope: Scope,
  start: WalkState,
  prompt: Prompt,
  width: number,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const parts = [...flat(prompt.parts)]
  let beams: readonly Beginning[] = [{ state: start, run: apart(scope.run), logprob: 0 }]
  for (const [index, part] of parts.entries()) {
    const rest = chained<FollowPart>(parts.slice(index + 1), after)
    const isSearched = part.kind === 'hole' && !Object.hasOwn(scope.known, part.name)
    beams = isSearched
      ? await grown(scope, beams, part, width, rest, start.transcript.position)
      : await sideBySide(scope.run, beams.length, async (at, signal) => {
          const beam = beams[at]!
          const run = { ...beam.run, signal }
          return { ...beam, state: await walk({ ...deeper(scope), run }, beam.state, [part], rest) }
        })
  }
  const fills = beams.map(({ state, logprob }): RankedFill => {
    return {
      score: logprob,
      text: textBehind(start.transcript, state.transcript),
      values: state.values.since(start.values),
    }
  })
  for (const { state } of beams) {
    scope.run.session.reject(state.transcript.position, start.transcript.position)
  }
  const best = beams[0]!
  const candidates = fills.map((fill) => ({ ...fill, tokens: 0, logprob: fill.score }))
  best.run.ranked.set(pathOfVotes(scope, candidates), fills)
  adopt(scope.run, best.run)
  return best.state
}

/** Prompts inside of prompts are their parts; those with a check are refused when the beam is made. */
function* flat(parts: readonly Part[]): Generator<Part> {
  for (const part of parts) {
    if (part.kind === 'prompt') yield* flat(part.prompt.parts)
    else yield part
  }
}

/** The best beginnings with the hole behind them. */
async function grown(
  scope: Scope,
  beams: readonly Beginning[],
  hole: Hole,
  width: number,
  rest: Iterable<FollowPart>,
  since: Position,
): Promise<readonly Beginning[]> {
  const ways = await sideBySide(scope.run, beams.length, (at, signal) =>
    waysOn(scope, beams[at]!, hole, width, rest, signal),
  )
  // Who goes on is kept in the end, and counts as such.
  for (const { state } of beams) scope.run.session.reject(state.transcript.position, since)
  const best = ways
    .flat()
    .sort((one, other) => logprobOf(other) - logprobOf(one))
    .slice(0, width)
  if (best.length > 0) return Promise.all(best.map((way) => taken(scope, way)))
  const path = pathOf(scope, hole.name)
  const { transcript } = beams[0]!.state
  throw new FillError(
    'DEAD_END',
    `No beam goes on at hole ${path}: nothing was found that its check takes.`,
    {
      hole: path,
      attempts: [],
      partialText: textOf(transcript),
    },
  )
}

async function waysOn(
  scope: Scope,
  before: Beginning,
  hole: Hole,
  width: number,
  rest: Iterable<FollowPart>,
  signal: AbortSignal,
): Promise<Way[]> {
  // Each beginning has texts of its own that were rejected.
  const inner = { ...deeper(scope), run: { ...apart(before.run), signal }, tried: new Tried() }
  const state = await readyFor(inner, before.state, hole)
  const task: HoleTask = {
    scope: inner,
    hole,
    transcript: state.transcript,
    after: followingOf(inner, rest),
    values: () => state.values.all(scope.outer),
  }
  inner.run.listener.emit({ type: 'hole-start', hole: pathOf(scope, hole.name), attempt: 0 })
  const ways: Way[] = []
  for (const found of await searchAmongLeft(task, width)) {
    if (ways.some((way) => way.found.text === found.text)) continue
    const verdict = await judge(task, found.text)
    if ('value' in verdict) ways.push({ before: { ...before, state }, task, found, value: verdict.value })
  }
  return ways
}

function logprobOf({ before, found }: Way): number {
  return before.logprob + found.logprob
}

/** The beginning with one more hole filled, and books of its own. */
async function taken(scope: Scope, way: Way): Promise<Beginning> {
  const { before, found, value } = way
  const run = apart(scope.run)
  adopt(run, before.run)
  const task = { ...way.task, scope: { ...way.task.scope, run } }
  const { transcript } = await acceptDrawn(task, found, value)
  const { state } = before
  const after = { ...state, transcript, values: state.values.with(task.hole.name, value) }
  return { state: settled(state, after), run, logprob: logprobOf(way) }
}
