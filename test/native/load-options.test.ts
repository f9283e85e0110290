// The options of load() that are llama.cpp's. Judges that each one does what it says, as far as one can tell from
// outside, and that a wrong one is refused by name with what would be right. Devices beside the CPU are judged by a
// script (scripts/check-gpu.mjs), since most machines that run the suite have none.
import { totalmem } from 'node:os'
import { devices, estimate, type LoadOptions, load, prompt } from '../../lib/index.js'
import { type ExpertContext, openModel } from '../../lib/native/native.js'
import { regex } from '../../lib/prompt/hole.js'
import { chunk, demoFile, plan, spread, tokensOf } from './demo.js'

const text = 'Ticket: my parcel 48213 never came. Customer: Rhys'

/** A context a quarter larger than fits into so much. More would do as well, and takes longer to be refused. */
async function contextBeyond(bytes: number, options: LoadOptions): Promise<number> {
  const { cacheBytes, contextTokens } = await estimate(demoFile, { ...options, contextTokens: 2048 })
  return 256 * Math.ceil((1.25 * bytes * contextTokens) / cacheBytes / 256)
}

async function logitsOf(
  options: Parameters<Awaited<ReturnType<typeof openModel>>['createContext']>[0],
  use?: (context: ExpertContext) => Promise<void>,
): Promise<Float32Array> {
  await using model = await openModel(demoFile)
  const context = await model.createContext(options)
  await use?.(context)
  const tokens = tokensOf(model.vocab, text)
  await context.decode(0, tokens)
  return context.logits()
}

test('lists the devices there are, the CPU among them', async () => {
  const all = await devices()
  const cpu = all.find(({ type }) => type === 'cpu')!
  expect(cpu).toMatchObject({ name: 'CPU', backend: 'cpu' })
  expect(cpu.bytes).toBeGreaterThan(1 << 28)
  expect(cpu.bytesFree).toBeLessThanOrEqual(cpu.bytes)
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
})

test('says what is used', async () => {
  await using model = await load(demoFile, { gpu: false })
  expect(model.info).toMatchObject({ devices: [], layers: 7, gpuLayers: 0 })
})

const harmless: [string, LoadOptions][] = [
  ['mmap', { mmap: false }],
  ['devices: the CPU alone', { devices: ['CPU'] }],
  ['gpuLayers: 0', { gpuLayers: 0 }],
  ['threadsBatch', { threads: 1, threadsBatch: 2 }],
  ['a small batch', { batch: 32, microBatch: 16 }],
  ['flashAttention', { flashAttention: 'on' }],
  ['kvType', { kvType: 'q8_0' }],
  ['ropeScaling', { ropeScaling: { type: 'linear', factor: 2 } }],
]
test.each(harmless)('runs with %s', async (_, options) => {
  await using model = await load(demoFile, { contextTokens: 512, ...options })
  const run = await model.run(prompt`${text}\nOrder: ${regex('order', /\d{5}/)}`)
  expect(run.values.order).toMatch(/^\d{5}$/)
})

test('kvType takes less memory and gives nearly the same logits', async () => {
  const bytes: number[] = []
  const note = async ({ capabilities }: ExpertContext) => {
    bytes.push(capabilities.cacheBytes)
  }
  const plain = await logitsOf({ cells: 512 }, note)
  const packed = await logitsOf({ cells: 512, kvType: 'q8_0' }, note)
  // 34 bytes for 32 numbers instead of 64.
  expect(bytes[1]! / bytes[0]!).toBeCloseTo(34 / 64, 2)
  expect(spread(plain, packed)).toBeGreaterThan(0)
  expect(spread(plain, packed)).toBeLessThan(2)
})

test('ropeScaling changes what positions mean', async () => {
  const plain = await logitsOf({ cells: 512 })
  const none = await logitsOf({ cells: 512, ropeScaling: {} })
  const scaled = await logitsOf({ cells: 512, ropeScaling: { type: 'linear', factor: 4 } })
  expect(spread(plain, none)).toBe(0)
  expect(spread(plain, scaled)).toBeGreaterThan(0.1)
})

