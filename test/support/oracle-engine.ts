// Opens an engine over the oracle with every check on, and makes requests short to write.

import { KvEngine, type KvEngineOptions } from '../../lib/engine/local/serve/kv-engine.js'
import type { GenerateRequest } from '../../lib/engine/local/serve/token-engine.js'
import { greedy } from './greedy.js'
import { OracleContext, type OracleOptions } from './oracle.js'
import { eos, fixedMatcher, oracleVocabulary } from './oracle-vocabulary.js'

export function openOracle(oracle: OracleOptions = {}, options: Partial<KvEngineOptions> = {}) {
  const context = new OracleContext({ isEog: (token) => token === eos, ...oracle })
  const engine = new KvEngine({
    context,
    vocabulary: oracleVocabulary,
    checksIntegrity: true,
    ...options,
  })
  return { context, engine }
}

/** Tokens that differ from those of another salt at their first place. */
export function tokensOf(count: number, salt = 0): Int32Array {
  return Int32Array.from(
    { length: count },
    (_, index) => (index * 7 + salt * 31 + ((salt * index) >> 2)) % 250,
  )
}

/** A request for exactly `count` greedy tokens. */
export function requestFor(
  tokens: Int32Array,
  count: number,
  more: Partial<GenerateRequest> = {},
): GenerateRequest {
  const matcher = fixedMatcher(count)
  return {
    tokens,
    matcher,
    draw: greedy,
    tokensMax: count,
    forbidden: [],
    signal: null,
    onTokens: null,
    ...more,
  }
}
