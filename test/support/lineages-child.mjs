// Lets go of a lineage, and tells what its cells became; once more after an engine was collected that had not been told
// yet of a lineage collected before it. Run with --expose-gc, in a process of its own: what a collector tells late or
// never in one that others have used says nothing of this library. Prints one JSON line.
import { register } from 'node:module'

register('../fuzz/typescript-hook.mjs', import.meta.url)
const { openOracle, requestFor, tokensOf } = await import('./oracle-engine.ts')

const turn = () => new Promise((resolve) => setImmediate(resolve))
const tokens = tokensOf(60)
const [from, until] = [10, 30]

/** In a function of its own: nothing of it is on the stack when the collector runs. */
async function shift(engine) {
  const lineage = await engine.shift({ tokens, from, until, lineage: null, signal: null })
  const short = tokens.filter((_, index) => index < from || index >= until)
  await engine.generate(requestFor(short, 5, { lineage }))
}

async function cellsOf() {
  const { context, engine } = openOracle()
  const { pin } = await engine.pin(tokens, null)
  await shift(engine)
  const held = context.cellsUsed
  // Few and bounded: a collection takes as long as the heap is large.
  for (let round = 0; round < 20 && context.cellsUsed > tokens.length; round++) {
    await turn()
    globalThis.gc()
    await turn()
    await engine.settled()
  }
  const { leasesHeld, cellsLive } = engine.occupancy
  const left = context.cellsUsed
  pin.dispose()
  engine.checkIntegrity()
  return { held, left, leasesHeld, cellsLive }
}

/** Holds an engine for the last time. */
const last = {}
async function shiftedEngine() {
  last.engine = openOracle().engine
  await shift(last.engine)
  return new WeakRef(last.engine)
}

const first = await cellsOf()
const ref = await shiftedEngine()
await turn()
// The lineage, and then its engine, without a turn in between in which anybody could be told.
globalThis.gc()
last.engine = null
globalThis.gc()
await turn()
const engine = ref.deref() === undefined ? 'collected' : 'held'
console.log(JSON.stringify({ first, engine, second: await cellsOf() }))
