// Beam search over one hole: the most probable whole values rather than the most probable next tokens. Decides which
// beginnings go on and which value is taken; every step of all beams is one request each, side by side, on forks of
// one matcher. Its probabilities are the model's own, before masks and whatever else is said about draws.
import { ConstraintError, FillError } from '../base/errors.js'
import { isConstraint } from '../constraint/constraint-type.js'
import type { TokenLogprobs } from '../native/addon.js'
import { retriesDefault } from '../prompt/options.js'
import { attemptsAt, deadEnd, type HoleRequest, type HoleResult, judge, spent } from './attempts.js'
import { type Beam, BeamSteps } from './beam-steps.js'
import { cutText } from './cut-text.js'
import { tokensMaxDefault } from './fill.js'
import { startHole } from './hole-start.js'
import { contextFull } from './overflow.js'
import { pathOf } from './scope.js'
import { sideBySide } from './side-by-side.js'
import { constraintOf, cutEnd, endsOf } from './stops.js'
import { TokenBudget } from './token-budget.js'
import { bytesOf, editTokens, origin, type TokenList, textIn, textOf, withGenerated } from './transcript.js'

const nothing = new Int32Array(0)
const repeatsMax = 64

/** A finished value. */
interface Found {
  readonly text: string
  readonly tokens: TokenList
  readonly overrun: number
  readonly logprobs: readonly TokenLogprobs[]
  /** Tokens up to its last one or the model's own end: what must not come again once it is rejected. */
  readonly path: Int32Array
}

/** Throws FillError ATTEMPTS_SPENT, DEAD_END or TOKENS_MAX, CapacityError CONTEXT_FULL. */
export async function fillByBeam(request: HoleRequest): Promise<HoleResult> {
  const { scope, hole, transcript, after } = request
  const { listener, ledger } = scope.run
  const path = pathOf(scope, hole.name)
  const attempts = attemptsAt(scope, path)
  const constraint = constraintOf(hole, after)
  const { retries = retriesDefault } = hole.options
  let tries = 0
  /** Searches in a row that came to nothing new: they only closed ways to what was rejected. */
  let repeats = 0
  listener.emit({ type: 'hole-start', hole: path, attempt: attempts.length })
  for (;;) {
    const closed = scope.tried.count
    const found = await searchAmongLeft(request, path)
    // A grammar may spell one text in several ways.
    const { texts } = scope.tried.rejectedAt(transcript)
    const isNew = ({ text }: Found, index: number): boolean =>
      !texts.includes(text) && found.findIndex((other) => other.text === text) === index
    const left = found.filter(isNew)
    for (const one of found) if (texts.includes(one.text)) scope.tried.add(one.path)
    const isOver = scope.tried.count === closed || repeats >= repeatsMax
    if (left.length === 0 && isOver) throw deadEnd(request, path, '')
    repeats = left.length === 0 ? repeats + 1 : 0
    for (const one of left) {
      const verdict = await judge(request, constraint, one.text)
      if ('value' in verdict) return accept(request, path, one, verdict.value)
      const { reason } = verdict
      attempts.push({ text: one.text, reason })
      scope.tried.addText(transcript, one.text)
      scope.tried.add(one.path)
      ledger.reject(one.tokens, transcript.tokens.length)
      listener.emit({ type: 'rollback', hole: path, text: one.text, reason })
      if (tries >= retries) throw spent(request, path)
      tries += 1
      listener.emit({ type: 'hole-start', hole: path, attempt: attempts.length })
    }
  }
}

function accept(request: HoleRequest, path: string, found: Found, value: unknown): HoleResult {
  const { scope, transcript } = request
  const { text, overrun, tokens, logprobs } = found
  scope.run.listener.emit({ type: 'hole-end', hole: path, value, text })
  if (logprobs.length > 0) scope.run.logprobs.set(path, logprobs)
  const list = withGenerated(scope.run.engine.vocabulary, tokens, text, overrun)
  const pieces = transcript.pieces.with({ kind: 'generated', hole: path, text })
  return { value, text, transcript: { ...list, pieces, overrun }, drawnPath: found.path }
}

