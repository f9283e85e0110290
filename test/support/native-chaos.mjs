// Random calls of the native layer, right ones and wrong ones, at any time: plans with re-entrant or throwing getters,
// prototypes with throwing setters, disposal in the middle, interrupts, buffers that are taken away, workers that
// close. Decides what is called; a seed decides when. Every call must give a result or an error of this library, or
// the very error that the caller's own code threw.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { planMaker } from './chaos-plans.mjs'
import { randomBelow } from './random-below.mjs'

const contextsMax = 3
const matchersMax = 12

/** What a getter or a setter of ours throws; it may come back to us. */
class Mine extends Error {}

export async function openChaos({ root, seed, kinds: wanted = null, report }) {
  const from = (file) => import(pathToFileURL(path.join(root, 'build', 'modules', file)).href)
  const { openModel, createVocab } = await from('native/native.js')
  const constraints = await from('constraint/constraint.js')
  const { lowerConstraint } = await from('constraint/lower.js')
  const { EspalierError } = await from('base/errors.js')
  const demo = path.join(root, 'models', 'espalier-demo-q8_0.gguf')
  const next = randomBelow(seed)
  const state = { models: [], contexts: [], matchers: [], compiled: [], vocabs: [], pending: new Set() }
  const { chance, pick, odd, someTokens, sequenceOf, validPlan, spoil, someConstraint } = planMaker({
    next,
    state,
  })

  /** Counts the call and judges its end. */
  async function call(kind, work) {
    try {
      await work()
      report.counted(kind, 'value')
    } catch (error) {
      const isOurs = error instanceof EspalierError || error instanceof Mine
      const code = isOurs ? (error.code ?? 'thrown by the caller') : `${error?.name}: ${error?.message}`
      report.counted(kind, code)
      if (!isOurs) report.wrong(kind, code)
    }
  }

  /** Not awaited now, but judged when it ends. */
  function later(kind, work) {
    const pending = call(kind, work).finally(() => state.pending.delete(pending))
    state.pending.add(pending)
  }

  /** What a getter does while native code reads. */
  function reach(context) {
    return pick([
      () => void context.dispose().catch(() => null),
      () => void dropOne(state.models).catch(() => null),
      () => state.matchers.length > 0 && pick(state.matchers).dispose(),
      () => state.matchers.length > 0 && pick(state.matchers).rollback(0),
      () => later('step from a getter', () => context.step(validPlan(context))),
      () => context.interrupt(),
      () => context.abort(),
      () => globalThis.gc?.(),
      () => {
        throw new Mine('a getter threw')
      },
    ])
  }

  function guardedReach(context) {
    const act = reach(context)
    return () => {
      try {
        act()
      } catch (error) {
        if (error instanceof Mine) throw error
      }
    }
  }

  const names = [
    'kind',
    'code',
    'message',
    'status',
    'tokens',
    'stop',
    'generations',
    'first',
    'memory',
    'promise',
    '0',
  ]

  /** Runs `work` while a property of a prototype everybody has throws, or reaches back. */
  async function poisoned(work) {
    const prototype = pick([
      Object.prototype,
      Object.prototype,
      Error.prototype,
      Array.prototype,
      Int32Array.prototype,
    ])
    const name = pick(names)
    if (Object.getOwnPropertyDescriptor(prototype, name) !== undefined) return work()
    let isOn = true
    Object.defineProperty(prototype, name, {
      configurable: true,
      get: () => undefined,
      set(value) {
        if (isOn) throw new Mine('a setter threw')
        Object.defineProperty(this, name, { value, configurable: true, writable: true, enumerable: true })
      },
    })
    const off = () => {
      isOn = false
      delete prototype[name]
    }
    try {
      const result = work()
      if (chance(0.7)) off()
      return await result
    } finally {
      off()
    }
  }

  async function addContext() {
    const model = pick(state.models)
    if (model === undefined) return
    const options = { cells: pick([256, 512]), sequences: 1 + next(5), threads: chance(0.95) ? 1 : 2 }
    if (chance(0.5)) options.batch = 16 + next(64)
    if (chance(0.2)) options[pick(Object.keys(options))] = odd()
    const context = await model.createContext(options)
    if (state.contexts.length < contextsMax) state.contexts.push(context)
    else await context.dispose()
  }

  function compileSome() {
    const vocab = pick(state.vocabs)
    if (vocab === undefined) return
    const { words, bytes } = lowerConstraint(someConstraint(constraints))
    const limits = chance(0.1) ? { statesMax: 1 + next(50), fuelMax: 1 + next(5000) } : undefined
    let given = words
    if (chance(0.15)) {
      given = words.slice()
      given[next(given.length)] = pick([-1, 0, next(1000), 2 ** 31 - 1])
    }
    const compiled = vocab.compile(chance(0.03) ? odd() : given, chance(0.03) ? odd() : bytes, limits)
    state.compiled.push(compiled)
    if (state.compiled.length > 8) state.compiled.shift()
    addMatcher()
  }

  function addMatcher() {
    const compiled = pick(state.compiled)
    if (compiled === undefined) return
    const suffix = chance(0.3) ? Buffer.from('\nEnd') : chance(0.05) ? odd() : null
    state.matchers.push(compiled.matcher(chance(0.1) ? Buffer.from('ab') : undefined, suffix))
    if (state.matchers.length > matchersMax) state.matchers.shift()
  }

  const words = new Uint32Array(64)

  function matcherCall() {
    const matcher = pick(state.matchers)
    if (matcher === undefined) return addMatcher()
    pick([
      () => matcher.accept(chance(0.1) ? odd() : next(2048)),
      () => matcher.allows(next(2048)),
      () => matcher.mask(),
      () => matcher.mask(chance(0.2) ? odd() : words),
      () => matcher.forced(),
      () => matcher.canEnd(),
      () => matcher.isEnded(),
      () => matcher.valueLength() + matcher.suffixLength() + matcher.tokenCount(),
      () => matcher.rollback(chance(0.2) ? odd() : next(3)),
      () => state.matchers.length < matchersMax && state.matchers.push(matcher.fork()),
      () => chance(0.2) && matcher.dispose(),
    ])()
  }

  function vocabCall() {
    const vocab = pick(state.vocabs)
    if (vocab === undefined) return
    pick([
      () => vocab.tokenBytes(chance(0.2) ? odd() : next(2048)),
      () => vocab.isSpecial(next(2048)),
      () => vocab.isEog(chance(0.1) ? odd() : next(2048)),
      () =>
        vocab.tokenize(
          Uint8Array.from({ length: next(40) }, () => next(256)),
          { special: chance(0.5) },
        ),
      () => vocab.tokenize(chance(0.5) ? odd() : new Uint8Array(0)),
      () => vocab.canExtend(Uint8Array.from({ length: next(4) }, () => next(256))),
    ])()
  }

  function vocabOfBytes() {
    const tokens = Array.from({ length: 1 + next(40) }, (_, id) =>
      Uint8Array.of(id, ...(chance(0.3) ? [next(256)] : [])),
    )
    const description = {
      tokens,
      special: [next(41)],
      eog: [next(40)],
      bos: null,
      eos: next(40),
      addsBos: false,
    }
    if (chance(0.5)) spoil(description, (object, key) => (object[key] = odd()))
    if (chance(0.3)) {
      spoil(description, (object, key, value) =>
        Object.defineProperty(object, key, {
          get() {
            if (chance(0.5)) tokens.length = 0
            if (chance(0.3)) throw new Mine('a getter threw')
            return value
          },
        }),
      )
    }
    createVocab(description)
  }

  async function dropOne(list) {
    if (list.length === 0) return
    const [one] = list.splice(next(list.length), 1)
    await one.dispose()
  }

  /** Ends a worker that is busy in the layer; its environment closes with all that is open in it. */
  function closeWorker() {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./native-chaos-worker.mjs', import.meta.url), {
        workerData: { root, seed: next(1e9), calls: 20 + next(60) },
      })
      worker.on('error', reject)
      worker.on('exit', resolve)
      const wait = next(400)
      if (chance(0.7)) setTimeout(() => worker.terminate(), wait)
    })
  }

  const withContext = (work) => () => {
    const context = pick(state.contexts)
    return context === undefined ? addContext() : work(context)
  }

  const kinds = {
    step: [30, withContext((context) => context.step(validPlan(context)))],
    'spoilt step': [
      8,
      withContext((context) => {
        const plan = validPlan(context)
        spoil(plan, (object, key) => {
          object[key] = odd()
        })
        return context.step(chance(0.05) ? odd() : plan)
      }),
    ],
    're-entrant step': [
      6,
      withContext((context) => {
        const plan = validPlan(context)
        spoil(plan, (object, key, value) => {
          const act = guardedReach(context)
          Object.defineProperty(object, key, {
            enumerable: true,
            get() {
              act()
              return value
            },
          })
        })
        return context.step(plan)
      }),
    ],
    'buffers taken away': [
      2,
      withContext((context) => {
        const plan = validPlan(context)
        for (const { tokens } of plan.chunks)
          if (chance(0.5)) structuredClone(tokens, { transfer: [tokens.buffer] })
        return context.step(plan)
      }),
    ],
    'poisoned step': [4, withContext((context) => poisoned(() => context.step(validPlan(context))))],
    'poisoned error': [
      4,
      withContext((context) =>
        poisoned(() => pick([() => context.step(odd()), matcherCall, vocabCall, compileSome])()),
      ),
    ],
    'interrupted step': [
      4,
      withContext((context) => {
        later('step', () => context.step({ ...validPlan(context), decodesMax: 40 }))
        setTimeout(() => {
          try {
            if (chance(0.5)) context.interrupt()
            else context.abort()
          } catch {}
        }, next(4))
      }),
    ],
    'step let run': [4, withContext((context) => later('step', () => context.step(validPlan(context))))],
    operation: [
      6,
      withContext((context) =>
        pick([
          () => context.copy(sequenceOf(context), sequenceOf(context)),
          () => context.truncate(sequenceOf(context), next(20)),
          () => context.shift(sequenceOf(context), next(8), next(16)),
          () => context.clear(chance(0.5) ? undefined : sequenceOf(context)),
          () => context.decode(sequenceOf(context), someTokens(8)),
          () => context.logits(next(3)),
          () => context.positions(chance(0.2) ? odd() : sequenceOf(context)),
          () => context.interrupt(),
          () => context.abort(),
          () => context.capabilities.cells,
        ])(),
      ),
    ],
    compile: [8, compileSome],
    matcher: [20, matcherCall],
    vocabulary: [8, vocabCall],
    'vocabulary of bytes': [2, vocabOfBytes],
    'context made': [1, addContext],
    'context disposed': [0.5, () => dropOne(state.contexts)],
    'model opened': [
      0.3,
      async () => {
        const model = await openModel(chance(0.9) ? demo : odd(), {
          vocabOnly: chance(0.04),
          ...(chance(0.2) ? { draft: chance(0.9) ? demo : odd() } : {}),
          ...(chance(0.3) ? { signal: AbortSignal.timeout(next(10)) } : {}),
          ...(chance(0.3) ? { onProgress: () => chance(0.2) && globalThis.gc?.() } : {}),
        })
        if (model.parameters > 0 || chance(0.1)) state.models.push(model)
        state.vocabs.push(model.vocab)
        if (state.vocabs.length > 3) state.vocabs.shift()
        if (state.models.length > 2) await dropOne(state.models)
      },
    ],
    'model disposed': [0.1, () => dropOne(state.models)],
    collected: [0.5, () => globalThis.gc?.()],
    'worker closed': [0.05, closeWorker],
  }
  const chosen = Object.entries(kinds).filter(
    ([name]) => wanted === null || wanted.includes(name) || name === 'model opened',
  )
  const weights = chosen.map(([, [weight]]) => Math.round(weight * 100))
  const total = weights.reduce((sum, weight) => sum + weight, 0)

  /** What a getter or a worker's end disposed is called a few times more, and then no longer. */
  function forgetTheDead() {
    const lives = (ask) => {
      try {
        ask()
        return true
      } catch (error) {
        return error?.code !== 'DISPOSED'
      }
    }
    state.contexts = state.contexts.filter((context) => lives(() => context.positions(0)))
    state.vocabs = state.vocabs.filter((vocab) => lives(() => vocab.tokenize(Uint8Array.of(97))))
  }

  function choose() {
    let left = next(total)
    for (const [index, weight] of weights.entries()) {
      left -= weight
      if (left < 0) return chosen[index]
    }
    throw new Error('no kind has a weight')
  }

  await call('model opened', async () => {
    const model = await openModel(demo)
    state.models.push(model)
    state.vocabs.push(model.vocab)
  })

  return {
    async callOne() {
      if (chance(0.3)) forgetTheDead()
      if (state.models.length === 0) await call('model opened', kinds['model opened'][1])
      if (state.contexts.length === 0) await call('context made', addContext)
      const [name, [, work]] = choose()
      report.last(name)
      await call(name, work)
      // Mostly alone, so that most calls find nothing busy.
      const most = chance(0.8) ? 0 : 3
      while (state.pending.size > most) await Promise.race(state.pending)
    },
    async close() {
      await Promise.allSettled(state.pending)
      await Promise.allSettled(state.models.map((model) => model.dispose()))
    },
  }
}
