// The native layer and the process around it: exits with work pending, worker threads, collected handles, a second
// llama.cpp, a missing platform package. Each case runs in a child process of its own, since some would end it.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ownAddon } from '../../scripts/addon-file.mjs'
import { demoFile, root } from './demo.js'

// A package of its own: the compiled sources beside the addon, and node_modules only where a case wants them.
const folder = mkdtempSync(path.join(tmpdir(), 'espalier-process-'))

beforeAll(() => {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const sources = path.join(root, 'lib', 'native', 'native.ts')
  const options = ['--module', 'nodenext', '--target', 'es2023', '--skipLibCheck', '--types', 'node']
  const roots = ['--typeRoots', path.join(root, 'node_modules', '@types'), '--ignoreConfig']
  writeFileSync(path.join(folder, 'package.json'), '{"name":"espalier","type":"module"}')
  execFileSync(process.execPath, [
    tsc,
    ...options,
    ...roots,
    '--rootDir',
    path.join(root, 'lib'),
    '--outDir',
    path.join(folder, 'dist'),
    sources,
  ])
  mkdirSync(path.dirname(path.join(folder, ownAddon)), { recursive: true })
  copyFileSync(path.join(root, ownAddon), path.join(folder, ownAddon))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const head = `
import { openModel } from ${JSON.stringify(path.join(folder, 'dist', 'native', 'native.js'))}
const demo = ${JSON.stringify(demoFile)}
const ids = (...tokens) => Int32Array.from(tokens)
const chunks = [{ sequences: [0], position: 0, tokens: new Int32Array(512), output: true }]
const embed = { cells: 512, pooling: 'mean' }
const texts = [{ sequence: 0, position: 0, tokens: new Int32Array(512), last: true }]
const busy = (context) => context.step({ ops: [], chunks, generations: [], decodesMax: 1 })
`

function run(body: string, options: { env?: Record<string, string>; args?: string[] } = {}) {
  const file = path.join(folder, `case-${Math.abs(hash(body))}.mjs`)
  writeFileSync(file, head + body)
  const done = spawnSync(process.execPath, [...(options.args ?? []), file], {
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    timeout: 50_000,
  })
  return { status: done.status, signal: done.signal, out: done.stdout.trim(), err: done.stderr.trim() }
}

function hash(text: string): number {
  let value = 0
  for (const letter of text) value = (Math.imul(value, 31) + letter.charCodeAt(0)) | 0
  return value
}

const quiet = { status: 0, signal: null, err: '' }

test('ends by itself once everything was disposed, and prints nothing of its own', () => {
  const result = run(`
    const model = await openModel(demo)
    const context = await model.createContext({ cells: 512 })
    await context.decode(0, ids(5, 6))
    console.log(context.logits().length)
    await model.dispose()
  `)
  expect(result).toEqual({ ...quiet, out: '2048' })
})

test('an open but idle context does not keep the process alive', () => {
  expect(run(`await (await openModel(demo)).createContext({ cells: 512 })`)).toEqual({ ...quiet, out: '' })
})

test.each([
  ['process.exit in the middle of a step', `busy(context); setTimeout(() => process.exit(0), 3)`],
  ['process.exit while a model loads', `openModel(demo); process.exit(0)`],
  ['process.exit while a context is made', `model.createContext({ cells: 2048 }); process.exit(0)`],
  [
    'an uncaught error',
    `busy(context); process.on('uncaughtException', () => process.exit(0)); throw new Error('x')`,
  ],
  ['dispose not awaited', `busy(context); context.dispose(); model.dispose()`],
  ['process.exit while an embedder is made', `model.createEmbedder(embed); process.exit(0)`],
  [
    'process.exit while texts are read',
    `const embedder = await model.createEmbedder(embed)
    embedder.tokenize(['a'])
    embedder.run(texts)
    process.exit(0)`,
  ],
  [
    'an embedder that is not disposed',
    `const embedder = await model.createEmbedder(embed)
    await embedder.run(texts)
    await context.dispose()`,
  ],
])('%s', (_, body) => {
  const result = run(`
    const model = await openModel(demo)
    const context = await model.createContext({ cells: 1024 })
    ${body}
  `)
  expect(result).toEqual({ ...quiet, out: '' })
})

test('handles that are forgotten are collected, also with work done before', () => {
  const result = run(
    `
    for (let i = 0; i < 6; i++) {
      const model = await openModel(demo)
      const context = await model.createContext({ cells: 256, sequences: 2 })
      await context.decode(0, ids(5, 6))
      await new Promise((resolve) => setImmediate(resolve))
      gc()
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    gc()
    console.log('done')
  `,
    { args: ['--expose-gc'] },
  )
  expect(result).toEqual({ ...quiet, out: 'done' })
})

test('worker threads use the layer side by side, end busy, and the main thread goes on', () => {
  const result = run(`
    import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
    import { fileURLToPath } from 'node:url'
    const model = await openModel(demo)
    const context = await model.createContext({ cells: 1024, threads: 1 })
    if (isMainThread) {
      const start = (mode) => new Promise((resolve, reject) => {
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData: mode })
        worker.on('message', (told) => told === 'running' && worker.terminate())
        worker.on('error', reject)
        worker.on('exit', resolve)
      })
      await Promise.all([start('work'), start('exit'), start('terminate')])
      await start('work')
      await context.decode(0, ids(5, 6))
      console.log(context.logits().length)
      await model.dispose()
    } else if (workerData === 'work') {
      await context.decode(0, ids(5, 6))
      await model.dispose()
    } else {
      busy(context)
      if (workerData === 'terminate') parentPort.postMessage('running')
      else process.exit(0)
    }
  `)
  expect(result).toEqual({ ...quiet, out: '2048' })
})

test('workers are ended at any moment of their work, and the process lives on', () => {
  const result = run(`
    import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
    import { fileURLToPath } from 'node:url'
    if (isMainThread) {
      let ended = 0
      for (let i = 0; i < 24; i++) {
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData: i })
        worker.on('error', (error) => console.log(String(error)))
        await new Promise((resolve) => worker.once('message', resolve))
        await new Promise((resolve) => setTimeout(resolve, i % 8))
        await worker.terminate()
        ended++
      }
      console.log(ended)
    } else {
      if (workerData % 3 === 0) parentPort.postMessage('loading')
      const model = await openModel(demo, { onProgress: () => {} })
      if (workerData % 3 === 1) parentPort.postMessage('making')
      const context = await model.createContext({ cells: 1024, threads: 1 })
      if (workerData % 3 === 2) parentPort.postMessage('stepping')
      for (;;) {
        await context.step({ ops: [], chunks: [{ ...chunks[0], tokens: ids(5, 6) }], generations: [], decodesMax: 1 })
        await context.clear()
        await context.step({}).catch(() => {})
      }
    }
  `)
  expect(result).toEqual({ ...quiet, out: '24' })
})

test.each([
  ['process.exit', `process.exit(0)`],
  ['an uncaught error', `process.on('uncaughtException', () => process.exit(0)); throw new Error('x')`],
])('%s while eight workers are busy', (_, end) => {
  const result = run(`
    import { Worker, isMainThread, parentPort } from 'node:worker_threads'
    import { fileURLToPath } from 'node:url'
    if (isMainThread) {
      const start = () => new Promise((resolve) => {
        const worker = new Worker(fileURLToPath(import.meta.url))
        worker.once('message', resolve)
      })
      await Promise.all(Array.from({ length: 8 }, start))
      ${end}
    } else {
      const model = await openModel(demo)
      const context = await model.createContext({ cells: 1024, threads: 1 })
      const working = busy(context)
      parentPort.postMessage('busy')
      await working
      for (;;) {
        await context.clear()
        await busy(context)
      }
    }
  `)
  expect(result).toEqual({ ...quiet, out: '' })
})

test('setters that throw, on the prototypes of everything, are not run', () => {
  const result = run(`
    const model = await openModel(demo)
    const context = await model.createContext({ cells: 512, sequences: 2, threads: 1 })
    const step = { ops: [], chunks: [{ sequences: [0], position: 0, tokens: ids(5), output: true }],
      generations: [], decodesMax: 1 }
    const names = ['kind', 'code', 'name', 'message', 'status', 'generations', 'targets', 'targetFailures',
      'rowsDecoded', 'opsRefused', 'first', 'last', 'promise', 'cancel', 'metadata', 'memory', 'cells', 'reason']
    const set = () => { throw new Error('a setter ran') }
    for (const prototype of [Object.prototype, Error.prototype]) {
      for (const name of names) {
        if (prototype === Error.prototype && (name === 'name' || name === 'message')) delete prototype[name]
        Object.defineProperty(prototype, name, { configurable: true, get: () => undefined, set })
      }
    }
    const told = []
    const tell = (error) => told.push(error.code ?? error.stack)
    await openModel('nowhere.gguf').catch(tell)
    await model.createContext({ cells: -1 }).catch(tell)
    await context.step({ ...step, chunks: [{ ...step.chunks[0], position: -1 }] }).catch(tell)
    try { context.positions(99) } catch (error) { tell(error) }
    try { model.vocab.tokenBytes(-1) } catch (error) { tell(error) }
    const controller = new AbortController()
    controller.abort(1)
    await openModel(demo, { signal: controller.signal }).catch(tell)
    const { status } = await context.step(step)
    told.push(status, context.positions(0).last)
    const other = await openModel(demo)
    told.push(other.parameters > 0)
    for (const prototype of [Object.prototype, Error.prototype]) for (const name of names) delete prototype[name]
    console.log(told.join(' '))
    await Promise.all([model.dispose(), other.dispose()])
  `)
  const codes =
    'MODEL_NOT_FOUND ARGUMENT_INVALID ARGUMENT_INVALID ARGUMENT_INVALID TOKEN_OUT_OF_RANGE ABORTED'
  expect(result).toEqual({ ...quiet, out: `${codes} ok 0 true` })
})

test('a getter of `then` that throws rejects what was to be resolved, and nothing else', () => {
  const result = run(`
    const model = await openModel(demo)
    const context = await model.createContext({ cells: 512, sequences: 2, threads: 1 })
    const step = { ops: [], chunks: [{ sequences: [0], position: 0, tokens: ids(5), output: true }],
      generations: [], decodesMax: 1 }
    const told = []
    const tell = (error) => told.push(error.message)
    const get = () => { throw new Error('mine') }
    Object.defineProperty(Object.prototype, 'then', { configurable: true, get })
    for (let i = 0; i < 3; i++) {
      await context.step(step).then(() => told.push('told'), tell)
      step.chunks[0].position++
    }
    await openModel(demo).then(() => told.push('told'), tell)
    await model.createContext({ cells: 512, threads: 1 }).then(() => told.push('told'), tell)
    delete Object.prototype.then
    console.log(told.join(' '), (await context.step(step)).status)
    await model.dispose()
  `)
  expect(result).toEqual({ ...quiet, out: 'mine mine mine mine mine ok' })
})

test('a context nobody holds is collected, though its model is held', () => {
  const result = run(
    `
    const model = await openModel(demo)
    const made = async () => {
      const context = await model.createContext({ cells: 512, threads: 1 })
      await context.decode(0, ids(5, 6))
      return new WeakRef(context)
    }
    const held = []
    for (let i = 0; i < 4; i++) held.push(await made())
    for (let i = 0; i < 100 && held.some((one) => one.deref() !== undefined); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      gc()
    }
    console.log(held.filter((one) => one.deref() !== undefined).length)
    await model.dispose()
  `,
    { args: ['--expose-gc'] },
  )
  expect(result).toEqual({ ...quiet, out: '0' })
})

test.each([
  ['models', `await openModel(demo)`],
  ['contexts', `await model.createContext({ cells: 2048, sequences: 2, threads: 1 })`],
])('%s nobody holds are collected before many more are made, since V8 is told of their memory', (_, make) => {
  const result = run(`
    const model = await openModel(demo)
    let live = 0
    let most = 0
    const registry = new FinalizationRegistry(() => live--)
    for (let i = 0; i < 80; i++) {
      registry.register(${make}, i)
      most = Math.max(most, ++live)
    }
    console.log(most < 60)
    await model.dispose()
  `)
  expect(result).toEqual({ ...quiet, out: 'true' })
})

test('a missing platform package is named, with the command that installs it', () => {
  const empty = mkdtempSync(path.join(tmpdir(), 'espalier-empty-'))
  try {
    rmSync(path.join(folder, 'node_modules'))
    const dependency = path.join('node_modules', 'detect-libc')
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(path.join(root, dependency), path.join(folder, dependency), 'junction')
    const result = run(
      `await openModel(demo).catch((error) => console.log(error.name, error.code, error.message))`,
      {
        env: { NODE_PATH: '', HOME: empty },
      },
    )
    expect(result).toMatchObject({ status: 0, err: '' })
    expect(result.out).toMatch(/^ModelError LLAMA_MISSING .*npm install @node-llama-cpp\//)
  } finally {
    rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
    rmSync(empty, { recursive: true, force: true })
  }
})

test('a folder without the libraries, or with broken ones, is refused', () => {
  const odd = path.join(folder, 'odd')
  mkdirSync(odd)
  const body = `await openModel(demo).catch((error) => console.log(error.name, error.code))`
  expect(run(body, { env: { ESPALIER_LLAMA_DIR: path.join(folder, 'none') } }).out).toBe(
    'ModelError LLAMA_MISSING',
  )
  expect(run(body, { env: { ESPALIER_LLAMA_DIR: odd } }).out).toBe('ModelError LLAMA_MISSING')
  const end = process.platform === 'win32' ? '.dll' : process.platform === 'darwin' ? '.dylib' : '.so'
  for (const name of ['llama', 'ggml', 'ggml-base'])
    writeFileSync(path.join(odd, `lib${name}${end}`), 'no library')
  expect(run(body, { env: { ESPALIER_LLAMA_DIR: odd } }).out).toBe('ModelError LLAMA_UNLOADABLE')
})

// Loading a library into a process before everything else is a matter of its own on each system.
if (process.platform === 'linux')
  test('a second llama.cpp in the process is refused', () => {
    const bins = path.join(
      root,
      'node_modules',
      '@node-llama-cpp',
      `linux-${process.arch}`,
      'bins',
      `linux-${process.arch}`,
    )
    const base = readdirSync(bins).find((name) => name.startsWith('libggml-base.so'))!
    const other = path.join(folder, 'other')
    mkdirSync(other)
    copyFileSync(path.join(bins, base), path.join(other, base))
    const result = run(
      `await openModel(demo).catch((error) => console.log(error.name, error.code, error.message))`,
      {
        env: { LD_PRELOAD: path.join(other, base) },
      },
    )
    expect(result.out).toMatch(/^ModelError LLAMA_CLASH .*child process/)
    expect(result.status).toBe(0)
  })
