// The walk over a prompt: part after part, text is appended and holes are filled. Decides the order of work and what
// is undone when a hole can't be filled. Its state is an immutable value, so undoing is going on from an older one.
import { partCost } from '../../async/pace.js'
import { refuseAborted, settleOrAbort } from '../../async/signal.js'
import { type FillError, PromptError } from '../../base/errors.js'
import { own } from '../../base/own.js'
import { functionsMax, tooDeep } from '../../prompt/depth.js'
import { capturedBy } from '../../prompt/names.js'
import type { Collect, Hole, Part } from '../../prompt/part.js'
import { checkMade } from '../given/given.js'
import { inputText } from '../given/inputs.js'
import { formatKnown, knownArray, parseKnown } from '../given/known.js'
import { tellKnown } from '../hole/accept.js'
import { fillByBeam } from '../hole/by-beam.js'
import { fillBySampling } from '../hole/by-sampling.js'
import { fillByScore } from '../hole/by-score.js'
import type { HoleTask } from '../hole/hole-task.js'
import { marked } from '../state/marks.js'
import type { Piece } from '../state/pieces.js'
import { pathOf, type Scope } from '../state/scope.js'
import { appended } from '../state/transcript.js'
import type { Values } from '../state/values.js'
import type { FollowPart, WalkPart, WalkState } from '../state/walk-state.js'
import { walkAsk } from './ask.js'
import { walkBranches, walkEach } from './branches.js'
import { walkChecked } from './checked.js'
import { backtrackTarget, type Checkpoint, undo } from './checkpoint.js'
import { walkChoose } from './choose.js'
import { followingOf } from './follow.js'
import { readyFor, settled, waiting, walkMessage } from './messages.js'
import { chooseOneOf } from './one-of.js'
import { walkRepeat } from './repeat.js'
import { chained, Rest } from './rest.js'
import { requireMadeRoom } from './room.js'

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
        checkpoints.push({ state, rest, ...step.drawn })
      }
      const before = state
      state = settled(before, withHead(scope, before, step.state, part))
      tellValues(scope, before, state)
      rest = step.instead === null ? left : left.behind(step.instead, generationOf(rest, part))
    } catch (error) {
      const mayUndo = (to: Checkpoint): boolean => takesBack(scope, to.state, state)
      const target = backtrackTarget(part, error, checkpoints, undone, mayUndo)
      if (target === null) throw error
      undo(scope, target, `${(error as FillError).hole} could not be filled after it`)
      state = target.state
      rest = target.rest
    }
  }
  return state
}

/** Tells what was captured, but for lists, which may still grow. */
function tellValues({ run, prefix }: Scope, before: WalkState, { values }: WalkState): void {
  if (run.live === null || prefix !== '' || values === before.values) return
  const added = Object.entries(values.since(before.values))
  run.live.tell(Object.fromEntries(added.filter(([name]) => values.itemsOf(name) === 0)))
}

/** Whether nobody has what was captured since. */
function takesBack({ run, prefix }: Scope, to: WalkState, { values }: WalkState): boolean {
  return run.live === null || prefix !== '' || run.live.takeBack(Object.keys(values.since(to.values)))
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

interface Step {
  readonly state: WalkState
  /** Parts to walk before the ones that are left. */
  readonly instead: readonly WalkPart[] | null
  /** For what the model filled or chose. */
  readonly drawn: Pick<Checkpoint, 'drawn' | 'text' | 'path'> | null
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
      return written(scope, state, { kind: 'input', hole: null, text: inputText(scope.inputs, part) })
    case 'hole':
      return takeHole(scope, state, ownHole(scope, part), after)
    case 'collect':
      return takeHole(scope, state, nextInList(scope, state, part), after)
    case 'ask':
      return moved(await walkAsk(walk, scope, state, part))
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
    case 'one-of': {
      const { state: chosen, parts, drawn } = await chooseOneOf(scope, state, part, after)
      return { state: chosen, instead: parts, drawn: drawn && { ...drawn, path: pathOf(scope, part.name) } }
    }
    case 'repeat':
      return moved(await walkRepeat(walk, scope, state, part, after))
    case 'choose':
      return moved(await walkChoose(walk, scope, state, part, after))
  }
}

async function computedParts(
  scope: Scope,
  state: WalkState,
  part: Extract<Part, { kind: 'computed' }>,
): Promise<readonly Part[]> {
  const values = state.values.all()
  const made = await settleOrAbort(scope.run.signal, () => part.make({ ...scope.outer, ...values }))
  const { parts } = made
  for (const [name, as] of capturedBy(made)) {
    if (!Object.hasOwn(values, name) || (as === 'list' && state.values.itemsOf(name) > 0)) continue
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

const fillers = {
  sample: (task: HoleTask) => fillBySampling(task),
  score: fillByScore,
  beam: fillByBeam,
} as const

/** A hole, and where its value goes. */
interface Captured {
  readonly hole: Hole
  /** undefined: the model fills it. */
  readonly known: unknown
  readonly capture: (values: Values, value: unknown) => Values
}

function ownHole(scope: Scope, hole: Hole): Captured {
  const capture = (values: Values, value: unknown): Values => values.with(hole.name, value)
  return { hole, known: own(scope.known, hole.name), capture }
}

/** The next hole of a list goes by its place in it. */
function nextInList(scope: Scope, { values }: WalkState, { name, hole }: Collect): Captured {
  const index = values.itemsOf(name)
  const capture = (before: Values, value: unknown): Values => before.withItem(name, value)
  return { hole: { ...hole, name: `${name}[${index}]` }, known: knownArray(scope, name)[index], capture }
}

async function takeHole(
  scope: Scope,
  state: WalkState,
  { hole, known, capture }: Captured,
  after: Iterable<FollowPart>,
): Promise<Step> {
  const path = pathOf(scope, hole.name)
  const marks = marked(scope, hole.name, state)
  if (known !== undefined) {
    const text = formatKnown(scope, hole, known)
    const value = await parseKnown(scope, hole, text)
    const piece = { kind: 'known', hole: path, text } as const
    // Where a chat template has yet to write the text, nobody knows what stands before it.
    if (waiting(state, piece) === null) await tellKnown({ scope, hole, transcript: state.transcript }, text)
    const step = await written(scope, state, piece)
    return moved({ ...step.state, values: capture(state.values, value), marks })
  }
  const task = {
    scope,
    hole,
    transcript: state.transcript,
    after: followingOf(scope, after),
    values: () => state.values.all(scope.outer),
  }
  const result = await fillers[hole.method.kind](task)
  const { text, drawn } = result
  const values = capture(state.values, result.value)
  return {
    state: { ...state, transcript: result.transcript, values, marks },
    instead: null,
    drawn: { drawn, text, path },
  }
}
