// An agent with three tools: the model calls them in its own chat template's syntax, with arguments that are valid for
// their schemas, and answers when it knows enough. What a tool throws is shown to the model.
import { gen, prompt, system, tool, tools, user } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const heights = new Map([
  ['Amber Tower', 312],
  ['Birch Bridge', 48],
])
const place = {
  type: 'object',
  properties: { place: { enum: [...heights.keys(), 'Cedar Hall'] } },
  required: ['place'],
}
const number = { type: 'integer', minimum: 0, maximum: 999 }
const pair = { type: 'object', properties: { a: number, b: number }, required: ['a', 'b'] }
const none = { type: 'object', properties: {} }
const closed = (schema) => ({ ...schema, additionalProperties: false })

const height = tool(
  closed(place),
  ({ place }) => {
    const metres = heights.get(place)
    if (metres === undefined) throw new Error(`nothing is known about ${place}`)
    return { place, metres }
  },
  { description: 'The height of a place in metres.' },
)
const add = tool(closed(pair), ({ a, b }) => a + b, { description: 'The sum of two numbers.' })
const places = tool(closed(none), async () => [...heights.keys()], {
  description: 'All places that are known.',
})

const agent = prompt`${system`Answer in one sentence. Use the tools.`}${user`How high is the Amber Tower?`}${tools(
  { height, add, places },
  { answer: gen('answer', { tokensMax: 16, temperature: 0 }), roundsMax: 3, tokensMax: 40 },
)}`

export async function main(model, write) {
  const runs = []
  const agents = []
  // The demo model has never seen a tool: so hot it calls at random, with other seeds another way.
  for (const seed of [1, 4, 6, 8]) {
    const run = await model.run(agent, {}, { seed, temperature: 20 })
    runs.push(run)
    write(`agent ${seed}`)
    for (const { tool, arguments: given, result, error } of run.values.calls) {
      write(`  ${tool}(${JSON.stringify(given)}) -> ${error ?? JSON.stringify(result)}`)
    }
    write(`  ${run.values.answer}`)
    agents.push(run.values)
  }
  const cost = costOf(...runs)
  write(`\n${showCost(cost)}`)
  return { agents, cost }
}

await runProgram(import.meta.url, main)