test('streams are parts of the cells, and a row belongs to one of them', async () => {
  await using model = await openModel(demoFile)
  const context = await model.createContext({ cells: 1000, streams: 3 })
  expect(context.capabilities).toMatchObject({ cells: 1536, cellsEach: 512, sequences: 3, canPark: false })
  const tokens = new Int32Array(8).fill(100)
  const shared = await context.step(plan({ chunks: [chunk([0, 2], 0, tokens)] }))
  expect(shared).toMatchObject({ status: 'failed', code: 'SEQUENCES_APART', decodeCalls: 0 })
  const apart = await context.step(plan({ chunks: [chunk([0], 0, tokens), chunk([2], 0, tokens)] }))
  expect(apart).toMatchObject({ status: 'ok', rowsDecoded: 16 })
  await expect(model.createContext({ cells: 1024, streams: 2, sequences: 2 })).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
    message: /sequences.*streams/,
  })
})

test('batch bounds the rows of a step, microBatch does not', async () => {
  await using model = await openModel(demoFile)
  const context = await model.createContext({ cells: 512, sequences: 2, batch: 64, microBatch: 8 })
  expect(context.capabilities.batch).toBe(64)
  const result = await context.step(plan({ chunks: [chunk([0], 0, new Int32Array(64).fill(100))] }))
  expect(result).toMatchObject({ status: 'ok', rowsDecoded: 64, decodeCalls: 1 })
})

