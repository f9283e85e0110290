// A recording changes nothing of what it records: whatever its listeners do and whatever a run throws. What it tells is
// what was asked of it, can be read again, and takes no more room than it may.
import { gen, hole, load, type Model, prompt, select, type TraceLine, transform } from '../../../lib/index.js'
import { readTrace, traceText } from '../../../lib/trace/entry.js'
import type { Recorder } from '../../../lib/trace/recorder.js'
import type { Trace } from '../../../lib/trace/trace.js'

let model: Model
beforeAll(async () => {
  model = await load()
})
afterAll(() => model.dispose())

const story = prompt`Once ${gen('story', { tokensMax: 6 })}`
const fresh = { fresh: true, seed: 3, temperature: 1 }
const quiet = (): void => undefined

function ofType<T extends TraceLine['type']>({ lines }: Trace, type: T) {
  return lines.filter((line): line is Extract<TraceLine, { type: T }> => line.type === type)
}

/** As a file has it. */
const copied = (trace: Trace): Trace => readTrace(JSON.parse(JSON.stringify(trace)))

describe('listeners', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(quiet)
  beforeEach(() => void warn.mockClear())
  afterAll(() => warn.mockRestore())

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('a listener'))],
    [
      'throws what can not be shown',
      () => {
        throw Object.create(null)
      },
    ],
  ])('one that %s is told no more, which is warned of; runs, engine and others go on', async (_, fail) => {
    const own = await load()
    const recording = own.record()
    const heard: TraceLine[] = []
    let calls = 0
    recording.subscribe(() => {
      calls += 1
      return fail() as undefined
    })
    recording.subscribe((line) => heard.push(line))
    const run = await own.run(story, {}, fresh)
    const other = await model.run(story, {}, fresh)
    expect(run.text).toBe(other.text)
    await own.run(story, {}, { ...fresh, seed: 4 })
    const trace = recording.stop()
    expect(heard).toEqual(trace.lines.slice(-heard.length))
    expect(ofType(trace, 'end').map(({ outcome }) => outcome)).toEqual(['done', 'done'])
    expect(calls).toBeLessThan(heard.length)
    await new Promise((resolve) => setImmediate(resolve))
    expect(warn.mock.calls.map(([, options]) => options)).toEqual([
      expect.objectContaining({ code: 'LISTENER_FAILED' }),
    ])
    await own.dispose()
  })

  test('each hears all lines in order, though another one asks for the trace meanwhile', async () => {
    const recording = model.record()
    recording.subscribe(() => void recording.trace)
    const heard: TraceLine[] = []
    recording.subscribe((line) => heard.push(line))
    for (const seed of [11, 12, 13]) await model.run(story, {}, { ...fresh, seed })
    expect(heard).toEqual(recording.stop().lines.slice(-heard.length))
    expect(heard.length).toBeGreaterThan(10)
  })

  test('one may stop the recording, or leave it; the same function may listen twice', async () => {
    const recording = model.record()
    const stopping = recording.subscribe(({ type }) => (type === 'fill' ? void recording.stop() : undefined))
    const heard: string[] = []
    const listener = ({ type }: TraceLine) => void heard.push(type)
    const ends = [recording.subscribe(listener), recording.subscribe(listener)]
    ends[0]!()
    await model.run(story, {}, fresh)
    expect(heard.filter((type) => type === 'run')).toHaveLength(1)
    expect(recording.stop().lines.some(({ type }) => type === 'end')).toBe(false)
    stopping()
  })

  test.each([[null], [undefined], ['line'], [{}]])('%j is none', (listener) => {
    const recording = model.record()
    expect(() => recording.subscribe(listener as never)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
    )
    recording.stop()
  })
})

/** Whoever looks what a revoked proxy is gets an error of the language's, each time another one. */
function isRevoked(...errors: readonly unknown[]): boolean {
  return errors.every((error) => error instanceof TypeError && error.message.includes('revoked'))
}

describe('what a run throws', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const thrower = { get: () => 5n, getPrototypeOf: () => null }
  const thrown: readonly (readonly [string, unknown])[] = [
    ['an object without a prototype', Object.create(null)],
    ['a revoked proxy', proxy],
    ['a proxy', new Proxy({}, thrower)],
    ['an error whose message is a number', Object.assign(new Error('x'), { message: 5n })],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('y')
        },
      }),
    ],
    ['a symbol', Symbol('s')],
    ['nothing', undefined],
  ]

  test.each(thrown)('%s reaches the caller as it is, and the trace can be read', async (_, error) => {
    const check = (): never => {
      throw error
    }
    const run = () => model.run(prompt`x ${gen('a', { tokensMax: 2, check })}`)
    const plain = await run().catch((told: unknown) => [told])
    const recording = model.record()
    const recorded = await run().catch((told: unknown) => [told])
    const [one, other] = [plain, recorded].map((told) => (told as unknown[])[0])
    expect(one === other || isRevoked(one, other)).toBe(true)
    const [end] = ofType(copied(recording.stop()), 'end')
    expect(end!.outcome).toBe('failed')
  })
})

