// The walk over a prompt: part after part, text is appended and holes are filled. Decides the order of work and what
// is undone when a hole can't be filled. Its state is an immutable value, so undoing is going on from an older one.
import { partCost } from '../../async/pace.js'
import { refuseAborted } from '../../async/signal.js'
import { assert } from '../../base/assert.js'
import { type FillError, PromptError } from '../../base/errors.js'
import { own } from '../../base/own.js'
import { functionsMax, tooDeep } from '../../prompt/depth.js'
import type { Hole, Part } from '../../prompt/part.js'
import { checkMade } from '../given/given.js'
import { formatKnown, parseKnown } from '../given/known.js'
import { fillByBeam } from '../hole/by-beam.js'
import { fillBySampling } from '../hole/by-sampling.js'
import { fillByScore } from '../hole/by-score.js'
import type { HoleTask } from '../hole/hole-task.js'
import { marked } from '../state/marks.js'
import type { Piece } from '../state/pieces.js'
import { pathOf, type Scope } from '../state/scope.js'
import { appended } from '../state/transcript.js'
import type { FollowPart, Step, WalkPart, WalkState } from '../state/walk-state.js'
import { walkBranches, walkEach } from './branches.js'
import { walkChecked } from './checked.js'
import { backtrackTarget, type Checkpoint, undo } from './checkpoint.js'
import { walkChoose } from './choose.js'
import { followingOf } from './follow.js'
import { readyFor, settled, waiting, walkMessage } from './messages.js'
import { walkRepeat } from './repeat.js'
import { chained, Rest } from './rest.js'
import { requireMadeRoom } from './room.js'
import { takeThought } from './thought.js'
import { walkTools } from './tools.js'

/**
 * Walks the parts; `after` are the parts that follow them, for the ends of holes. `checkpoints` are left as they are
 * where the walk ends or fails: the holes filled on the way.
 */
export async function walk(
  scope: Scope,
  start: WalkState,
  parts: readonly WalkPart[],
  after: Iterable<FollowPart>,
  checkpoints: Checkpoint[] = [],
): Promise<WalkState> {
  const undone = new Map<string, number>()
  let state = start
  let rest = Rest.of(parts)
  for (let part = rest.first; part !== undefined; part = rest.first) {
    const turn = scope.run.pace.take(partCost)
    if (turn !== null) await turn
    const left = rest.others
    refuseAborted(scope.run.signal)
    try {
      state = await readyFor(scope, state, part)
      const step = await takePart(scope, state, part, chained<FollowPart>(left, after))
      if (step.drawn !== null) {
        const path = pathOf(scope, part.kind === 'thinking' ? part.hole.name : (part as Hole).name)
        const { from = state.transcript } = step
        const text = step.state.transcript.pieces.since(from.pieces.length)[0]?.text ?? ''
        checkpoints.push({ state, from, rest, drawn: step.drawn, text, path })
      }
      state = settled(state, withHead(scope, state, step.state, part))
      rest = step.instead === null ? left : left.behind(step.instead, generationOf(rest, part))
    } catch (error) {
      const target = backtrackTarget(part, error, checkpoints, undone)
      if (target === null) throw error
      undo(scope, target, `${(error as FillError).hole} could not be filled after it`)
      state = target.state
      rest = target.rest
    }
  }
  return state
}

/** How many functions made what stands instead of a part, one out of the other. */
function generationOf(rest: Rest<WalkPart>, part: WalkPart): number {
  const generation = rest.generation + (part.kind === 'computed' ? 1 : 0)
  if (generation <= functionsMax) return generation
  throw tooDeep('Functions in the prompt make functions', generation, functionsMax)
}

/** Names what the first part wrote, if it is text: it is kept when others are dropped. */
function withHead({ run }: Scope, before: WalkState, after: WalkState, part: WalkPart): WalkState {
  if (before.transcript.position.head > 0 || (part.kind !== 'text' && part.kind !== 'input')) return after
  if (after.transcript === before.transcript) return after
  const position = run.session.keepHead(after.transcript.position)
  return { ...after, transcript: { ...after.transcript, position } }
}

