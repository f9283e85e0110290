// Beam search over one hole: the most probable whole values rather than the most probable next tokens. Decides which
// beginnings go on; every step of all beams is one request each, side by side, on forks of one matcher.
import { FillError, PromptError } from '../base/errors.js'
import type { NativeMatcher } from '../native/addon.js'
import type { Choose, Hole } from '../prompt/part.js'
import type { MatcherPlace } from './answers.js'
import { drawOptions } from './draw.js'
import { tokensMaxDefault } from './fill.js'
import { type FollowPart, literalAfter } from './follow.js'
import { meaningOf } from './meaning.js'
import { pathOf, type Scope } from './scope.js'
import { sideBySide } from './side-by-side.js'
import { constraintOf, stopsOf } from './stops.js'
import { bytesOf, editTokens, origin, type TokenList, textIn, textOf } from './transcript.js'
import type { WalkState } from './walk.js'

interface Beam {
  readonly list: TokenList
  readonly matcher: NativeMatcher
  /** ln p of the hole's tokens under the model, before masks. */
  readonly logprob: number
  readonly isDone: boolean
}

interface Search {
  readonly width: number
  readonly place: MatcherPlace
  /** Matchers to dispose at the end. */
  readonly made: NativeMatcher[]
}

export async function walkBeam(
  scope: Scope,
  state: WalkState,
  part: Choose,
  width: number,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const [hole, ...others] = part.prompt.parts
  if (hole?.kind !== 'hole' || others.length > 0 || stopsOf(hole).length > 0) {
    throw new PromptError(
      'BEAM_NEEDS_HOLE',
      'beam() takes one hole without stops of its own and nothing else.',
    )
  }
  const literal = literalAfter(scope, after)
  const { native, fingerprint } = scope.run.constraints.get(constraintOf(hole, { literal, either: [] }))
  const suffix = literal === '' ? null : new TextEncoder().encode(literal)
  const { vocabulary } = scope.run.engine
  const { keep, prefix } = scope.run.boundary.openHole(vocabulary, state.transcript.tokens, {
    constraint: native,
    suffix,
  })
  const list = editTokens(state.transcript, keep, new Int32Array(0), origin.sampled)
  const first: Beam = { list, matcher: native.matcher(prefix, suffix), logprob: 0, isDone: false }
  const place = { fingerprint, prefix, suffix, from: keep }
  const made: NativeMatcher[] = [first.matcher]
  try {
    const best = await searchBeams(scope, state, hole, first, { width, place, made })
    const bytes = bytesOf(vocabulary, best.list.tokens, keep).subarray(prefix.length)
    const text = textIn(bytes.subarray(0, best.matcher.valueLength()))
    return await captured(scope, state, hole, best, text)
  } finally {
    for (const matcher of made) matcher.dispose()
  }
}

async function captured(
  scope: Scope,
  state: WalkState,
  hole: Hole,
  best: Beam,
  text: string,
): Promise<WalkState> {
  const path = pathOf(scope, hole.name)
  const value = await meaningOf(scope, hole, text)
  scope.run.listener.emit({ type: 'hole-end', hole: path, value, text })
  const piece = { kind: 'generated' as const, hole: path, text }
  const overrun = best.matcher.suffixLength()
  const pieces = state.transcript.pieces.with(piece)
  return {
    ...state,
    transcript: { ...best.list, pieces, overrun },
    values: state.values.with(hole.name, value),
  }
}

async function searchBeams(
  scope: Scope,
  state: WalkState,
  hole: Hole,
  first: Beam,
  search: Search,
): Promise<Beam> {
  const tokensMax = hole.options.tokensMax ?? tokensMaxDefault
  let beams: readonly Beam[] = [first]
  for (let step = 0; step < tokensMax && beams.some((beam) => !beam.isDone); step += 1) {
    const grown = await sideBySide(scope.run, beams.length, async (index, run) => {
      const beam = beams[index]!
      return beam.isDone ? [beam] : grow({ ...scope, run }, hole, beam, search)
    })
    const all = grown.flat()
    if (all.length === 0) break
    beams = all.sort((a, b) => b.logprob - a.logprob).slice(0, search.width)
  }
  const done = beams.filter((beam) => beam.isDone || beam.matcher.canEnd())
  if (done[0] !== undefined) return done[0]
  const path = pathOf(scope, hole.name)
  throw new FillError('TOKENS_MAX', `No beam of hole ${path} was finished after ${tokensMax} tokens.`, {
    hole: path,
    attempts: [],
    partialText: textOf(state.transcript),
  })
}

/** The best ways one beam goes on. */
async function grow(scope: Scope, hole: Hole, beam: Beam, { width, place, made }: Search): Promise<Beam[]> {
  const { engine, answers, ledger, sampling, seed, signal } = scope.run
  const probe = beam.matcher.fork()
  made.push(probe)
  const settings = { run: sampling, hole: hole.options, seed, vocabularySize: engine.vocabulary.size }
  const request = {
    tokens: beam.list.tokens,
    lineage: beam.list.lineage,
    matcher: probe,
    draw: { ...drawOptions(settings, beam.list.tokens, 0), temperature: 0, logprobs: width * 4 },
    tokensMax: 1,
    forbidden: [],
    signal,
    onTokens: null,
  }
  const result = await answers.generate(request, place, beam.list.digest)
  const { length } = beam.list.tokens
  const tried = editTokens(beam.list, length, result.tokens, origin.sampled)
  ledger.record(tried, result.usage, length)
  ledger.reject(tried, length)
  ledger.countUncached(length)
  const found = result.logprobs[0]
  // Nothing was drawn: only one way on is left, and it costs nothing.
  if (found === undefined) return [advance(beam, result.tokens, probe, 0, result.stop !== 'forced')]
  const drawn = result.tokens[0] ?? result.endToken
  const ways = new Map(found.top.map(({ token, logprob }) => [token, logprob]))
  if (drawn !== null) ways.set(drawn, found.logprob)
  const beams: Beam[] = []
  for (const [token, logprob] of ways) {
    const matcher = beam.matcher.fork()
    made.push(matcher)
    if (engine.vocabulary.isEog(token)) {
      if (matcher.canEnd()) beams.push({ ...beam, matcher, logprob: beam.logprob + logprob, isDone: true })
    } else if (matcher.accept(token)) {
      beams.push(advance(beam, Int32Array.of(token), matcher, logprob, matcher.isEnded()))
    }
  }
  return beams.sort((a, b) => b.logprob - a.logprob).slice(0, width)
}

function advance(
  beam: Beam,
  tokens: Int32Array,
  matcher: NativeMatcher,
  logprob: number,
  isDone: boolean,
): Beam {
  const list = editTokens(beam.list, beam.list.tokens.length, tokens, origin.sampled)
  return { list, matcher, logprob: beam.logprob + logprob, isDone }
}
