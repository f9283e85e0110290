// The oracle's arithmetic: hashes that stand for hidden states and logits, and a sampler as plain as can be: it sorts
// all logits and walks them. Decides one token from a state, a mask and the draw options; never looks at cells, and
// shares no line with the sampler of the addon.
import type { DrawOptions, TokenLogprob, TokenLogprobs } from '../../lib/native/addon.js'

// Globals are slow to reach inside of jest's sandbox.
const { imul, exp, log, abs, min } = Math

/** Mixes two 32-bit numbers into one; order matters. */
export function mix(a: number, b: number): number {
  let hash = imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** What a set of adapters adds to the hash of each of its cells; 0: there is none. */
export function saltOf(scales: readonly number[] = []): number {
  if (scales.every((scale) => scale === 0)) return 0
  return scales.reduce((salt, scale) => mix(salt, Math.round(scale * 1000)), 1) | 1
}

/** The first state of a cell, before what its sequence holds is mixed in. */
export function firstState(token: number, place: number, salt: number): number {
  const state = mix(token, place)
  return salt === 0 ? state : mix(state, salt)
}

/** ln p(token) after a state; not normalised, but a function of the two alone. */
export function logprobOf(state: number, token: number): number {
  return -1e-6 - (mix(state, token) / 2 ** 32) * 20
}

/** `mask`: what was allowed; its size is the vocabulary's. */
/** `mask`: what the matcher allows; `left`: without what is banned. */
export function topLogprobs(
  state: number,
  token: number,
  count: number,
  mask: Uint32Array,
  left: Uint32Array,
): TokenLogprobs {
  const size = mask.length * 32
  let [allowed, all] = [0, 0]
  for (let id = 0; id < size; id++) {
    const share = exp(logprobOf(state, id))
    all += share
    if (((mask[id >> 5]! >>> (id & 31)) & 1) !== 0) allowed += share
  }
  const top = bestTokens(state, count, size)
  const mayCome = top.map((one) => ((left[one.token >> 5]! >>> (one.token & 31)) & 1) as 0 | 1)
  return { logprob: logprobOf(state, token), allowed: min(0, log(allowed / all)), top, mayCome }
}

export function bestTokens(state: number, count: number, size: number): TokenLogprob[] {
  const top: { token: number; logprob: number }[] = []
  for (let id = 0; id < size; id++) {
    const logprob = logprobOf(state, id)
    const before = top.findLastIndex((one) => one.logprob >= logprob)
    if (before + 1 >= count) continue
    top.splice(before + 1, 0, { token: id, logprob })
    if (top.length > count) top.pop()
  }
  return top
}

export interface OracleDraw {
  readonly token: number
  /**
   * How near another outcome is. Greedy: logits to the second best. By chance: how much the log-odds of the number
   * differ from those of the nearer border of the token's share.
   */
  readonly gap: number
}

interface Candidate {
  readonly token: number
  readonly logit: number
}

/** From -8 to 8: few enough apart that penalties, biases and filters matter. */
function logitOf(state: number, token: number): number {
  return (mix(state, token) / 2 ** 32) * 16 - 8
}

/** Penalties first, then the bias. */
function adjusted(logit: number, token: number, draw: DrawOptions, times: number): number {
  let value = logit
  if (times > 0) {
    value = value > 0 ? value / draw.repeatPenalty : value * draw.repeatPenalty
    value -= times * draw.frequencyPenalty + draw.presencePenalty
  }
  return value + (draw.bias.get(token) ?? 0)
}

/** What the mask, the bias and the filters leave, the best first. */
function candidates(
  state: number,
  mask: Uint32Array,
  draw: DrawOptions,
  window: readonly number[],
): Candidate[] {
  const counts = new Map<number, number>()
  for (const token of window) counts.set(token, (counts.get(token) ?? 0) + 1)
  const all: Candidate[] = []
  for (let token = 0; token < mask.length * 32; token++) {
    if (((mask[token >> 5]! >>> (token & 31)) & 1) === 0) continue
    const logit = adjusted(logitOf(state, token), token, draw, counts.get(token) ?? 0)
    if (logit > -Infinity) all.push({ token, logit })
  }
  return all.sort((a, b) => b.logit - a.logit || a.token - b.token)
}

/** Top-k, then of these top-p (which counts all of them) and min-p. */
function filtered(sorted: readonly Candidate[], { topK, topP, minP }: DrawOptions): Candidate[] {
  const best = sorted[0]!.logit
  const few = topK > 0 ? sorted.slice(0, topK) : [...sorted]
  const weights = few.map(({ logit }) => exp(logit - best))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const kept: Candidate[] = []
  let before = 0
  for (const [index, one] of few.entries()) {
    if (index > 0 && topP < 1 && before >= topP * total) break
    if (index > 0 && minP > 0 && weights[index]! < minP) break
    kept.push(one)
    before += weights[index]!
  }
  return kept
}

/** In (0, 1), from the seed and the number of the draw. */
function numberOf(seed: number, drawIndex: number): number {
  const low = mix(mix(seed >>> 0, Math.floor(seed / 2 ** 32)), drawIndex)
  return (low + 0.5) / 2 ** 32
}

const logOdds = (share: number): number => log(share / (1 - share))

/** Null: no token is allowed. `window`: the last tokens, as far as the penalties look. */
export function drawToken(
  state: number,
  mask: Uint32Array,
  draw: DrawOptions,
  drawIndex: number,
  window: readonly number[],
): OracleDraw | null {
  const sorted = candidates(state, mask, draw, window)
  const [first, second] = sorted
  if (first === undefined) return null
  if (draw.temperature === 0) {
    return { token: first.token, gap: second === undefined ? Infinity : first.logit - second.logit }
  }
  const kept = filtered(sorted, draw).sort((a, b) => a.token - b.token)
  const weights = kept.map(({ logit }) => exp((logit - first.logit) / draw.temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const number = numberOf(draw.seed, drawIndex)
  let before = 0
  for (const [index, { token }] of kept.entries()) {
    const until = index === kept.length - 1 ? total : before + weights[index]!
    if (number * total < until) {
      const gap = min(
        abs(logOdds(number) - logOdds(before / total)),
        abs(logOdds(number) - logOdds(until / total)),
      )
      return { token, gap }
    }
    before = until
  }
  throw new Error('the shares add up to all')
}