async function takePart(
  scope: Scope,
  state: WalkState,
  part: WalkPart,
  after: Iterable<FollowPart>,
): Promise<Step> {
  switch (part.kind) {
    case 'text':
      return written(scope, state, { kind: 'literal', hole: null, text: part.text })
    case 'mark':
      return written(scope, state, { kind: 'mark', hole: null, text: part.text })
    case 'input':
      return written(scope, state, { kind: 'input', hole: null, text: inputOf(scope, part.name) })
    case 'hole':
      return takeHole(scope, state, part, after)
    case 'thinking':
      return takeThought(takeHole, scope, state, part)
    case 'message':
      return moved(await walkMessage(walk, scope, state, part))
    case 'computed':
      return { state, instead: await computedParts(scope, state, part), drawn: null }
    case 'prompt':
      if (part.prompt.check === null) return { state, instead: part.prompt.parts, drawn: null }
      return moved(await walkChecked(walk, scope, state, part.prompt, part.prompt.check, after))
    case 'branches':
      return moved(await walkBranches(walk, scope, state, part))
    case 'each':
      return moved(await walkEach(walk, scope, state, part))
    case 'repeat':
      return moved(await walkRepeat(walk, scope, state, part, after))
    case 'choose':
      return moved(await walkChoose(walk, scope, state, part, after))
    case 'tools':
      return moved(await walkTools(walk, scope, state, part))
  }
}

async function computedParts(
  scope: Scope,
  state: WalkState,
  part: Extract<Part, { kind: 'computed' }>,
): Promise<readonly Part[]> {
  const values = state.values.all()
  const { parts } = part.make({ ...scope.outer, ...values })
  for (const { kind, name } of parts as readonly { kind: string; name?: string }[]) {
    if (kind === 'input' || name === undefined || !Object.hasOwn(values, name)) continue
    throw new PromptError(
      'HOLE_NAME_TWICE',
      `A function in the prompt made a part named ${name}, which has a value already.`,
    )
  }
  await checkMade(scope, parts)
  await requireMadeRoom(scope, state.transcript, parts)
  return parts
}

function moved(state: WalkState): Step {
  return { state, instead: null, drawn: null }
}

async function written(scope: Scope, state: WalkState, piece: Piece): Promise<Step> {
  const waits = waiting(state, piece)
  if (waits !== null) return moved(waits)
  const { listener, session, signal } = scope.run
  const transcript = await appended(session, state.transcript, piece, signal)
  if (piece.text !== '')
    listener.emit({ type: 'text', path: scope.prefix, hole: piece.hole, text: piece.text })
  return moved({ ...state, transcript })
}

function inputOf(scope: Scope, name: string): string {
  const value = own(scope.inputs, name)
  assert(typeof value === 'string', 'inputs are checked before the parts that need them')
  return value
}

const fillers = {
  sample: (task: HoleTask) => fillBySampling(task),
  score: fillByScore,
  beam: fillByBeam,
} as const

async function takeHole(
  scope: Scope,
  state: WalkState,
  hole: Hole,
  after: Iterable<FollowPart>,
): Promise<Step> {
  const path = pathOf(scope, hole.name)
  if (Object.hasOwn(scope.known, hole.name)) {
    const text = formatKnown(scope, hole, scope.known[hole.name])
    const value = await parseKnown(scope, hole, text)
    const step = await written(scope, state, { kind: 'known', hole: path, text })
    return moved({ ...step.state, values: state.values.with(hole.name, value) })
  }
  const task = {
    scope,
    hole,
    transcript: state.transcript,
    after: followingOf(scope, after),
    values: () => state.values.all(scope.outer),
  }
  const result = await fillers[hole.method.kind](task)
  const values = state.values.with(hole.name, result.value)
  return {
    state: { ...state, transcript: result.transcript, values, marks: marked(scope, hole.name, state) },
    instead: null,
    drawn: result.drawn,
  }
}
