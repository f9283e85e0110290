// Goal: compiling a large constraint gives turns to others, is done once for all who wait, and is nobody's failure but
// theirs. Method: constraints whose steps each take longer than a turn may.
import { choice } from '../../../lib/constraint/choice.js'
import { ConstraintError } from '../../../lib/constraint/constraint.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import { inSteps } from '../../../lib/constraint/steps.js'
import { ConstraintCache } from '../../../lib/engine/local/tokens/constraint-cache.js'
import type { NativeConstraint } from '../../../lib/native/addon.js'

const longerThanATurn = 12
const never = new AbortController().signal

/** A constraint of so many long steps, and how often it was begun. */
function slow(steps: number, end: () => void = () => undefined) {
  const begun = { count: 0 }
  const { lower, ...parts } = choice(['a'])
  const constraint = inSteps<Constraint>(parts, function* (builder) {
    begun.count += 1
    for (let step = 0; step < steps; step++) {
      for (const from = performance.now(); performance.now() - from < longerThanATurn; );
      yield
    }
    end()
    return lower(builder)
  })
  return { constraint, begun }
}

const cacheOf = () => {
  const made: object[] = []
  const cache = new ConstraintCache(() => {
    made.push({})
    return made.at(-1) as NativeConstraint
  })
  return { cache, made }
}

/** Turns of the event loop until the work has ended. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await work.finally(() => {
    isOver = true
  })
  return turns
}

test('others have a turn between two steps that take long', async () => {
  const { cache } = cacheOf()
  expect(await turnsDuring(cache.prepared(slow(8).constraint, never))).toBeGreaterThanOrEqual(7)
})

test('constraints that are compiled beside each other share the turns', async () => {
  const { cache } = cacheOf()
  const all = Array.from({ length: 4 }, () => cache.prepared(slow(3).constraint, never))
  expect(await turnsDuring(Promise.all(all))).toBeGreaterThanOrEqual(10)
})

test('whoever wants the same constraint waits for one compilation', async () => {
  const { cache, made } = cacheOf()
  const { constraint, begun } = slow(3)
  const all = await Promise.all([1, 2, 3].map(() => cache.prepared(constraint, never)))
  expect(new Set(all.map(({ native }) => native)).size).toBe(1)
  expect([made.length, begun.count]).toEqual([1, 1])
  expect(cache.get(constraint)).toBe(all[0])
})

test('an abort ends the waiting of one, and not of the others', async () => {
  const { cache, made } = cacheOf()
  const { constraint } = slow(4)
  const own = new AbortController()
  const first = cache.prepared(constraint, own.signal)
  const second = cache.prepared(constraint, never)
  own.abort(new Error('enough'))
  await expect(first).rejects.toMatchObject({ code: 'ABORTED' })
  expect((await second).native).toBe(made[0])
})

test('a failure is told to all who wait, and the next one tries again', async () => {
  const { cache } = cacheOf()
  let fails = true
  const { constraint, begun } = slow(2, () => {
    if (fails) throw new ConstraintError('CONSTRAINT_TOO_COMPLEX', 'too much')
  })
  for (const one of await Promise.allSettled([1, 2].map(() => cache.prepared(constraint, never)))) {
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'CONSTRAINT_TOO_COMPLEX' } })
  }
  fails = false
  expect((await cache.prepared(constraint, never)).fingerprint).toBe(cache.get(choice(['a'])).fingerprint)
  expect(begun.count).toBe(2)
})
