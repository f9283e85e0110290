// Few-shot classification with the whole distribution. The examples are computed once; every review's labels are
// scored as whole options in one batch, so the answer comes with a probability for each label and a margin.
import { each, prompt, select } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const examples = [
  ['The room was lovely and the staff were very kind.', 'positive'],
  ['The soup was cold and the waiter was rude.', 'negative'],
  ['The film is two hours long.', 'neutral'],
  ['We loved the view. The breakfast is really good.', 'positive'],
  ['The battery was terrible. What a bad phone!', 'negative'],
]
const reviews = [
  'We had a wonderful stay. The beds were comfortable.',
  'The service was awful and I hated the food.',
  'The screen could be much better.',
  'Not a single bad thing about the acting.',
  'The pool was neither good nor bad.',
]
const labels = ['positive', 'neutral', 'negative']

const shots = examples.map(([review, label]) => `Review: ${review}\nSentiment: ${label}\n\n`).join('')
const classify = prompt`Classify the sentiment of the review as positive, neutral, negative.

${shots}${each(
  'answers',
  reviews,
  (review) =>
    prompt`Review: ${review}\nSentiment: ${select('label', labels, { by: 'logprob', score: 'sum' })}\n`,
  { join: null },
)}`

export async function main(model, write) {
  const run = await model.run(classify)
  const answers = reviews.map((review, index) => {
    const { options, margin } = run.choices.get(`answers[${index}].label`)
    const distribution = Object.fromEntries(options.map(({ option, probability }) => [option, probability]))
    return { review, label: run.values.answers[index].label, margin, distribution }
  })
  for (const { review, label, margin, distribution } of answers) {
    write(review)
    for (const [option, probability] of Object.entries(distribution)) {
      const bar = '#'.repeat(Math.round(probability * 40))
      write(
        `  ${option === label ? '>' : ' '} ${option.padEnd(8)} ${probability.toFixed(3)} ${bar}`.trimEnd(),
      )
    }
    write(`    margin   ${margin.toFixed(3)}\n`)
  }
  const cost = costOf(run)
  write(showCost(cost))
  return { answers, cost }
}

await runProgram(import.meta.url, main)
