// What is known of a hole before it is filled, and what about it might be written better.
import { isArray, quoted } from '../../base/seen.js'
import { type Constraint, isConstraint } from '../../constraint/constraint-type.js'
import { bytesMaxOf } from '../../constraint/longest.js'
import { tokensMaxDefault } from '../../prompt/options.js'
import type { Hole } from '../../prompt/part.js'
import { type HoleTask, holeRequest, taskPath } from '../hole/hole-task.js'
import type { Scope } from '../state/scope.js'
import type { FollowPart } from '../state/walk-state.js'
import { followingOf } from '../walk/follow.js'
import type { At } from './at.js'
import { type Cost, costOf, type Tally } from './tally.js'

/** Throws what filling the hole would throw before it draws. */
export async function explainHole(
  scope: Scope,
  tally: Tally,
  { state, timesMax }: At,
  hole: Hole,
  after: Iterable<FollowPart>,
): Promise<Cost> {
  const { run } = scope
  const { transcript } = state
  const task: HoleTask = { scope, hole, transcript, after: followingOf(scope, after), values: () => ({}) }
  const { healed, forced } = await run.session.opening(transcript.position, holeRequest(task, 0))
  const drawnMax = drawnMaxOf(hole, forced)
  tally.add({ kind: 'hole', path: taskPath(task), timesMax, healed, forced, drawnMax })
  note(task, tally, after, forced + drawnMax)
  return sideBySide(hole, costOf(0, forced + drawnMax))
}

/** Every token of a text is a byte at least. */
function drawnMaxOf({ language, options }: Hole, forced: number): number {
  const bytesMax = isConstraint(language) ? bytesMaxOf(language) : Number.POSITIVE_INFINITY
  return Math.max(0, Math.min(options.tokensMax ?? tokensMaxDefault, bytesMax - forced))
}

/** Beams and options are computed beside each other, and one stays. */
function sideBySide({ method }: Hole, cost: Cost): Cost {
  const count = method.kind === 'beam' ? method.width : method.kind === 'score' ? method.options.length : 1
  return { ...cost, cells: cost.cells * count, sequences: count }
}

function note(task: HoleTask, tally: Tally, after: Iterable<FollowPart>, length: number): void {
  const { hole, scope } = task
  const path = taskPath(task)
  const { contextTokens } = scope.run.engine.capabilities
  const before = task.transcript.pieces.made?.last
  // Where it heals, the space is spelled anew together with the value.
  const isApart = hole.options.heal === false && before !== undefined && before.kind !== 'generated'
  if (isApart && /[^\S\n]$/.test(before.text)) {
    tally.note(
      'SPACE_BEFORE_HOLE',
      path,
      `The text before ${path} ends in a space, which stays a token of its own with heal: false; most models never ` +
        'saw one before a word. Let the value begin with the space, or let it heal.',
    )
  }
  const { tokensMax = tokensMaxDefault } = hole.options
  const stops = isConstraint(hole.language) ? [] : hole.language.stops
  const hasEnd = stops.length > 0 || task.after.literal !== '' || task.after.either.length > 0
  const [next] = after
  if (!isConstraint(hole.language) && !hasEnd && next !== undefined) {
    tally.note(
      'TEXT_WITHOUT_END',
      path,
      `Nothing known follows ${path}, so it takes all the model writes, up to ${tokensMax} tokens. ` +
        'Put text behind it, or give it a stop.',
    )
  }
  if (length >= contextTokens) {
    tally.note(
      'HOLE_LONGER_THAN_CONTEXT',
      path,
      `${path} may take ${length} tokens, and the context holds ${contextTokens}. Lower its tokensMax.`,
    )
  }
  const begun = isConstraint(hole.language) ? begunOption(hole.language) : null
  if (begun !== null) {
    tally.note(
      'OPTION_BEGINS_OPTION',
      path,
      `The option ${quoted(begun[0])} of ${path} begins ${quoted(begun[1])}, so what follows decides between them. ` +
        "Give them different beginnings, or use by: 'logprob'.",
    )
  }
}

/** Two options of a choice, one of which begins the other. */
function begunOption(constraint: Constraint): readonly [string, string] | null {
  const { options } = constraint as { readonly options?: unknown }
  if (constraint.kind !== 'choice' || !isArray(options)) return null
  const sorted = (options as readonly string[]).toSorted()
  for (const [index, option] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next?.startsWith(option) === true) return [option, next]
  }
  return null
}
