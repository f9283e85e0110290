// What is tried on every platform, by a program that runs there in a project with nothing but the package. Decides what
// a trial is and what it must come to; prints one line of JSON before and after each, so that the last line tells where
// a process ended that should not have. `node trials.mjs` tries all, `node trials.mjs NAME...` some.
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  AbortError,
  devices,
  EspalierError,
  estimate,
  gen,
  input,
  integer,
  load,
  prompt,
  select,
} from 'espalier'
import { compile, jsonSchema } from 'espalier/constraint'
import { llamaVersion, openModel } from 'espalier/native'

const here = path.dirname(fileURLToPath(import.meta.url))
const packageFolder = path.dirname(createRequire(import.meta.url).resolve('espalier/package.json'))
const demo = path.join(packageFolder, 'models', 'espalier-demo-q8_0.gguf')
const print = (line) => console.log(JSON.stringify(line))

function expect(isTrue, what, seen) {
  if (!isTrue) throw new Error(`${what}; seen: ${JSON.stringify(seen)}`)
}

/** Code of the error of ours that the work ends with; 'none' for a value, and another kind of error is one of this. */
async function codeOf(work) {
  try {
    await work()
    return 'none'
  } catch (error) {
    if (error instanceof EspalierError) return error.code
    throw error
  }
}

async function expectCode(code, work) {
  const seen = await codeOf(work)
  expect(seen === code, `expected ${code}`, seen)
}

const ticket =
  'Hi, my name is Maria Silva. I ordered a coffee maker (order #48213) on March 3 and it arrived with a broken lid.'
const triage = prompt`Ticket:
${input('ticket')}

Customer: ${gen('customer', { tokensMax: 20 })}
Order: ${integer('order', { min: 1000, max: 99999999 })}
Urgency: ${select('urgency', ['low', 'medium', 'high'])}
`
const story = prompt`Review: The room was lovely. ${gen('text', { tokensMax: 400, temperature: 1 })}`
const brief = prompt`Sentiment: ${select('mood', ['good', 'bad'])}`

async function withModel(work, file, options = { threads: 1 }) {
  const model = await load(file, options)
  try {
    return await work(model)
  } finally {
    await model.dispose()
  }
}

/** Bytes of a model file changed; each says with which code it has to be refused. */
function damaged() {
  const whole = readFileSync(demo)
  const patched = (find, skip, bytes) => {
    const copy = Buffer.from(whole)
    copy.set(bytes, copy.indexOf(find) + find.length + skip)
    return copy
  }
  return {
    MODEL_EMPTY: Buffer.alloc(0),
    MODEL_NOT_GGUF: Buffer.from('# not a model\n'.repeat(50)),
    MODEL_TRUNCATED: whole.subarray(0, whole.length - 1),
    MODEL_VERSION: patched('GGUF', 0, [99]),
    MODEL_DAMAGED: patched('token_embd.weight', 20, [255, 0, 0, 0]),
    MODEL_ARCHITECTURE_UNKNOWN: patched('general.architecture', 12, [0x78]),
  }
}

function withoutLayers() {
  const copy = readFileSync(demo)
  const key = 'llama.block_count'
  copy.writeUInt32LE(0, copy.indexOf(key) + key.length + 4)
  return copy
}

