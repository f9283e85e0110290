// What masks and draws cost beside llama_decode where the vocabulary is large: sixteen generations at once over
// 128,256 tokens, each under a JSON Schema of its own. Decides what is counted: wall time less what lies inside of
// llama_decode, for three ways to draw. Before it each schema is run once alone, so that all are compiled and begin in
// one step.
//   npm run build && npm run bench:masks -- [--draw greedy,plain,filtered] [--tokens 96] [--rounds 2] [--threads 2]
//     [--rows 16] [--model file.gguf] [--smoke]
// One JSON line for each way and round: times, their shares of llama_decode's, counts, a checksum of the texts. Where
// checksums differ the work was another one. `--smoke` is small, and on the demo model.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { json, load, prompt } from 'espalier'
import { wideModelPath } from '../scripts/bench-model.mjs'
import { checksumOf } from './support/bench-text.mjs'
import { schemas } from './support/mask-schemas.mjs'

const { values: args } = parseArgs({
  options: {
    draw: { type: 'string', default: 'greedy,plain,filtered' },
    tokens: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rows: { type: 'string', default: '16' },
    model: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
})
const tokensMax = Number(args.tokens ?? (args.smoke ? 12 : 96))
const ways = {
  greedy: { temperature: 0 },
  plain: { temperature: 0.8 },
  filtered: { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 },
}
const count = Math.min(Number(args.rows), schemas.length)

/** One list of records, longer than its tokens: all rows go on to the end, and the limit ends them. */
async function filled(model, { schema, number, round, tokensMax }, sampling) {
  const list = { type: 'array', items: schema, minItems: 1000 }
  try {
    await model.run(
      prompt`Records ${String(round)} of kind ${String(number)}:\n${json('list', list, { tokensMax })}`,
      {},
      sampling,
    )
  } catch (error) {
    if (error?.name === 'FillError') return error.partialText
    throw error
  }
  throw new Error(`List ${number} ended before its limit of ${tokensMax} tokens.`)
}

async function round(model, way, number) {
  const before = model.stats()
  const began = performance.now()
  const texts = await Promise.all(
    schemas
      .slice(0, count)
      .map((schema, at) =>
        filled(
          model,
          { schema, number: at, round: number, tokensMax },
          { ...ways[way], seed: 100 * number + at },
        ),
      ),
  )
  const wallMs = performance.now() - began
  const after = model.stats()
  const told = (key) => after[key] - before[key]
  const decodeMs = told('decodeMs')
  const inSteps = told('stepMs') - decodeMs
  const ms = (value) => Number(value.toFixed(1))
  const share = (value) => Number((value / decodeMs).toFixed(4))
  return {
    way,
    round: number,
    rows: told('rows'),
    decodeCalls: told('decodeCalls'),
    decodeMs: ms(decodeMs),
    inStepsMs: ms(inSteps),
    javascriptMs: ms(wallMs - decodeMs - inSteps),
    outsideToDecode: share(wallMs - decodeMs),
    inStepsToDecode: share(inSteps),
    microsPerRow: ms((inSteps * 1000) / told('rows')),
    checksum: checksumOf(texts.map((text) => [text])),
  }
}

const file = args.model ?? (args.smoke ? undefined : wideModelPath())
for (const way of args.draw.split(',')) {
  // A model for each: what was compiled or cached for one way is not there for the next. Guesses would make the calls
  // depend on times, and parks the places of cells.
  const model = await load(file, {
    threads: Number(args.threads),
    gpu: false,
    guess: 'off',
    hostBytesMax: 0,
  })
  for (const [number, schema] of schemas.slice(0, count).entries()) {
    await filled(model, { schema, number, round: 0, tokensMax: 1 }, ways[way])
  }
  for (let number = 1; number <= Number(args.rounds); number++) {
    console.log(JSON.stringify({ generations: count, tokensMax, ...(await round(model, way, number)) }))
  }
  await model.dispose()
}