async function searchAmongLeft(request: HoleRequest, path: string): Promise<readonly Found[]> {
  try {
    return await search(request, path)
  } catch (error) {
    if (!(error instanceof ConstraintError) || attemptsAt(request.scope, path).length === 0) throw error
    // All values there are were rejected: what is left of the constraint allows nothing.
    throw deadEnd(request, path, '')
  }
}

/** Values by falling probability; [] where none is left that was not rejected. */
async function search(request: HoleRequest, path: string): Promise<readonly Found[]> {
  const { scope, hole, transcript, after } = request
  const { run } = scope
  const { vocabulary } = run.engine
  const rejected = scope.tried.rejectedAt(transcript)
  const constraint = constraintOf(hole, after, rejected)
  const { native, fingerprint } = await run.constraints.prepared(constraint, run.signal)
  const hasEnds = endsOf(hole, after).length > 0
  const suffix = after.literal === '' || hasEnds ? null : new TextEncoder().encode(after.literal)
  const { keep, prefix } = startHole(run, path, hole, transcript, { constraint: native, suffix })
  const bounds = { keep, prefixLength: prefix.length }
  const steps = new BeamSteps(request, { fingerprint, prefix, suffix, from: keep })
  try {
    const replaced = transcript.tokens.slice(keep)
    const foundAt = (beam: Beam): Found => {
      const isCut = !beam.matcher.canEnd() && !beam.isDone
      const { list, matcher } = isCut ? cutText(beam, keep, replaced) : beam
      const bytes = bytesOf(vocabulary, list.tokens, keep).subarray(prefix.length)
      const text = textIn(bytes.subarray(0, matcher.valueLength()))
      const whole = { text, tokens: list, overrun: matcher.suffixLength() }
      const { logprobs, path } = beam
      return { ...cutEnd(scope, hole, whole, after, bounds), logprobs, path }
    }
    const first: Beam = {
      list: editTokens(transcript, keep, nothing, origin.sampled),
      matcher: native.matcher(prefix, suffix),
      budget: new TokenBudget(vocabulary, hole.options.tokensMax ?? tokensMaxDefault, prefix.length),
      path: transcript.tokens.subarray(0, keep),
      logprob: 0,
      logprobs: [],
      isDone: false,
    }
    const beams = await grown(request, steps, first)
    const whole = beams.filter((beam) => beam.isDone || beam.matcher.canEnd())
    // A text may be cut anywhere between two characters.
    const ends = whole.length === 0 && !isConstraint(hole.language) ? beams.slice(0, 1) : whole
    if (ends.length === 0 && beams.length > 0) throw unfinished(request, path, beams)
    return ends.map(foundAt)
  } finally {
    steps.dispose()
  }
}

/** The best beams once none of them goes on. */
async function grown(request: HoleRequest, steps: BeamSteps, first: Beam): Promise<readonly Beam[]> {
  const { run } = request.scope
  steps.own(first.matcher)
  let beams: readonly Beam[] = [first]
  while (beams.some((beam) => goesOn(request, beam))) {
    const next = await sideBySide(run, beams.length, async (index, inner) => {
      const beam = beams[index]!
      return goesOn(request, beam) ? steps.grow(inner, beam) : [beam]
    })
    beams = next
      .flat()
      .sort((a, b) => b.logprob - a.logprob)
      .slice(0, steps.width)
  }
  return beams
}

function goesOn({ scope }: HoleRequest, { isDone, budget, list }: Beam): boolean {
  return !isDone && budget.left > 0 && list.tokens.length < scope.run.engine.capabilities.contextTokens
}

function unfinished(request: HoleRequest, path: string, beams: readonly Beam[]): Error {
  const { scope, hole, transcript } = request
  if (beams.some(({ budget }) => budget.left > 0)) return contextFull(scope.run, beams[0]!.list)
  const tokensMax = hole.options.tokensMax ?? tokensMaxDefault
  return new FillError('TOKENS_MAX', `No beam of hole ${path} was finished after ${tokensMax} tokens.`, {
    hole: path,
    attempts: [...attemptsAt(scope, path)],
    partialText: textOf(transcript),
  })
}
