// Makes every constraint of deep.ts, in the main thread or in a worker with a small stack, and prints what became of
// those that ended in neither a result nor an error of this library that says in one sentence how much was too much.
//   node deep-worker.mjs STACK_MB SIZE...
import { register } from 'node:module'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

if (isMainThread) {
  const [stackSizeMb, ...sizes] = process.argv.slice(2).map(Number)
  const worker = new Worker(new URL(import.meta.url), { workerData: sizes, resourceLimits: { stackSizeMb } })
  worker.on('error', (error) => console.log(JSON.stringify(`the worker ended: ${error}`)))
} else {
  register('../fuzz/typescript-hook.mjs', import.meta.url)
  const { deep } = await import('./deep.ts')
  const { compile } = await import('../../lib/constraint/constraint.ts')
  const { EspalierError } = await import('../../lib/base/errors.ts')
  const { createVocab } = await import('../../lib/native/native.ts')
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  const vocab = createVocab({ tokens: [...bytes, new Uint8Array()], special: [256], eog: [256] })
  // A list is as deep whatever its length: those are made as long as they get, and not in between.
  const isList = (name) => /many|for ever|of beginnings/.test(name)
  for (const size of workerData) {
    let made = 0
    for (const [name, make] of Object.entries(deep)) {
      if (size !== workerData.at(-1) && isList(name)) continue
      try {
        compile(make(size), vocab).matcher().mask()
      } catch (error) {
        const isTold =
          error instanceof EspalierError && /\d|itself/.test(error.message) && error.message.length < 1000
        if (!isTold) console.log(JSON.stringify(`${name}: ${error}`))
      }
      made += 1
    }
    console.log(JSON.stringify(`${size}: made ${made}`))
  }
}
