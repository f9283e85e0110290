// A model whose engine the benchmarks can look into. Decides sizes of contexts and what is recorded; every side of a
// comparison gets a context of its own, so that neither finds what the other left.
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { LocalEngine } from '../../build/modules/engine/local/local-engine.js'
import { KvEngine } from '../../build/modules/engine/local/serve/kv-engine.js'
import { vocabularyOf } from '../../build/modules/engine/local/tokens/vocabulary.js'
import { Model } from '../../build/modules/model/model.js'
import { openModel } from '../../build/modules/native/native.js'
import { benchModelPath } from '../../scripts/bench-model.mjs'

const demoModel = fileURLToPath(new URL('../../models/espalier-demo-q8_0.gguf', import.meta.url))
const cells = 8192
const sequences = 64

/** Opens the 135M shape, or the demo model for a smoke run. Dispose when done. */
export async function openBench({ isSmoke }) {
  const file = isSmoke ? demoModel : benchModelPath()
  const native = await openModel(file, { gpu: false })
  const vocabulary = vocabularyOf(native.vocab)
  // Figures are of a machine that does nothing else; a smoke run is not.
  const threads = isSmoke ? 1 : availableParallelism()
  return {
    name: path.basename(file),
    vocabulary,
    createContext: () => native.createContext({ cells, sequences, threads }),
    /** Gives `work` a fresh model, and frees it. */
    async fresh(work) {
      const context = await native.createContext({ cells, sequences, threads })
      // What guesses save has a benchmark of its own: here both sides make the same calls.
      const engine = new KvEngine({ context, vocabulary, guesses: false })
      const { recorder, generates, scores } = recording(engine)
      const info = { description: '', path: file, parameters: 0, contextTokens: cells }
      const local = new LocalEngine({ tokens: recorder })
      const model = new Model({ engine: local, chat: null, info, dispose: async () => {} })
      try {
        return await work({ model, engine, generates, scores })
      } finally {
        await model.dispose()
      }
    },
    dispose: () => native.dispose(),
  }
}

/** The engine with every request and result kept. */
function recording(engine) {
  const generates = []
  const scores = []
  const own = {
    async generate(request) {
      const { tokens } = request
      const result = await engine.generate(request)
      generates.push({ tokens, drawn: result.tokens, usage: result.usage })
      return result
    },
    async score(request) {
      const result = await engine.score(request)
      scores.push({ ...request, result })
      return result
    },
  }
  const recorder = new Proxy(engine, {
    get: (_, name) => {
      const value = own[name] ?? engine[name]
      return typeof value === 'function' ? value.bind(engine) : value
    },
  })
  return { recorder, generates, scores }
}

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
