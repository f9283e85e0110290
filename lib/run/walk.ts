// The walk over a prompt: part after part, text is appended and holes are filled. Decides the order of work and what
// is undone when a hole can't be filled. Its state is an immutable value, so undoing is going on from an older one.
import { assert } from '../base/assert.js'
import { type FillError, PromptError } from '../base/errors.js'
import { own } from '../base/own.js'
import { functionsMax, tooDeep } from '../prompt/depth.js'
import type { Hole, Part } from '../prompt/part.js'
import { slicesOf } from './append.js'
import { fillHole } from './attempts.js'
import { fillByBeam } from './beam.js'
import { walkBranches, walkEach } from './branches.js'
import type { Chat } from './chat.js'
import { walkChecked } from './checked.js'
import { backtrackTarget, type Checkpoint, undo } from './checkpoint.js'
import { walkChoose } from './choose.js'
import { type FollowPart, followingOf, type WalkPart } from './follow.js'
import { checkMade } from './given.js'
import { formatKnown, parseKnown } from './known.js'
import { requireLeastRoom } from './least-room.js'
import { readyFor, settled, waiting, walkMessage } from './messages.js'
import { appendWithRoom, contextFull, withRoom } from './overflow.js'
import { partCost } from './pace.js'
import type { Piece } from './pieces.js'
import { walkRepeat } from './repeat.js'
import { chained, Rest } from './rest.js'
import { pathOf, type Scope } from './scope.js'
import { fillByScore } from './score.js'
import { refuseAborted } from './signal.js'
import type { TranscriptState } from './transcript.js'
import type { Values } from './values.js'

export interface WalkState {
  readonly transcript: TranscriptState
  readonly values: Values
  readonly chat: Chat
}

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
      refuseOverlong(scope, step.state.transcript)
      if (step.drawnPath !== null) {
        const path = pathOf(scope, (part as Hole).name)
        const text = step.state.transcript.pieces.since(state.transcript.pieces.length)[0]?.text ?? ''
        checkpoints.push({ state, rest, drawnPath: step.drawnPath, text, path })
      }
      state = settled(state, withHead(state, step.state, part))
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

/** Whatever made it grow: no transcript outgrows the context in silence. */
function refuseOverlong({ run }: Scope, transcript: TranscriptState): void {
  if (transcript.tokens.length > run.engine.capabilities.contextTokens) throw contextFull(run, transcript)
}

/** How many functions made what stands instead of a part, one out of the other. */
function generationOf(rest: Rest<WalkPart>, part: WalkPart): number {
  const generation = rest.generation + (part.kind === 'computed' ? 1 : 0)
  if (generation <= functionsMax) return generation
  throw tooDeep('Functions in the prompt make functions', generation, functionsMax)
}

/** Notes what the first part wrote, if it is text: the part of a transcript that is kept when others are dropped. */
function withHead(before: WalkState, after: WalkState, part: WalkPart): WalkState {
  if (before.transcript.head > 0 || (part.kind !== 'text' && part.kind !== 'input')) return after
  if (after.transcript === before.transcript) return after
  return { ...after, transcript: { ...after.transcript, head: after.transcript.tokens.length } }
}

interface Step {
  readonly state: WalkState
  /** Parts to walk before the ones that are left. */
  readonly instead: readonly WalkPart[] | null
  /** For a hole the model filled. */
  readonly drawnPath: Int32Array | null
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
    case 'message':
      return moved(await walkMessage(scope, state, part))
    case 'computed':
      return { state, instead: await computedParts(scope, state, part), drawnPath: null }
    case 'prompt':
      if (part.prompt.check === null) return { state, instead: part.prompt.parts, drawnPath: null }
      return moved(await walkChecked(scope, state, part.prompt, part.prompt.check, after))
    case 'branches':
      return moved(await walkBranches(scope, state, part))
    case 'each':
      return moved(await walkEach(scope, state, part))
    case 'repeat':
      return moved(await walkRepeat(scope, state, part, after))
    case 'choose':
      return moved(await walkChoose(scope, state, part, after))
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
  await requireLeastRoom(scope, state.transcript, parts)
  return parts
}

function moved(state: WalkState): Step {
  return { state, instead: null, drawnPath: null }
}

async function written(scope: Scope, state: WalkState, piece: Piece): Promise<Step> {
  const waits = waiting(state, piece)
  if (waits !== null) return moved(waits)
  const { listener } = scope.run
  const transcript = await appendWithRoom(scope.run, state.transcript, piece)
  if (piece.text !== '')
    listener.emit({ type: 'text', path: scope.prefix, hole: piece.hole, text: piece.text })
  return moved({ ...state, transcript })
}

function inputOf(scope: Scope, name: string): string {
  const value = own(scope.inputs, name)
  assert(typeof value === 'string', 'inputs are checked before the parts that need them')
  return value
}

const fillers = { sample: fillHole, score: fillByScore, beam: fillByBeam } as const

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
  const request = {
    scope,
    hole,
    transcript: await roomForOptions(scope, state.transcript, hole),
    after: followingOf(scope, after),
    values: () => state.values.all(scope.outer),
  }
  const result = await fillers[hole.method.kind](request)
  const values = state.values.with(hole.name, result.value)
  return {
    state: { ...state, transcript: result.transcript, values },
    instead: null,
    drawnPath: result.drawnPath,
  }
}

/** Options are scored in one request, which has to fit as a whole. */
async function roomForOptions(
  scope: Scope,
  transcript: TranscriptState,
  hole: Hole,
): Promise<TranscriptState> {
  const { run } = scope
  if (hole.method.kind !== 'score' || run.overflow === null) return transcript
  let most = 0
  for (const option of hole.method.options) {
    let count = 0
    for (const slice of slicesOf(option)) {
      const turn = run.pace.take(slice.length)
      if (turn !== null) await turn
      count += run.engine.vocabulary.tokenize(new TextEncoder().encode(slice)).length
    }
    most = Math.max(most, count)
  }
  return withRoom(run, transcript, most + 1)
}
