// Opens an engine on the oracle, does a little of everything, lets go of it, and tells what the collector left. Run
// with --expose-gc; prints one JSON line.
import { register } from 'node:module'

register('../fuzz/typescript-hook.mjs', import.meta.url)
const { openOracle, requestFor, tokensOf } = await import('./oracle-engine.ts')
const { oracleVocabulary } = await import('./oracle-vocabulary.ts')
const boundary = await import('../../lib/engine/local/tokens/boundary.ts')

/** Lives longer than all engines, as a server's own signal does. */
const controller = new AbortController()
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function use() {
  const vocabulary = { ...oracleVocabulary }
  const { context, engine } = openOracle({ cells: 300, failStep: 9 }, { vocabulary })
  const { signal } = controller
  boundary.openHole(vocabulary, tokensOf(20))
  for (let salt = 0; salt < 8; salt++) {
    await engine.generate(requestFor(tokensOf(60, salt), 4, { signal })).catch(() => undefined)
    await engine
      .score({ tokens: tokensOf(30, salt), continuations: [tokensOf(3)], signal })
      .catch(() => undefined)
    await engine
      .shift({ tokens: tokensOf(60, salt), from: 5, until: 9, lineage: null, signal })
      .catch(() => undefined)
    const pinned = await engine.pin(tokensOf(9, salt), signal).catch(() => undefined)
    if (salt % 2 === 0) pinned?.pin.dispose()
  }
  const own = new AbortController()
  const running = engine
    .generate(requestFor(tokensOf(60, 99), 40, { signal: own.signal }))
    .catch(() => undefined)
  await turn()
  own.abort()
  await running
  return { engine: new WeakRef(engine), context: new WeakRef(context), vocabulary: new WeakRef(vocabulary) }
}

const refs = await use()
for (let round = 0; round < 20; round++) {
  await turn()
  globalThis.gc()
}
const told = (ref) => (ref.deref() === undefined ? 'collected' : 'held')
console.log(JSON.stringify(Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, told(ref)]))))
