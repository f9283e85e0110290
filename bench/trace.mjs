// @ts-check
// What a recording costs: the same programs with one and without, turn by turn in one process, on a model of 135M
// parameters with random weights. Equal checksums of the tokens, or the figures mean nothing. Needs a build.
//
//   node bench/trace.mjs [--json] [--smoke] [--pairs 15]
//
// --smoke: small sizes on the demo model, for tests.
import { parseArgs } from 'node:util'
import { branches, gen, input, json, load, prompt, select } from '../dist/index.js'
import { benchModelPath } from '../scripts/bench-model.mjs'
import { checksumOf } from './support/bench-text.mjs'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    pairs: { type: 'string' },
  },
})
const pairs = Number(flags.pairs ?? (flags.smoke ? 1 : 15))
const length = flags.smoke ? 6 : 48
const text = 'The lid of the jar is broken and the seal has gone. '.repeat(flags.smoke ? 2 : 12)

const schema = {
  type: 'object',
  properties: {
    product: { enum: ['jar', 'lid', 'box'] },
    count: { type: 'integer', minimum: 0, maximum: 99 },
    note: { type: 'string', maxLength: flags.smoke ? 4 : 24 },
  },
  required: ['product', 'count', 'note'],
  additionalProperties: false,
}
const ticket = prompt`Ticket: ${input('ticket')}\n`
const programs = {
  'free text': prompt`${ticket}Answer: ${gen('answer', { tokensMax: length })}`,
  'json and choices': prompt`${ticket}${json('facts', schema)}\nUrgency: ${select('urgency', ['low', 'high'])}\n`,
  'eight branches': prompt`${ticket}${branches(
    Object.fromEntries(
      Array.from({ length: flags.smoke ? 2 : 8 }, (_, index) => [
        `b${index}`,
        prompt`View ${String(index)}: ${gen('view', { tokensMax: Math.ceil(length / 3) })}`,
      ]),
    ),
  )}`,
}

const model = await load(flags.smoke ? undefined : benchModelPath(), { guess: 'off' })
/** @param {import('espalier').Prompt<any, any, any, any>} program @param {'recorded' | 'plain'} how */
async function once(program, how) {
  const recording = how === 'recorded' ? model.record() : null
  const cpu = process.cpuUsage()
  const began = performance.now()
  const run = await model.run(program, { ticket: text }, { seed: 7, temperature: 0.8, fresh: true })
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const trace = recording?.stop() ?? null
  return { ms, cpu: (user + system) / 1000, tokens: run.tokens, drawn: run.ledger.sampled, trace }
}

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const results = []
for (const [name, program] of Object.entries(programs)) {
  await once(program, 'plain')
  await once(program, 'recorded')
  const wall = []
  const cpu = []
  const sums = new Set()
  let bytes = 0
  let drawn = 0
  for (let pair = 0; pair < pairs; pair++) {
    const isRecordedFirst = pair % 2 === 0
    const first = await once(program, isRecordedFirst ? 'recorded' : 'plain')
    const second = await once(program, isRecordedFirst ? 'plain' : 'recorded')
    const [recorded, plain] = isRecordedFirst ? [first, second] : [second, first]
    wall.push(recorded.ms / plain.ms)
    cpu.push(recorded.cpu / plain.cpu)
    sums.add(checksumOf([recorded.tokens]))
    sums.add(checksumOf([plain.tokens]))
    bytes = JSON.stringify(recorded.trace).length
    drawn = recorded.drawn
  }
  results.push({
    name,
    pairs,
    wallRatio: median(wall),
    cpuRatio: median(cpu),
    drawn,
    traceBytes: bytes,
    checksums: [...sums],
  })
}
await model.dispose()
if (flags.json) console.log(JSON.stringify(results))
else {
  for (const { name, wallRatio, cpuRatio, drawn, traceBytes, checksums } of results) {
    console.log(
      `${name.padEnd(18)} wall ${wallRatio.toFixed(4)}  CPU ${cpuRatio.toFixed(4)}  ${drawn} drawn, ` +
        `${traceBytes} bytes of trace, checksum ${checksums.join(' and ')}`,
    )
  }
}
