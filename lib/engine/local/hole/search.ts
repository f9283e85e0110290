// Beam search over one hole: the most probable whole values rather than the most probable next tokens. Decides which
// beginnings go on; every step of all beams is one request each, side by side, on forks of one matcher. Its
// probabilities are the model's own, before masks and whatever else is said about draws.

import { sideBySide } from '../../../async/side-by-side.js'
import type { Found, Searched, SearchRequest } from '../../options.js'
import type { SessionContext } from '../session-context.js'
import type { Spelled } from '../text/position.js'
import { editTokens, origin, textIn } from '../text/tokens.js'
import { joinTokenBytes } from '../tokens/text.js'
import { contextFull } from '../write/shift.js'
import { type Beam, BeamSteps } from './beam-steps.js'
import { cutText } from './cut-text.js'
import { DrawnTokens } from './drawn.js'
import { cutEnd, endOf } from './ends.js'
import { matcherOf, type OpenHole, openedHole } from './open-hole.js'
import { TokenBudget } from './token-budget.js'
import { writtenValue } from './written-value.js'

const nothing = new Int32Array(0)

const unended = { said: { kind: 'end-of-text' }, cut: { kind: 'limit' } } as const

/** Throws CapacityError CONTEXT_FULL where no beam is whole because the context ends. */
export async function search(
  context: SessionContext,
  before: Spelled,
  request: SearchRequest,
): Promise<Searched> {
  const { vocabulary } = context
  const hole = await openedHole(context, before, request)
  const { keep, prefix } = hole
  const steps = new BeamSteps(context, request, hole.start)
  try {
    const first: Beam = {
      list: editTokens(before, keep, nothing, origin.sampled),
      matcher: matcherOf(hole),
      budget: new TokenBudget(vocabulary, request.tokensMax, prefix.length),
      path: before.tokens.subarray(0, keep),
      logprob: 0,
      told: [],
      end: null,
    }
    const beams = await grown(context, request, steps, first)
    const closed = steps.closed.map((path) => closedPath(context, hole, path))
    const whole = beams.filter((beam) => beam.end !== null || beam.matcher.canEnd())
    // A text may be cut anywhere between two characters.
    const taken = whole.length === 0 && request.constraint === null ? beams.slice(0, 1) : whole
    if (taken.length > 0 || beams.length === 0) {
      return { found: taken.map((beam) => foundAt(context, before, request, hole, beam)), closed }
    }
    if (beams.some(({ budget }) => budget.left > 0)) throw contextFull(context.contextTokens, beams[0]!.list)
    return { found: 'unfinished', closed }
  } finally {
    steps.dispose()
  }
}

function closedPath(
  { vocabulary }: SessionContext,
  { keep, prefix }: OpenHole,
  path: Int32Array,
): DrawnTokens {
  const list = { tokens: path, origins: new Uint8Array(path.length) }
  return new DrawnTokens(vocabulary, { path, keep, prefixLength: prefix.length, text: '', list, told: [] })
}

function foundAt(
  context: SessionContext,
  before: Spelled,
  request: SearchRequest,
  { keep, prefix, ends }: OpenHole,
  beam: Beam,
): Found {
  const { vocabulary, constraints } = context
  const isCut = !beam.matcher.canEnd() && beam.end === null
  const { list, matcher } = isCut ? cutText(beam, keep, before.tokens.slice(keep)) : beam
  const bytes = joinTokenBytes(vocabulary, list.tokens.subarray(keep)).subarray(prefix.length)
  const text = textIn(bytes.subarray(0, matcher.valueLength()))
  const { constraint } = request
  const isMember = (one: string): boolean => constraint !== null && constraints.has(constraint, one)
  const whole = { text, list, overrun: matcher.suffixLength() }
  const value = cutEnd(vocabulary, request, ends.ends, whole, keep, isMember)
  const end = beam.end === 'ended' ? endOf(value) : unended[beam.end ?? 'cut']
  const written = writtenValue(context, before, request, {
    value,
    list: beam.list,
    told: beam.told,
    keep,
    prefixLength: prefix.length,
    path: beam.path,
    dropped: before.dropped,
    writes: 'value',
    kept: 0,
  })
  return { end, logprob: beam.logprob, ...written }
}

/** The best beams once none of them goes on. */
async function grown(
  context: SessionContext,
  request: SearchRequest,
  steps: BeamSteps,
  first: Beam,
): Promise<readonly Beam[]> {
  steps.own(first.matcher)
  const goesOn = ({ end, budget, list }: Beam): boolean =>
    end === null && budget.left > 0 && list.tokens.length < context.contextTokens
  const beside = { turns: context.turns, signal: request.signal }
  let beams: readonly Beam[] = [first]
  while (beams.some(goesOn)) {
    const next = await sideBySide(beside, beams.length, async (index, signal) => {
      const beam = beams[index]!
      return goesOn(beam) ? steps.grow(beam, signal) : [{ logprob: beam.logprob, make: () => beam }]
    })
    beams = next
      .flat()
      .sort((a, b) => b.logprob - a.logprob)
      .slice(0, request.width)
      .map((way) => way.make())
  }
  return beams
}
