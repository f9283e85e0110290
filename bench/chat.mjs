// What a turn of a long conversation costs at turn 10 and at turn 200: tokens computed, and CPU time of the JavaScript
// thread. As text, and as messages, whose chat template is rendered for all of them in each turn. Leaves llama_decode
// out, whose rows attend to all cells before them. Exit code 1 where a late turn computes more than an early one, or
// takes far more of the JavaScript thread as text.
//   npm run build && node bench/chat.mjs [--turns 200] [--model file.gguf] [--smoke]
// Prints a checksum of the conversations' tokens.
import { parseArgs } from 'node:util'
import { assistant, gen, input, load, prompt, system, user } from 'espalier'
import { checksumOf } from './support/bench-text.mjs'
import { loopCpu } from './support/loop-cpu.mjs'

const { values: args } = parseArgs({
  options: {
    turns: { type: 'string', default: '200' },
    model: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
})
const turns = args.smoke ? 24 : Number(args.turns)
/** A late turn may take so many times what an early one does. */
const ratioMax = 1.5
/** Turns that are compared: so many around the tenth, and the last ones. */
const width = 8
const figures = ['micros', 'decoded', 'reused', 'calls']

const answer = gen('answer', { tokensMax: 16, stop: '\n' })
const kinds = {
  text: [prompt`A talk.\n`, prompt`User: ${input('question')}\nAssistant:${answer}\n`],
  messages: [
    prompt`${system`You are a helpful assistant.`}`,
    prompt`${user`${input('question')}`}${assistant`${answer}`}`,
  ],
}

const model = await load(args.model, { contextTokens: args.smoke ? 4096 : 32_768, threads: 1, gpu: false })

async function told([start, turn]) {
  let talk = await model.start(start)
  const seen = []
  for (let number = 1; number <= turns; number += 1) {
    const question = `Question number ${number}: what do you think of the red lamp?`
    const [cpu, began] = [loopCpu(), performance.now()]
    talk = await talk.extend(turn, { question })
    const micros = cpu === null ? (performance.now() - began) * 1000 : loopCpu() - cpu
    const { decoded, reused } = talk.ledger
    seen.push({ micros, decoded, reused, calls: talk.decodeCalls })
  }
  return { seen, tokens: talk.tokens }
}

function around(seen, from) {
  const some = seen.slice(from, from + width)
  const median = (name) => some.map((one) => one[name]).sort((a, b) => a - b)[width / 2]
  return Object.fromEntries(figures.map((name) => [name, Math.round(median(name))]))
}

const results = {}
const lists = []
const violations = []
for (const [kind, prompts] of Object.entries(kinds)) {
  const { seen, tokens } = await told(prompts)
  lists.push(tokens)
  const [early, late] = [around(seen, 10 - width / 2), around(seen, turns - width)]
  const ratio = Number((late.micros / early.micros).toFixed(2))
  results[kind] = { tokens: tokens.length, early, late, ratio }
  if (late.decoded > early.decoded * ratioMax)
    violations.push(`${kind}: a late turn computes ${late.decoded} tokens, an early one ${early.decoded}`)
  if (kind === 'text' && !args.smoke && ratio > ratioMax)
    violations.push(`${kind}: a late turn takes ${ratio} times an early one, at most ${ratioMax} is wanted`)
}
console.log(JSON.stringify({ turns, ...results, checksum: checksumOf(lists), violations }))
await model.dispose()
if (violations.length > 0) process.exitCode = 1
