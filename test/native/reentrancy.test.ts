// A caller's own code runs while a plan is read: getters at every place of it, which dispose, start, interrupt, throw,
// or answer differently the next time. Judges that each ends in a result or an error with its code, that nothing is
// left busy, and that the next right call works.
import type { StepPlan } from '../../lib/native/native.js'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { anyText, chunk, codeOf, demoFile, generation, greedy, ids, plan } from './demo.js'

let model: ExpertModel
beforeAll(async () => {
  model = await openModel(demoFile)
})
afterAll(() => model.dispose())

type Tree = Record<string | number, unknown>

/** A plan that touches every member: operations of each kind, targets, bias, forbidden paths. */
function fullPlan(): StepPlan & Tree {
  const draw = {
    ...greedy,
    temperature: 0.5,
    bias: new Map([[7, 1]]),
    penaltyWindow: ids(3, 4),
    penaltyLastN: 3,
    repeatPenalty: 1.1,
  }
  const made = plan({
    ops: [
      { kind: 'truncate', sequence: 2, from: 0 },
      { kind: 'copy', from: 2, to: 3, until: 1 },
      { kind: 'repack', sequences: [1], from: 0, until: 0 },
    ],
    chunks: [{ ...chunk([0], 0, ids(5, 6)), targets: [ids(7), ids(8)] }],
    generations: [generation(anyText(model.vocab), { draw, tokensMax: 2, forbidden: [ids(9, 10)] })],
    decodesMax: 3,
  })
  return made as StepPlan & Tree
}

/** Every place of a plan below its root, as paths; typed arrays, maps and matchers are leaves. */
function placesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const isPlain =
    Array.isArray(value) || (value !== null && Object.getPrototypeOf(value) === Object.prototype)
  if (typeof value !== 'object' || !isPlain) return []
  return Object.keys(value as Tree).flatMap((key) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    return [at, ...placesOf((value as Tree)[key], at)]
  })
}

/** Puts a getter there that calls `evil` and answers as before. */
function plant(root: StepPlan & Tree, path: readonly (string | number)[], evil: (value: unknown) => unknown) {
  let at: Tree = root
  for (const key of path.slice(0, -1)) at = at[key] as Tree
  const last = path.at(-1)!
  const value = at[last]
  Object.defineProperty(at, last, { enumerable: true, configurable: true, get: () => evil(value) })
}

interface Evil {
  readonly name: string
  /** Codes the step may end with; 'none' for a result. */
  readonly ends: readonly string[]
  readonly make: (context: ExpertContext, made: StepPlan) => (value: unknown) => unknown
}

const mine = Object.assign(new Error('my own'), { code: 'MINE' })
const running: Promise<unknown>[] = []

const evils: readonly Evil[] = [
  {
    name: 'disposes the context',
    ends: ['DISPOSED'],
    make: (context) => (value) => {
      running.push(context.dispose())
      return value
    },
  },
  {
    name: 'disposes the matcher',
    ends: ['DISPOSED'],
    make: (_, made) => {
      const { matcher } = made.generations[0]!
      return (value) => {
        matcher.dispose()
        return value
      }
    },
  },
  {
    name: 'starts another step',
    ends: ['BUSY'],
    make: (context) => {
      let isFirst = true
      return (value) => {
        if (isFirst) running.push(context.step(plan({ chunks: [chunk([1], 0, ids(5))] })))
        isFirst = false
        return value
      }
    },
  },
  {
    name: 'starts another step with the same matcher',
    ends: ['BUSY'],
    make: (context, made) => {
      const generations = [generation(made.generations[0]!.matcher, { sequence: 1 })]
      let isFirst = true
      return (value) => {
        if (isFirst) running.push(context.step(plan({ chunks: [chunk([1], 0, ids(5))], generations })))
        isFirst = false
        return value
      }
    },
  },
  {
    name: 'interrupts and aborts',
    ends: ['none'],
    make: (context) => (value) => {
      context.interrupt()
      context.abort()
      return value
    },
  },
  {
    name: 'throws',
    ends: ['MINE'],
    make: () => () => {
      throw mine
    },
  },
  {
    name: 'answers the first time only',
    ends: ['none'],
    make: () => {
      let count = 0
      return (value) => (count++ === 0 ? value : undefined)
    },
  },
]

test.each(evils)('a getter that $name, at every place of a plan', async ({ ends, make }) => {
  const places = placesOf(fullPlan())
  expect(places.length).toBeGreaterThan(40)
  for (const path of places) {
    const context = await model.createContext({ cells: 256, sequences: 4, batch: 16, threads: 1 })
    const made = fullPlan()
    const { matcher } = made.generations[0]!
    plant(made, path, make(context, made))
    const code = await codeOf(() => context.step(made))
    expect({ path: path.join('.'), code }).toEqual({
      path: path.join('.'),
      code: expect.stringMatching(ends.join('|')),
    })
    await Promise.allSettled(running.splice(0))
    if (ends[0] !== 'DISPOSED') {
      // Nothing is left busy, neither the context nor the matcher.
      expect(typeof matcher.canEnd()).toBe('boolean')
      await context.clear()
      await context.decode(0, ids(5))
    }
    await context.dispose()
    await context.dispose()
  }
})

test('a bias whose Map lies about itself is read as the Map it is', async () => {
  class Lying extends Map<number, number> {
    override *keys(): MapIterator<number> {
      yield* [1, 2, 3] as unknown as MapIterator<number>
    }
    override *values(): MapIterator<number> {
      yield* [] as unknown as MapIterator<number>
    }
  }
  const context = await model.createContext({ cells: 256, threads: 1 })
  const draw = { ...greedy, bias: new Lying([[700, 1e9]]) }
  const generations = [generation(anyText(model.vocab), { draw, tokensMax: 1 })]
  const result = await context.step(plan({ chunks: [chunk([0], 0, ids(5))], generations }))
  expect([...result.generations[0]!.tokens]).toEqual([700])
  await context.dispose()
})

test('what onProgress throws ends the load, and is what it rejects with', async () => {
  const load = openModel(demoFile, {
    onProgress: () => {
      throw mine
    },
  })
  await expect(load).rejects.toBe(mine)
})

test('options whose getters answer once are read once', async () => {
  let asked = 0
  const options = {
    get onProgress() {
      asked++
      return undefined
    },
  }
  await (await openModel(demoFile, options as never)).dispose()
  expect(asked).toBe(1)
})

test('more threads than help are refused, with the number of cores', async () => {
  const made = model.createContext({ cells: 256, threads: 512 })
  await expect(made).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
    message: expect.stringMatching(/threads is 512; expected at most \d+, four for each of the \d+ cores/),
  })
})
