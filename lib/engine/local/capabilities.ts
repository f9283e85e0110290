// What this process's engine can do with a model, by the model's memory. Decides what is said of it before anything is
// computed; needs no engine, so that a file can be told about before it is loaded.
import type { EngineCapabilities } from '../engine.js'
import type { TokenCapabilities } from './serve/token-engine.js'

/** Ids that sequences of one context may have (llama.cpp); more than that could not share a step. */
const parallelMax = 256

export function engineCapabilities(tokens: TokenCapabilities): EngineCapabilities {
  const { contextTokens, memory, canShift, canRollBack, sequences } = tokens
  return {
    contextTokens,
    memory,
    constraints: 'all',
    forks: canRollBack || memory === 'window' ? 'free' : 'recomputed',
    rollback: canRollBack ? 'token' : 'hole',
    logprobs: 'exact',
    hooks: 'asked',
    seeds: 'kept',
    shift: canShift ? 'lossy' : 'none',
    counts: 'tokens',
    parallel: Math.min(sequences, parallelMax),
  }
}
