// What a request must give, computed by a lone fresh run: every token hashed from position 0 on, one at a time, with a
// loop of its own for draws. Knows nothing about caches, steps or chunks; it is the judge of those that do.
import { tokenKind } from '../../lib/base/token-kind.js'
import type { DrawOptions, NativeMatcher, NearTie, TokenLogprobs } from '../../lib/native/addon.js'
import { drawToken, firstState, logprobOf, mix, saltOf, topLogprobs } from './oracle-draw.js'
import { forcedRun, sureToken } from './oracle-forced.js'
import { eos, oracleVocabulary } from './oracle-vocabulary.js'

export interface Lone {
  readonly tokens: readonly number[]
  readonly kinds: readonly number[]
  readonly stop: string
  readonly endToken: number | null
  readonly logprobs: readonly (TokenLogprobs | null)[]
  readonly nearTies: readonly NearTie[]
}

/** The hidden state after each token: of the token, its place and all states before. */
export function statesOf(tokens: Iterable<number>, scales: readonly number[] = []): number[] {
  const states: number[] = []
  const salt = saltOf(scales)
  for (const token of tokens) addState(states, token, salt)
  return states
}

/** The state after one token more. */
export function addState(states: number[], token: number, salt = 0): void {
  let state = firstState(token, states.length + 7, salt)
  for (const seen of states) state = mix(state, seen)
  states.push(state)
}

export interface LoneRequest {
  readonly tokens: Int32Array
  readonly matcher: NativeMatcher
  readonly draw: DrawOptions
  readonly tokensMax: number
  readonly forbidden: readonly Int32Array[]
  /** Whether forced bytes become tokens of the result; by default it ends before them. */
  readonly runsForced?: boolean
  /** Of the adapters; none by default. */
  readonly scales?: readonly number[]
}

/** Generates alone. */
export async function generateAlone(request: LoneRequest): Promise<Lone> {
  const { tokens, matcher, draw, tokensMax, forbidden, scales, runsForced = false } = request
  const drawn: number[] = []
  const kinds: number[] = []
  const states = statesOf(tokens, scales)
  const salt = saltOf(scales)
  const logprobs: (TokenLogprobs | null)[] = []
  const nearTies: NearTie[] = []
  const ended = (stop: string, endToken: number | null = null): Lone => ({
    tokens: drawn,
    kinds,
    stop,
    endToken,
    logprobs,
    nearTies,
  })
  const take = (token: number, kind: number): void => {
    matcher.accept(token)
    drawn.push(token)
    kinds.push(kind)
    addState(states, token, salt)
  }
  const all = (): Int32Array => Int32Array.of(...tokens, ...drawn)
  for (;;) {
    const state = states.at(-1)!
    const ending = forbidden.filter((path) => path.slice(0, -1).join() === drawn.join())
    const banned = ending.map((path) => path.at(-1)!)
    const sure = runsForced ? sureToken(oracleVocabulary, all(), matcher, draw, banned) : null
    const allowed = matcher.mask()
    const mask = allowed.slice()
    for (const token of banned) mask[token >> 5]! &= ~(1 << (token & 31))
    const seen = [...draw.penaltyWindow, ...drawn]
    const window = draw.penaltyLastN === 0 ? [] : seen.slice(-draw.penaltyLastN)
    const draws = kinds.filter((kind) => kind !== tokenKind.forced).length
    const chosen = drawToken(state, mask, draw, draw.drawIndex + draws, window)
    const one = sure === null ? chosen : { token: sure, gap: Infinity }
    if (one === null) return ended('dead-end')
    if (one.gap < 0.25) nearTies.push({ index: drawn.length, gap: one.gap })
    if (one.token === eos) return ended('eog', eos)
    take(one.token, sure === null ? tokenKind.drawn : tokenKind.sure)
    const told = Math.max(draw.logprobs, draw.looked ?? 0)
    if (told > 0 && (sure === null || draw.logprobs > 0))
      logprobs.push(topLogprobs(state, one.token, told, allowed, mask))
    else if (told > 0) logprobs.push(null)
    if (matcher.isEnded()) return ended('ended')
    if (matcher.forced().length > 0) {
      if (!runsForced) return ended('forced')
      for (const token of forcedRun(oracleVocabulary, all(), matcher)) {
        if (matcher.allows(token)) take(token, tokenKind.forced)
      }
      if (matcher.isEnded()) return ended('ended')
    }
    if (draws + 1 >= tokensMax) return ended('limit')
  }
}

/** Log-probabilities of one continuation, alone. */
export async function scoreAlone(
  tokens: Int32Array,
  continuation: Int32Array,
  scales: readonly number[] = [],
): Promise<readonly number[]> {
  const states = statesOf([...tokens, ...continuation], scales)
  return Array.from(continuation, (token, index) => logprobOf(states[tokens.length + index - 1]!, token))
}