const trials = {
  async template() {
    return withModel(async (model) => {
      const first = await model.run(triage, { ticket })
      const known = await model.run(triage, { ticket, customer: 'Maria Silva' })
      expect(known.ledger.reused > 0, 'the second run should reuse cells', known.ledger)
      return { values: first.values, ledger: first.ledger, known: known.values, reused: known.ledger.reused }
    })
  },
  async 'devices and estimate'() {
    const seen = await devices()
    const cpu = seen.find(({ type }) => type === 'cpu')
    expect(cpu !== undefined && cpu.bytes > 2 ** 28, 'expected a CPU with its memory', seen)
    const { fits, shares } = await estimate(undefined, { contextTokens: 2048 })
    expect(fits && shares.length > 0, 'the demo model should fit', shares)
    await expectCode('MEMORY_SHORT', () => load(undefined, { contextTokens: (1 << 26) - 256 }))
    return { llama: llamaVersion(), devices: seen.map(({ name }) => name) }
  },
  async 'a model in a folder with spaces and letters of several scripts'() {
    const folder = path.join(here, 'Gewölbe 模型 Ωmega 🙂')
    const file = path.join(folder, 'mödel ß – 1.gguf')
    mkdirSync(folder, { recursive: true })
    copyFileSync(demo, file)
    await withModel(async (model) => expect(model.info.path === file, 'its path', model.info.path), file)
    const missing = path.join(folder, 'ничего.gguf')
    const told = await load(missing).then(String, ({ message }) => message)
    expect(told.includes(missing), 'the message should name the path', told)
  },
  async 'damaged model files'() {
    for (const [code, bytes] of Object.entries(damaged())) {
      const file = path.join(here, `${code} ü.gguf`)
      writeFileSync(file, bytes)
      await expectCode(code, () => load(file))
    }
    // llama.cpp asserts on no layers: what its other C++ library and our own make of an exception between them.
    const asserting = path.join(here, 'asserting.gguf')
    writeFileSync(asserting, withoutLayers())
    for (let turn = 0; turn < 3; turn++) {
      const told = await load(asserting).then(String, ({ code, message }) => `${code} ${message}`)
      expect(/^MODEL_DAMAGED .*GGML_ASSERT/.test(told), "expected llama.cpp's assertion as an error", told)
    }
    await expectCode('MODEL_NOT_A_FILE', () => load(here))
    await expectCode('MODEL_NOT_FOUND', () => load(path.join(here, 'none.gguf')))
    // One changed byte of the header: any end but that of the process.
    const whole = readFileSync(demo)
    const ends = {}
    for (let i = 0; i < 40; i++) {
      const copy = Buffer.from(whole)
      copy[(i * 7919) % 30_000] ^= 1 << (i % 8)
      const file = path.join(here, 'changed.gguf')
      writeFileSync(file, copy)
      const code = await codeOf(() => withModel((model) => model.run(brief), file))
      ends[code] = (ends[code] ?? 0) + 1
    }
    await withModel((model) => model.run(brief))
    return ends
  },
  async misuse() {
    await expectCode('ARGUMENT_INVALID', () => load(7))
    await expectCode('OPTION_UNKNOWN', () => load(undefined, { gpuLayer: 1 }))
    const model = await openModel(demo)
    const context = await model.createContext({ cells: 256, sequences: 4, batch: 16 })
    const chunk = (tokens, sequences = [0]) => ({ sequences, position: 0, tokens, output: true })
    const step = (chunks, generations = []) => context.step({ ops: [], chunks, generations, decodesMax: 1 })
    const ids = (...tokens) => Int32Array.from(tokens)
    await expectCode('TOKEN_OUT_OF_RANGE', () => step([chunk(ids(99_999))]))
    await expectCode('ARGUMENT_INVALID', () => step([chunk([1])]))
    await expectCode('ARGUMENT_INVALID', () => step([chunk(ids(1), [99])]))
    await expectCode('BATCH_TOO_LARGE', () => step([chunk(new Int32Array(17))]))
    const matcher = compile(jsonSchema({ type: 'integer' }), model.vocab).matcher()
    for (const wrong of [{}, null, context, model]) {
      const generation = { chunk: 0, sequence: 0, matcher: wrong, draw: {}, tokensMax: 1, forbidden: [] }
      const code = await codeOf(() => step([chunk(ids(5))], [generation]))
      expect(code !== 'none', 'a wrong matcher should be refused', code)
    }
    const end = context.dispose()
    await expectCode('DISPOSED', () => step([chunk(ids(5))]))
    await end
    await model.dispose()
    await expectCode('DISPOSED', () => model.createContext({ cells: 256 }))
    matcher.dispose()
    await expectCode('DISPOSED', () => matcher.mask())
    const { run } = await withModel((one) => ({ run: () => one.run(brief) }))
    expect((await codeOf(run)) !== 'none', 'a disposed model should refuse', 'a value')
  },
  async 'wrong receivers and arguments of every function of the addon'() {
    const addon = createRequire(import.meta.url)(addonFile())
    const odd = [undefined, null, -1, 1.5, Number.NaN, 2 ** 40, 'x', {}, [], () => 1, new Int32Array(3), 7n]
    const known = [addon, ...odd]
    const functions = Object.entries(addon).filter(([, value]) => typeof value === 'function')
    // These act on the whole process by design.
    const calls = functions.filter(([name]) => !['stopAll', 'openLlama'].includes(name))
    let refused = 0
    for (const [, call] of calls) {
      for (const receiver of known) {
        for (const given of odd) {
          try {
            Reflect.apply(call, receiver, [given, given])
          } catch {
            refused++
          }
        }
      }
    }
    expect(calls.length > 3 && refused > 100, 'most calls should be refused', refused)
    await withModel((model) => model.run(brief))
  },
  async 'abort in the middle'() {
    await withModel(async (model) => {
      for (let turn = 0; turn < 4; turn++) {
        const controller = new AbortController()
        const stream = model.stream(story, {}, { seed: turn, signal: controller.signal })
        const seen = await (async () => {
          for await (const event of stream) if (event.type === 'token') controller.abort('enough')
        })().catch((error) => error)
        expect(seen instanceof AbortError, 'expected AbortError', String(seen))
      }
      await model.run(brief)
    })
  },
  async 'workers, some ended in the middle'() {
    for (let turn = 0; turn < 4; turn++) {
      const start = (kind) => new Worker(fileURLToPath(import.meta.url), { workerData: { kind } })
      const [sound, endless] = [start('sound'), start('endless')]
      const [told, left] = [once(sound, 'message'), once(sound, 'exit')]
      await once(endless, 'message')
      await endless.terminate()
      const [mood] = await told
      expect(['good', 'bad'].includes(mood), 'the other worker goes on', mood)
      await left
    }
    await withModel((model) => model.run(brief))
  },
  async 'many runs side by side'() {
    await withModel(async (model) => {
      const seeds = Array.from({ length: 12 }, (_, seed) => seed)
      const short = prompt`Review: ${gen('text', { tokensMax: 12, temperature: 1 })}`
      const alone = []
      for (const seed of seeds) alone.push((await model.run(short, {}, { seed })).values.text)
      const together = await Promise.all(seeds.map((seed) => model.run(short, {}, { seed })))
      expect(
        together.every(({ values }, i) => values.text === alone[i]),
        'equal values',
        alone,
      )
    })
  },
}

/** Where the loaded addon lies: `process.report` knows on every platform and runtime that has one. */
function addonFile() {
  const { platform, arch } = process
  const names = [`${platform}-${arch}`, `${platform}-${arch}-musl`]
  const files = names.map((name) => path.join(packageFolder, 'prebuilds', name, 'espalier.node'))
  const loaded = process.report?.getReport?.().sharedObjects ?? []
  return loaded.find((file) => file.endsWith('espalier.node')) ?? files[0]
}

async function inWorker({ kind }, port) {
  const model = await load(undefined, { threads: 1 })
  if (kind === 'endless') {
    port.postMessage('begun')
    for (let seed = 0; ; seed++) await model.run(story, {}, { seed })
  }
  port.postMessage((await model.run(brief)).values.mood)
  await model.dispose()
}

const { isMainThread, parentPort, workerData } = await import('node:worker_threads')
if (isMainThread) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(trials)
  for (const name of names) {
    print({ begun: name })
    try {
      print({ name, detail: (await trials[name]()) ?? null })
    } catch (error) {
      print({ name, error: error?.stack ?? String(error) })
    }
  }
} else await inWorker(workerData, parentPort)
