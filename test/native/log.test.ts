// The load option `log`. Judges that whole lines of the right model arrive in the thread that asked, that nothing is
// said otherwise, and that a listener that fails, floods or lives in a worker costs nobody anything.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { load, prompt } from '../../lib/index.js'
import { loadAddon } from '../../lib/native/load.js'
import { type LogLevel, openModel } from '../../lib/native/native.js'
import { gen } from '../../lib/prompt/hole.js'
import { tinyModelPath } from '../support/tiny-models.js'
import { demoFile, root } from './demo.js'

const levels = ['debug', 'info', 'warn', 'error']
type Line = readonly [LogLevel, string]

function hearing(): { readonly lines: Line[]; readonly log: (level: LogLevel, text: string) => void } {
  const lines: Line[] = []
  return { lines, log: (level, text) => void lines.push([level, text]) }
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('hears whole lines of loading and of what follows, and nothing after dispose', async () => {
  const { lines, log } = hearing()
  const model = await load(demoFile, { contextTokens: 256, log })
  const loaded = lines.length
  expect(loaded).toBeGreaterThan(20)
  expect(lines.some(([, text]) => text.includes('general.architecture'))).toBe(true)
  expect(
    lines.filter(([level, text]) => !levels.includes(level) || text === '' || /\n|\s$/.test(text)),
  ).toEqual([])
  await model.run(prompt`A ticket: ${gen('text', { tokensMax: 3 })}`)
  await model.dispose()
  await turns()
  const last = lines.length
  await using other = await load(demoFile, { contextTokens: 256 })
  await turns()
  expect(lines.length).toBe(last)
  expect(other.info.layers).toBe(7)
})

test('dots that llama.cpp says one by one are one line', async () => {
  const { lines, log } = hearing()
  const model = await openModel(demoFile, { log })
  await model.dispose()
  expect(lines.filter(([, text]) => /^\.+$/.test(text)).length).toBeLessThanOrEqual(1)
})

test('each of two models hears its own lines', async () => {
  const [a, b] = [hearing(), hearing()]
  const tiny = tinyModelPath('llama')
  const models = await Promise.all([load(demoFile, { log: a.log }), load(tiny, { log: b.log })])
  const named = (lines: readonly Line[]) =>
    lines.filter(([, text]) => text.includes('print_info: general.name'))
  expect(named(a.lines)).toHaveLength(1)
  expect(named(b.lines)).toHaveLength(1)
  expect(named(b.lines)[0]![1]).toContain('espalier tiny llama')
  expect(named(a.lines)[0]![1]).not.toContain('espalier tiny llama')
  for (const model of models) await model.dispose()
})

test('a load that fails has told why before it rejects', async () => {
  const { lines, log } = hearing()
  await expect(openModel(`${demoFile}.missing`, { log })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  await expect(openModel(demoFile, { log, devices: ['none such'] })).rejects.toMatchObject({
    code: 'DEVICE_UNKNOWN',
  })
  expect(lines.filter(([level]) => level === 'error')).toEqual([])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('mine')
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('mine')
    },
  ],
])('a listener that %s is a warning, once', async (_, log) => {
  const told = jest.spyOn(process, 'emitWarning').mockReturnValue()
  try {
    await using model = await load(demoFile, { contextTokens: 256, log })
    await model.run(prompt`A ticket: ${gen('text', { tokensMax: 3 })}`)
    await turns()
    expect(told.mock.calls).toEqual([
      [expect.stringContaining('Error: mine'), { type: 'EspalierWarning', code: 'LOG_FAILED' }],
    ])
  } finally {
    told.mockRestore()
  }
})

test('lines beyond the bound are counted and told', async () => {
  const heard: string[] = []
  const listener = { hear: (level: LogLevel, text: string) => void heard.push(`${level} ${text}`) }
  const addon = loadAddon()
  const log = addon.openLog(listener, 3)
  const request = {
    path: tinyModelPath('llama'),
    vocabOnly: true,
    measureOnly: false,
    gpu: false,
    backend: '',
  }
  const rest = {
    devices: null,
    gpuLayers: 0,
    mainDevice: '',
    tensorSplit: null,
    mmap: true,
    mlock: false,
    draft: '',
  }
  const { loadLlama } = await import('../../lib/native/load.js')
  loadLlama()
  const loading = addon.loadModel({ ...request, ...rest, adapters: [] }, null, log)
  // The event loop takes nothing meanwhile.
  const until = performance.now() + 2000
  while (performance.now() < until);
  const raw = await loading.promise
  raw.dispose()
  await turns()
  log.close()
  // Whoever opens a log holds the listener.
  expect(Object.keys(listener)).toEqual(['hear'])
  expect(heard.slice(0, 3).every((line) => !line.includes('espalier:'))).toBe(true)
  expect(heard[3]).toMatch(/^warn espalier: \d+ lines of the log were lost here; 3 may wait/)
})

test.each([[null], ['all'], [{}], [3]])('log: %p is refused', async (log) => {
  await expect(load(demoFile, { log: log as never })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
})

test('what openLog and loadModel are given is checked', () => {
  const addon = loadAddon()
  const codeOf = (call: () => unknown): unknown => {
    try {
      call()
    } catch (error) {
      return (error as { code?: string }).code
    }
    return null
  }
  expect(codeOf(() => addon.openLog(null as never, 5))).toBe('ARGUMENT_INVALID')
  expect(codeOf(() => addon.openLog({ hear: () => undefined }, 0))).toBe('ARGUMENT_INVALID')
  const log = addon.openLog({ hear: 5 as never }, 5)
  log.close()
  log.close()
})

// In processes of their own: what ends there must not be this one.
const child = (source: string) =>
  promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module', '-e', source], {
    cwd: root,
    timeout: 60_000,
  })
const entry = JSON.stringify(`file://${path.join(root, 'dist', 'index.js').replaceAll('\\', '/')}`)

test('a log keeps no process alive, and a worker that ends with lines pending ends nothing else', async () => {
  const source = `
    import { Worker } from 'node:worker_threads'
    import { load } from ${entry}
    const text = ${JSON.stringify(`import('ENTRY').then(({ load }) => {
      load(undefined, { log: () => {}, contextTokens: 256 })
      setTimeout(() => process.exit(), 30 + Math.random() * 60)
    })`)}.replace('ENTRY', ${entry})
    const end = () => new Promise((resolve) => new Worker(text, { eval: true }).once('exit', resolve))
    for (let round = 0; round < 4; round++) await Promise.all([end(), end()])
    let lines = 0
    const model = await load(undefined, { log: () => { lines++ }, contextTokens: 256 })
    console.log(lines > 20 ? 'heard' : 'deaf')
  `
  const { stdout } = await child(source)
  expect(stdout.trim()).toBe('heard')
})

test('a model that its own listener knows is collected with it', async () => {
  const source = `
    import { load } from ${entry}
    let gone = false
    const registry = new FinalizationRegistry(() => { gone = true })
    await (async () => {
      const held = {}
      held.model = await load(undefined, { log: () => held.model, contextTokens: 256 })
      registry.register(held, 0)
    })()
    for (let turn = 0; turn < 50 && !gone; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      gc()
    }
    console.log(gone ? 'collected' : 'held')
  `
  const { stdout } = await child(source)
  expect(stdout.trim()).toBe('collected')
})