const wrong = (options: object): LoadOptions => options as LoadOptions
const refused: [string, string, RegExp, LoadOptions][] = [
  ['an unknown backend', 'ARGUMENT_INVALID', /gpu is .*expected "auto", "cuda"/, wrong({ gpu: 'opencl' })],
  ['gpu: true', 'ARGUMENT_INVALID', /gpu is true/, wrong({ gpu: true })],
  [
    'an unknown device',
    'DEVICE_UNKNOWN',
    /names "CUDA9"; the devices here are: .*CPU/,
    { devices: ['CUDA9'] },
  ],
  ['a device twice', 'DEVICE_TWICE', /"CPU" twice/, { devices: ['CPU', 'CPU'] }],
  ['devices as one name', 'ARGUMENT_INVALID', /devices is .*expected a list/, wrong({ devices: 'CPU' })],
  [
    'too many layers',
    'LAYERS_TOO_MANY',
    /gpuLayers is 99; .*6 layers.*at most 7, or "all"/,
    { gpuLayers: 99 },
  ],
  ['half a layer', 'ARGUMENT_INVALID', /gpuLayers is 1.5; expected/, { gpuLayers: 1.5 }],
  ['fewer than no layers', 'ARGUMENT_INVALID', /gpuLayers is -1/, { gpuLayers: -1 }],
  [
    'a main device that is none',
    'DEVICE_UNKNOWN',
    /mainDevice is "CUDA9"/,
    { mainDevice: 'CUDA9', gpu: false },
  ],
  ['an empty main device', 'ARGUMENT_INVALID', /mainDevice is ""/, { mainDevice: '' }],
  [
    'a split for nothing',
    'ARGUMENT_INVALID',
    /tensorSplit has 2 numbers for 0 devices/,
    wrong({ tensorSplit: [1, 1], gpu: false }),
  ],
  ['a split of zeros', 'ARGUMENT_INVALID', /tensorSplit is .*not all of them 0/, { tensorSplit: [0, 0] }],
  ['a negative split', 'ARGUMENT_INVALID', /tensorSplit\[0\] is -1/, { tensorSplit: [-1] }],
  [
    'a cache in few bits without flash attention',
    'ARGUMENT_INVALID',
    /kvType is "q4_0".*flashAttention/,
    { kvType: 'q4_0', flashAttention: 'off' },
  ],
  ['mmap as a number', 'ARGUMENT_INVALID', /mmap is 1; expected true or false/, wrong({ mmap: 1 })],
  ['a batch of none', 'ARGUMENT_INVALID', /batch is 0/, { batch: 0 }],
  [
    'too many threads',
    'ARGUMENT_INVALID',
    /threadsBatch is 100000; expected at most/,
    { threadsBatch: 100_000 },
  ],
  [
    'an unknown kvType',
    'ARGUMENT_INVALID',
    /kvType is .*expected one of f32, f16/,
    wrong({ kvType: 'int8' }),
  ],
  [
    'an unknown scaling',
    'ARGUMENT_INVALID',
    /ropeScaling.type is .*yarn/,
    wrong({ ropeScaling: { type: 'ntk' } }),
  ],
  [
    'a word nobody knows',
    'OPTION_UNKNOWN',
    /no option Factor for ropeScaling. Did you mean factor/,
    wrong({ ropeScaling: { Factor: 2 } }),
  ],
  ['a factor of 0', 'ARGUMENT_INVALID', /ropeScaling.factor is 0/, { ropeScaling: { factor: 0 } }],
]
test.each(refused)('refuses %s', async (_, code, message, options) => {
  const loading = load(demoFile, { contextTokens: 256, ...options })
  await expect(loading).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

test('a backend there is no package for is refused with those there are', async () => {
  const other = process.platform === 'darwin' ? 'vulkan' : 'metal'
  const loading = load(demoFile, { gpu: other })
  const message = expect.stringMatching(/expected 'auto'.* or false/)
  await expect(loading).rejects.toMatchObject({ code: 'LLAMA_MISSING', message })
})

describe('what a model takes is told before it is loaded', () => {
  test('the same sums as when it is loaded', async () => {
    const told = await estimate(demoFile, { contextTokens: 1024 })
    await using model = await openModel(demoFile)
    const { capabilities } = await model.createContext({ cells: 1024 })
    expect(told).toMatchObject({ contextTokens: 1024, layers: 7, gpuLayers: 0, fits: true })
    expect(told.weightBytes).toBe(model.bytes)
    expect(told.cacheBytes).toBe(capabilities.cacheBytes)
    const work = Object.values(capabilities.workBytes).reduce((sum, bytes) => sum + bytes, 0)
    expect(told.workBytes).toBe(work)
    const [cpu] = told.shares
    expect(cpu!.bytes).toBeCloseTo(told.weightBytes + told.cacheBytes + told.workBytes, -2)
  })

  test('a cache no machine has room for is refused, not left to the operating system', async () => {
    const contextTokens = await contextBeyond(totalmem(), { kvType: 'f32' })
    const options = { contextTokens, kvType: 'f32' } as const
    const told = await estimate(demoFile, options)
    expect(told).toMatchObject({ contextTokens, fits: false })
    await expect(load(demoFile, options)).rejects.toMatchObject({
      name: 'CapacityError',
      code: 'MEMORY_SHORT',
      message: expect.stringMatching(
        new RegExp(`take [\\d.]+ GiB of CPU.*${contextTokens} tokens.*fewer contextTokens`),
      ),
    })
  })

  test('wrong options and files are refused as by load', async () => {
    await expect(estimate(demoFile, { gpuLayers: 99 })).rejects.toMatchObject({ code: 'LAYERS_TOO_MANY' })
    await expect(estimate('no-such.gguf')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
    await expect(estimate(5 as never)).rejects.toMatchObject({ name: 'UsageError' })
  })

  test('a model that was only measured decodes nothing', async () => {
    await using model = await openModel(demoFile, { measureOnly: true })
    const context = await model.createContext({ cells: 256 })
    await expect(context.decode(0, Int32Array.of(100))).rejects.toMatchObject({
      code: 'MODEL_WITHOUT_WEIGHTS',
    })
  })
})

test.each(['x', null, 5, true, {}])('devices(%j) is refused', async (gpu) => {
  await expect(devices(gpu as never)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
})