describe('what is told', () => {
  test.each([0, 1, 3])('of each draw %i alternatives, whatever others ask for', async (alternatives) => {
    const recordings = [model.record({ alternatives }), model.record({ alternatives: 5 })] as const
    await model.run(
      prompt`A ${select('b', ['c', 'd'])} ${gen('e', { tokensMax: 3 })}`,
      {},
      { ...fresh, logprobs: 7 },
    )
    const [own, others] = recordings.map((recording) => ofType(recording.stop(), 'fill'))
    const drawn = others!.flatMap((fill) => fill.alternatives)
    expect(drawn.some((list) => list?.length === 5)).toBe(true)
    const told = own!.flatMap((fill) => fill.alternatives)
    expect(told).toEqual(
      drawn.map((list) => (list === null || alternatives === 0 ? null : list.slice(0, alternatives))),
    )
    const logprobs = own!.flatMap((fill) => fill.logprobs)
    expect(logprobs.every((logprob) => logprob === null)).toBe(alternatives === 0)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, '3', null])(
    'seed %p can be read',
    async (seed) => {
      const recording = model.record()
      await model.run(story, {}, { seed: seed as number }).catch(quiet)
      expect(ofType(copied(recording.stop()), 'run')).toHaveLength(1)
    },
  )

  const deep = (levels: number): unknown => {
    let value: unknown = 1
    for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value }
    return value
  }
  const odd: readonly (readonly [string, unknown])[] = [
    ['20 levels', deep(20)],
    ['101 levels', deep(101)],
    ['1,000 levels', deep(1000)],
    ['100,000 levels', deep(100_000)],
    ['numbers JSON does not have', [Number.NaN, Number.NEGATIVE_INFINITY, -0]],
    ['undefined', undefined],
  ]

  test.each(odd)('a value of %s can be read, and is the same in the file', async (_, value) => {
    const recording = model.record()
    const made = transform(/\d/, { parse: () => value, format: () => '1' })
    await model.run(prompt`a ${hole('n', made)}`)
    const trace = recording.stop()
    expect(copied(trace)).toEqual(trace)
    expect(traceText(trace).length).toBeLessThan(20_000)
    expect(ofType(trace, 'end')[0]!.outcome).toBe('done')
  })
})

describe('the room it takes', () => {
  const big = 'x'.repeat(50_000)
  const one = transform(/\d/, { parse: () => big, format: () => '1' })
  const large: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['values', () => model.run(prompt`a ${hole('n', one)}`)],
    ['reasons', () => model.run(prompt`a ${gen('n', { tokensMax: 1, check: () => big, retries: 0 })}`)],
    [
      'errors',
      () =>
        model.run(
          prompt`a ${gen('n', {
            tokensMax: 1,
            check: () => {
              throw new Error(big)
            },
          })}`,
        ),
    ],
    ['names', () => model.run(prompt`a ${gen(`n${'m'.repeat(2000)}`, { tokensMax: 1 })}`)],
  ]

  test.each(large)('%s count', async (_, run) => {
    const recording = model.record({ bytesMax: 2 ** 17 })
    for (let count = 0; count < 20; count += 1) await run().catch(quiet)
    const { length } = JSON.stringify(recording.stop())
    expect(length).toBeLessThan(2 ** 18)
  })

  test('a run that goes on for ever loses its beginning; no line is looked through more than a few times', () => {
    const recorder = model.record({ bytesMax: 2 ** 16 }) as Recorder
    recorder.add({ type: 'run', run: 7, after: null, seed: 0, prompt: '' })
    let looks = 0
    for (let line = 0; line < 20_000; line += 1) {
      recorder.add({
        type: 'event',
        run: 7,
        event: {
          type: 'text',
          path: '',
          hole: null,
          get text() {
            looks += 1
            return 'abcdef'
          },
        },
      })
    }
    expect(looks).toBeLessThan(20_000 * 20)
    const trace = recorder.stop()
    expect(JSON.stringify(trace).length).toBeLessThan(2 ** 18)
    expect(ofType(trace, 'run')).toHaveLength(1)
    expect(trace.dropped).toBeGreaterThan(15_000)
    const times = trace.lines.map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})
