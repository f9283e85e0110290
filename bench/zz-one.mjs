import { gen, load, prompt } from 'espalier'
const model = await load(process.argv[2] === 'demo' ? undefined : process.argv[2], { threads: 2, gpu: false, guess: 'off', hostBytesMax: 0 })
const N = Number(process.argv[3])
for (let r = 0; r < 3; r++) {
  const b = model.stats(), t = performance.now()
  await model.run(prompt`Text ${String(r)}: ${gen('x', { tokensMax: N, tokensMin: N })}`, {}, { temperature: 0.8, seed: 3 })
  const a = model.stats(), w = performance.now() - t
  if (r) console.log(JSON.stringify({ ms: w.toFixed(1), decode: (a.decodeMs - b.decodeMs).toFixed(1), calls: a.decodeCalls - b.decodeCalls, perCall: ((a.decodeMs - b.decodeMs) / (a.decodeCalls - b.decodeCalls)).toFixed(3) }))
}
await model.dispose()
