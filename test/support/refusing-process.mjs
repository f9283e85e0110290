// Each operation of the native layer with its first, second, third, ... call of Node-API refused, and all after it:
//   node test/support/refusing-process.mjs FOLDER, in the environment of refusing.mjs
// What an operation gives then is anybody's guess; the process has to live, and the next operation to work. Prints one
// JSON line an operation.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { refuse } from './refusing.mjs'

const folder = process.argv[2]
const from = (file) => import(pathToFileURL(path.join(folder, 'dist', file)).href)
const { createVocab, openModel } = await from('native/native.js')
const { compile, jsonSchema } = await from('constraint/constraint.js')
const demo = path.join(folder, 'models', 'espalier-demo-q8_0.gguf')
const model = await openModel(demo)
const context = await model.createContext({ cells: 256, sequences: 2, threads: 1 })
const embedder = await model.createEmbedder({ cells: 64, pooling: 'mean', threads: 1 })
const bytes = new TextEncoder().encode('some text, with 123 in it')
const schema = (number) => ({
  type: 'object',
  properties: { [`a${number}`]: { type: 'integer' } },
  additionalProperties: false,
})
const letters = [Uint8Array.of(97), Uint8Array.of(98)]

const operations = {
  'make a vocabulary': () => createVocab({ tokens: letters, eog: [1] }).tokenize(Uint8Array.of(97)),
  'use a vocabulary': () => [model.vocab.tokenize(bytes), model.vocab.tokenBytes(400), model.vocab.isEog(2)],
  'compile a constraint': (number) => compile(jsonSchema(schema(number)), model.vocab),
  'use a matcher': (number) => {
    const matcher = compile(jsonSchema(schema(number % 3)), model.vocab).matcher()
    for (const token of model.vocab.tokenize(new TextEncoder().encode('{"a'))) matcher.accept(token)
    return [matcher.mask(), matcher.forced(), matcher.fork().canEnd(), matcher.rollback(1)]
  },
  'ask a context': () => [context.positions(0), context.capabilities.cells],
}

// Promises may never be concluded then, so nobody waits for them while calls are refused.
const begun = {
  'open a model': () => openModel(demo, { onProgress: () => undefined }),
  'make a context': () => model.createContext({ cells: 256, threads: 1 }),
  'make an embedder': () => model.createEmbedder({ cells: 64, pooling: 'mean', threads: 1 }),
  'make tokens of texts': () => embedder.tokenize(['a text', 'another']),
  'read texts': () =>
    embedder.run([{ sequence: 0, position: 0, tokens: Int32Array.of(100, 101), last: true }]),
  step: () => context.decode(0, Int32Array.of(100)),
}

async function refused(work, number) {
  refuse(number)
  let promise = null
  try {
    promise = work(number)
    promise?.then?.(
      () => undefined,
      () => undefined,
    )
  } catch {
    // Whatever a refused call made of it.
  }
  if (promise?.then !== undefined)
    await Promise.race([
      promise.then(
        () => 0,
        () => 0,
      ),
      new Promise((done) => setTimeout(done, 20)),
    ])
  return refuse(0)
}

for (const [name, work] of Object.entries({ ...operations, ...begun })) {
  let turns = 0
  for (let number = 1; number <= 400; number++) {
    const count = await refused(work, number)
    turns += 1
    // Objects that were left half made go, and are asked for nothing more.
    if (number % 16 === 0) globalThis.gc()
    if (name in operations) work(1000 + number)
    if (count === 0) break
  }
  console.log(JSON.stringify({ name, turns, isAwaited: name in begun }))
}
globalThis.gc()
console.log(JSON.stringify({ done: true }))
// The context may be busy for good.
process.exit()
