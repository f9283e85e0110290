// What a request must give, computed by a lone fresh run: every token decoded from position 0 on, one at a time, on a
// context nobody else uses. Knows nothing about caches; it is the judge of those that do.
import type { DrawOptions, NativeMatcher, NearTie, TokenLogprobs } from '../../lib/native/addon.js'
import { OracleContext } from './oracle.js'
import { eos, vocabularySize } from './oracle-vocabulary.js'

export interface Lone {
  readonly tokens: readonly number[]
  readonly stop: string
  readonly endToken: number | null
  readonly logprobs: readonly TokenLogprobs[]
  readonly nearTies: readonly NearTie[]
}

const roomy = {
  cells: 1 << 20,
  batch: 1 << 20,
  sequences: 1,
  isEog: (token: number) => token === eos,
  vocabularySize,
}

/** Generates alone, in one step that runs ahead to the end. */
export async function generateAlone(request: {
  readonly tokens: Int32Array
  readonly matcher: NativeMatcher
  readonly draw: DrawOptions
  readonly tokensMax: number
  readonly forbidden: readonly Int32Array[]
}): Promise<Lone> {
  const context = new OracleContext(roomy)
  const { tokens, ...generation } = request
  const result = await context.step({
    ops: [],
    chunks: [{ sequences: [0], position: 0, tokens, output: true }],
    generations: [{ ...generation, chunk: 0, sequence: 0 }],
    decodesMax: Infinity,
  })
  const one = result.generations[0]!
  const { stop, endToken, logprobs, nearTies } = one
  return { tokens: [...one.tokens], stop, endToken, logprobs, nearTies }
}

/** Log-probabilities of one continuation, alone. */
export async function scoreAlone(tokens: Int32Array, continuation: Int32Array): Promise<readonly number[]> {
  const context = new OracleContext(roomy)
  const all = Int32Array.of(...tokens, ...continuation)
  const targets = Array.from(all, (_, index) =>
    index + 1 < tokens.length || index + 1 >= all.length
      ? new Int32Array(0)
      : all.subarray(index + 1, index + 2),
  )
  const result = await context.step({
    ops: [],
    chunks: [{ sequences: [0], position: 0, tokens: all, output: false, targets }],
    generations: [],
    decodesMax: 1,
  })
  return result.targets[0]!.flatMap((values) => [...values!])
}
