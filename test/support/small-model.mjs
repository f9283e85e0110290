// The demo model as `load` joins it, with caches as small as a script wants them and the engine in reach. Decides only
// what is joined; needs a build.
import { fileURLToPath } from 'node:url'
import { LocalEngine } from '../../build/modules/engine/local/local-engine.js'
import { KvEngine } from '../../build/modules/engine/local/serve/kv-engine.js'
import { vocabularyOf } from '../../build/modules/engine/local/tokens/vocabulary.js'
import { Model } from '../../build/modules/model/model.js'
import { openModel } from '../../build/modules/native/native.js'

export const demoFile = fileURLToPath(new URL('../../models/espalier-demo-q8_0.gguf', import.meta.url))

/** `hostBytesMax` and `answersMax` as the engine and the model take them. */
export async function openSmall({ cells = 1024, threads = 1, hostBytesMax, answersMax } = {}) {
  const native = await openModel(demoFile, { gpu: false })
  const context = await native.createContext({ cells, threads, sequences: 64 })
  const vocabulary = vocabularyOf(native.vocab)
  const options = hostBytesMax === undefined ? {} : { hostBytesMax }
  const engine = new KvEngine({ context, vocabulary, ...options })
  const info = { description: '', path: demoFile, parameters: native.parameters, contextTokens: cells }
  const local = new LocalEngine({ tokens: engine, ...(answersMax === undefined ? {} : { answersMax }) })
  const model = new Model({ engine: local, chat: null, info, dispose: () => native.dispose() })
  return { native, engine, model }
}
