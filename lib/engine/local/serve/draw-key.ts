// When two requests for draws or scores are the same: a digest of everything that an answer depends on, rounding aside.
import { createHash } from 'node:crypto'
import type { Ban } from '../../../native/addon.js'
import type { TokenDigest } from '../tokens/token-digest.js'
import type { GenerateRequest, ScoreRequest } from './token-engine.js'

/** Where a matcher stands, but for what the request's own tokens tell. */
export interface MatcherStart {
  /** Of the constraint: equal for equal constraints only. */
  readonly fingerprint: string
  readonly prefix: Uint8Array
  readonly suffix: Uint8Array | null
  readonly ban: Ban | null
  /** The request's tokens from here on are what the matcher has accepted. */
  readonly from: number
}

/** The most probable token is the same whatever these are. */
export const unusedWhenGreedy = {
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  xtcProbability: 0,
  xtcThreshold: 1,
  seed: 0,
  drawIndex: 0,
} as const

const nothing = new Uint8Array(0)

export function generateKey(request: GenerateRequest, start: MatcherStart, list: TokenDigest): string {
  const { tokens, draw, forbidden, runsForced = false } = request
  const fixed = draw.temperature === 0 ? { ...draw, ...unusedWhenGreedy } : draw
  // Windows are the end of the tokens.
  const { penaltyWindow: _, logprobs: __, looked: ____, bias, dry, ...all } = fixed
  const { typicalP = 1, xtcProbability = 0, xtcThreshold = 1, ...numbers } = all
  const { window: ___, breakers = [], ...repeats } = dry ?? {}
  const { fingerprint, prefix, suffix, ban, from } = start
  const { texts = [], ends = [] } = ban ?? {}
  const { digest, rest } = list.of(tokens)
  return keyOf(
    [
      'generate',
      scalesOf(request),
      numbers,
      [typicalP, xtcProbability, xtcThreshold],
      biasKey(bias),
      repeats,
      breakers.length,
      fingerprint,
      suffix === null,
      from,
      runsForced,
      texts.length,
      ends.length,
    ],
    // What stands before a ban's value is the tokens'.
    [digest ?? nothing, rest, prefix, suffix ?? nothing, ...breakers, ...texts, ...ends, ...forbidden],
  )
}

/** A run has one for all its requests, and it may name every token. */
const biasKeys = new WeakMap<ReadonlyMap<number, number>, string>()

function biasKey(bias: ReadonlyMap<number, number>): string {
  if (bias.size === 0) return ''
  let key = biasKeys.get(bias)
  if (key === undefined) {
    key = keyOf([[...bias]], [])
    biasKeys.set(bias, key)
  }
  return key
}

export function scoreKey(request: ScoreRequest, list: TokenDigest): string {
  const { tokens, continuations, best = 0 } = request
  const { digest, rest } = list.of(tokens)
  return keyOf(['score', scalesOf(request), best], [digest ?? nothing, rest, ...continuations])
}

/** What the adapters are is the model's; how strong each is, the request's. */
function scalesOf({ lineage }: GenerateRequest | ScoreRequest): readonly number[] {
  return lineage?.set?.scales ?? []
}

/** JSON has no infinities. */
function spellNumber(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** A digest of everything: equal keys mean equal requests. */
function keyOf(values: readonly unknown[], lists: readonly (Int32Array | Uint8Array)[]): string {
  const hash = createHash('sha256')
  // Lengths first, so that no two ways of cutting the same bytes into lists look alike.
  const lengths = lists.map((list) => list.byteLength)
  hash.update(JSON.stringify([values, lengths], spellNumber))
  for (const list of lists) hash.update(list)
  return hash.digest('base64')
}
