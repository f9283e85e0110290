// The oracle's arithmetic: hashes that stand for hidden states, logits and draws. Decides one token from a state, a
// mask and the draw options; never looks at cells.
import type { DrawOptions, TokenLogprobs } from '../../lib/native/addon.js'

// Globals are slow to reach inside of jest's sandbox.
const { imul } = Math
const forbidden = -Infinity

/** Mixes two 32-bit numbers into one; order matters. */
export function mix(a: number, b: number): number {
  let hash = imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** ln p(token) after a state; not normalised, but a function of the two alone. */
export function logprobOf(state: number, token: number): number {
  return -1e-6 - (mix(state, token) / 2 ** 32) * 20
}

export function topLogprobs(state: number, token: number, count: number, size: number): TokenLogprobs {
  const top: { token: number; logprob: number }[] = []
  for (let id = 0; id < size; id++) {
    const logprob = logprobOf(state, id)
    const before = top.findLastIndex((one) => one.logprob >= logprob)
    if (before + 1 >= count) continue
    top.splice(before + 1, 0, { token: id, logprob })
    if (top.length > count) top.pop()
  }
  return { logprob: logprobOf(state, token), top }
}

export interface OracleDraw {
  readonly token: number
  /** How much better its hash was than the next one, on the scale of `logprobOf`. */
  readonly gap: number
}

/** The allowed token with the best hash; everything the draw may depend on goes into it. Null: none is allowed. */
export function drawToken(
  state: number,
  mask: Uint32Array,
  draw: DrawOptions,
  drawIndex: number,
  window: readonly number[],
): OracleDraw | null {
  let salt = state
  if (draw.temperature > 0) salt = mix(mix(salt, draw.seed >>> 0), drawIndex)
  if (draw.repeatPenalty !== 1 || draw.frequencyPenalty !== 0 || draw.presencePenalty !== 0) {
    for (const token of window) salt = mix(salt, token)
  }
  const isBiased = draw.bias.size > 0
  let best: number | null = null
  let bestScore = -1
  let nextScore = -Infinity
  for (const [index, word] of mask.entries()) {
    if (word === 0) continue
    for (let bit = 0; bit < 32; bit++) {
      if (((word >>> bit) & 1) === 0) continue
      const token = index * 32 + bit
      if (isBiased && draw.bias.get(token) === forbidden) continue
      const score = mix(salt, token)
      if (score > bestScore) {
        if (best !== null) nextScore = bestScore
        bestScore = score
        best = token
      } else if (score > nextScore) nextScore = score
    }
  }
  return best === null ? null : { token: best, gap: ((bestScore - nextScore) / 2 ** 32) * 20 }
}
