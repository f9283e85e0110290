// One operation again and again, with its first, second, third, ... allocation or thread failing; started with the
// library of failing.c before it:
//   node test/support/failing-process.mjs OPERATION allocation|thread FIRST LAST BYTES
// Decides what an operation is and what it may end in: a value, or an error of this library with a code; the next try
// must give a value. Prints a JSON line before each turn and after it, so that the last one tells where a process ended
// that did not come back. Numbers rise by one, later by a tenth.

import { compile, jsonSchema, regex } from '../../build/modules/constraint/constraint.js'
import { loadEmbedder } from '../../build/modules/embed/embed.js'
import { EspalierError, gen, prompt, regex as regexHole } from '../../build/modules/index.js'
import { createVocab, openModel } from '../../build/modules/native/native.js'
import { fail, stopFailing } from './failing.mjs'
import { demoFile, openSmall } from './small-model.mjs'

const schemaOf = (number) => ({
  type: 'object',
  properties: {
    [`a${number}`]: { type: 'string', maxLength: 9 },
    n: { type: 'integer' },
    k: { enum: ['x', 'y'] },
  },
  required: [`a${number}`, 'n'],
})
const draw = {
  ...{ temperature: 1, topK: 20, topP: 0.9, minP: 0.01, seed: 1, drawIndex: 0, logprobs: 2 },
  ...{
    repeatPenalty: 1.1,
    frequencyPenalty: 0,
    presencePenalty: 0,
    penaltyWindow: Int32Array.of(5, 6),
    penaltyLastN: 64,
  },
}

function planOf(model, number) {
  const matcher = compile(regex(/[a-z ,.]{1,40}/), model.vocab).matcher()
  const tokens = Int32Array.of(5, 6, 7, 8)
  const chunk = {
    sequences: [0],
    position: 0,
    tokens,
    output: true,
    targets: Array(4).fill(Int32Array.of(9)),
  }
  const bias = new Map([[number % 2000, 1]])
  const generation = {
    chunk: 0,
    sequence: 0,
    matcher,
    draw: { ...draw, bias },
    tokensMax: 5,
    forbidden: [tokens],
  }
  return { ops: [], chunks: [chunk], generations: [generation], decodesMax: 5 }
}

const bytesOf = (text) => new TextEncoder().encode(text)
const made = { model: await openModel(demoFile) }
const { model } = made

/** By name: what is to be done with its number; `ready` makes what it needs and is not to fail, `after` frees it. */
const operations = {
  'open a model': { work: async () => (await openModel(demoFile, { onProgress: () => null })).dispose() },
  'make a context': { work: async () => (await model.createContext({ cells: 256, threads: 2 })).dispose() },
  'make an embedder': {
    work: async () => (await model.createEmbedder({ cells: 64, pooling: 'mean', threads: 2 })).dispose(),
  },
  'read texts': {
    ready: async () => {
      made.embedder ??= await loadEmbedder(demoFile, { pooling: 'last', contextTokens: 256, threads: 1 })
    },
    work: (number) => made.embedder.embed([`A text ${number}.`, 'Another one, a little longer.']),
  },
  'compile a constraint': { work: (number) => compile(jsonSchema(schemaOf(number)), model.vocab) },
  'use a matcher': {
    work: (number) => {
      const matcher = compile(jsonSchema(schemaOf(number)), model.vocab).matcher(undefined, '\n')
      for (const token of model.vocab.tokenize(bytesOf(`{"a${number}":"abc","n":`))) {
        matcher.mask()
        matcher.forced()
        matcher.fork().accept(token)
        matcher.accept(token)
      }
    },
  },
  'use a vocabulary': {
    work: () => {
      model.vocab.tokenize(bytesOf('some text, with a number 1234567 in it\n'))
      model.vocab.tokenBytes(400)
    },
  },
  'make a vocabulary': {
    work: () => {
      const tokens = Array.from({ length: 300 }, (_, id) =>
        Uint8Array.of(id & 255, ...(id < 256 ? [] : [65])),
      )
      const vocab = createVocab({ tokens, special: [], eog: [299], bos: null, eos: 299, addsBos: false })
      vocab.tokenize(bytesOf('abcA'))
    },
  },
  step: {
    ready: async (number) => {
      const context = await model.createContext({ cells: 256, sequences: 4, threads: 1 })
      return { context, plan: planOf(model, number) }
    },
    work: async (_, { context, plan }) => {
      const first = await context.step(plan)
      const park = { kind: 'park', sequence: 0, from: 0, until: 4, blob: 1 }
      const second = await context.step({ ops: [park], chunks: [], generations: [], decodesMax: 1 })
      return [first.status, second.status].find((status) => status !== 'ok') ?? 'ok'
    },
    after: ({ context }) => context.dispose(),
  },
  run: {
    ready: async () => {
      made.small ??= await openSmall({ cells: 512 })
    },
    work: (number) => {
      const hole = regexHole('r', /[a-z]{1,4}(-\d){1,2}/)
      const text = prompt`Run ${String(number)}: ${gen('x', { tokensMax: 3 })}\n${hole}\n`
      return made.small.model.run(text, {}, { seed: number, temperature: 1 })
    },
  },
}

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

async function ending(work) {
  try {
    const value = await work()
    return typeof value === 'string' && value !== 'ok' ? `step ${value}` : 'value'
  } catch (error) {
    if (error instanceof EspalierError && typeof error.code === 'string') return `${error.name} ${error.code}`
    return `WRONG ${error?.name}: ${error?.message}`
  }
}

const [name, what, first, last, bytes] = process.argv.slice(2)
const { ready, work, after } = operations[name]

async function turn(number, failing) {
  const ground = await ready?.(number)
  if (failing !== null) fail(failing)
  const ended = await ending(() => work(number, ground))
  const { failures } = failing === null ? { failures: 0 } : stopFailing()
  await after?.(ground)
  return { ended, failures }
}

// What is done once in a process only comes before, so that every turn does the same.
await turn(0, null)

let isOver = false
for (let number = Number(first); number <= Number(last); number += Math.max(1, Math.floor(number / 10))) {
  print({ number, begins: true })
  const { ended, failures } = await turn(number, { [what]: number, bytes: Number(bytes) })
  const { ended: again } = await turn(number + 1_000_000, null)
  print({ number, ended, failures, again })
  isOver = ended === 'EngineError CONTEXT_POISONED' && again === ended
  if (isOver) {
    print({ restarts: true })
    break
  }
  if (failures === 0) break
}
if (!isOver) print({ done: true })
await made.small?.model.dispose()
await made.embedder?.dispose()
await model.dispose()
