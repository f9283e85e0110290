// LMQL's packing list: a few items written by the model, each up to the end of its line. A check keeps the list free of
// repetitions; what it rejects is cut out of the cache and drawn anew.
import { gen, prompt } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const seen = (values) => Object.values(values).map((item) => item.toLowerCase())

const item = (name) =>
  gen(name, {
    tokensMax: 10,
    check: (text, { values }) =>
      !['sunglasses', ...seen(values)].includes(text.trim().toLowerCase()) || 'it is on the list already',
  })

const list = prompt`A list of things not to forget when going to the sea (not travelling):
- Sunglasses
- ${item('first')}
- ${item('second')}
- ${item('third')}
- ${item('fourth')}
`

export async function main(model, write) {
  const run = await model.run(list)
  write(run.text.trimEnd())
  const again = await model.run(list)
  write(`\nfirst run: ${showCost(costOf(run))}\nonce more: ${showCost(costOf(again))}`)
  return {
    items: Object.values(run.values),
    again: Object.values(again.values),
    cost: costOf(run),
    costAgain: costOf(again),
  }
}

await runProgram(import.meta.url, main)
