// Two contexts that compute now at once and now alone, so that each changes its threads again and again. Prints 'done'.
// Run with MALLOC_PERTURB_, glibc fills what is freed, and whoever still looks there ends the process or waits for
// ever.
//   node core-swaps.mjs MODEL THREADS SWAPS
import { openModel } from '../../dist/native/native.js'

const [file, threads, swaps] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const model = await openModel(file, { gpu: false })
const contexts = []
for (let made = 0; made < 2; made++) contexts.push(await model.createContext({ cells: 512, threads }))
const seen = new Set()
const draw = async (context, count) => {
  await context.clear()
  for (let at = 0; at < count; at++) await context.decode(0, Int32Array.of(100 + at))
  seen.add(context.threads)
}
for (let swap = 0; swap < swaps; swap++) {
  await Promise.all(contexts.map((context) => draw(context, 20)))
  // Longer than a context counts as computing after it rests.
  await new Promise((resolve) => setTimeout(resolve, 300))
  await draw(contexts[swap % 2], 2)
  await new Promise((resolve) => setTimeout(resolve, 300))
}
await model.dispose()
if (seen.size < 2) throw new Error(`no context changed its threads: ${[...seen]}`)
console.log('done')
