// LMQL's review sentiment: the model analyses a review in its own words, then whole labels are scored after the
// analysis, which gives a distribution instead of one guess.
import { gen, input, prompt, select } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const classify = prompt`Review: ${input('review')}
Q: What is the underlying sentiment of this review and why?
A: ${gen('analysis', { tokensMax: 48 })}
Based on this, the overall sentiment of the message can be considered to be ${select(
  'sentiment',
  ['positive', 'neutral', 'negative'],
  { by: 'logprob', score: 'sum' },
)}.`

const reviews = [
  'We had a great stay. Hiking in the mountains was fabulous and the food is really good.',
  'The room was dirty and the staff were rude. What a bad hotel!',
]

export async function main(model, write) {
  const found = []
  const runs = []
  for (const review of reviews) {
    const run = await model.run(classify, { review })
    const { options } = run.choices.get('sentiment')
    const distribution = Object.fromEntries(options.map(({ option, probability }) => [option, probability]))
    found.push({ ...run.values, distribution })
    runs.push(run)
    write(`${review}\n  ${run.values.analysis}`)
    for (const [label, probability] of Object.entries(distribution)) {
      write(`  ${label.padEnd(9)} ${(probability * 100).toFixed(1).padStart(5)} %`)
    }
    write('')
  }
  const cost = costOf(...runs)
  write(showCost(cost))
  return { found, cost }
}

await runProgram(import.meta.url, main)
