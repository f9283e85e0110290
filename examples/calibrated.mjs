// Classification with probabilities that mean something: whole labels are scored, once as they are and once against
// what the model likes where it knows nothing; then labels are drawn by chance, exactly and under a mask, and
// `distortion` tells how far the mask pushed the model from what it wanted to write.
import { input, prompt, select } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const labels = ['positive', 'neutral', 'negative']
const reviews = [
  'We had a wonderful stay. The beds were comfortable.',
  'The service was awful and I hated the food.',
  'The screen could be much better.',
  'The pool was neither good nor bad.',
  'The film is two hours long.',
  'Not a single bad thing about the acting.',
]

const question = prompt`Review: ${input('review')}\nMood: `
const asked = (options, settings) => prompt`${question}${select('mood', options, settings)}\n`
const scored = asked(labels, { by: 'logprob', score: 'sum' })
// The same with 'N/A' as the review says which label wins where nothing speaks for it; that is taken off.
const calibrated = asked(labels, { by: 'logprob', score: 'sum', calibrate: true })

function told({ values, choices }) {
  const { options, margin } = choices.get('mood')
  const distribution = Object.fromEntries(options.map(({ option, probability }) => [option, probability]))
  return { mood: values.mood, margin, distribution }
}

async function classify(model, write) {
  const answers = []
  const runs = []
  for (const review of reviews) {
    const both = [await model.run(scored, { review }), await model.run(calibrated, { review })]
    const [plain, best] = both.map(told)
    write(review)
    for (const [how, { mood, margin, distribution }] of [
      ['as it is', plain],
      ['calibrated', best],
    ]) {
      const shares = labels.map((label) => `${label} ${distribution[label].toFixed(3)}`).join('  ')
      write(`  ${how.padEnd(10)}  ${shares}  -> ${mood}, margin ${margin.toFixed(3)}`)
    }
    answers.push({ review, plain, calibrated: best })
    runs.push(...both)
  }
  return { answers, runs }
}

const seeds = Array.from({ length: 100 }, (_, seed) => seed)
const shareOf = (runs, option) => runs.filter(({ values }) => values.mood === option).length / runs.length

/** The same options drawn with many seeds: as the model's own distribution has them, and token by token. */
async function draw(model, write, review, options) {
  const drawn = (form, settings) =>
    Promise.all(seeds.map((seed) => model.run(form, { review }, { ...settings, seed })))
  const exact = await drawn(asked(options, { by: 'logprob', draw: 'exact' }))
  const masked = await drawn(asked(options), { temperature: 1, logprobs: 1 })
  const { distribution } = told(exact[0])
  const rows = options.map((option) => ({
    option,
    probability: distribution[option],
    exact: shareOf(exact, option),
    masked: shareOf(masked, option),
  }))
  const distortion = Math.min(...masked.map((run) => run.distortion('mood')))
  write(`\n${review} ${seeds.length} draws of ${options.join(', ')}:`)
  for (const { option, probability, exact, masked } of rows) {
    const shares = [probability, exact, masked].map((share) => share.toFixed(2))
    write(
      `  ${option.padEnd(8)}  probability ${shares[0]}, drawn exactly ${shares[1]}, under a mask ${shares[2]}`,
    )
  }
  write(`  distortion down to ${distortion.toFixed(2)}`)
  return { drawn: { rows, distortion }, runs: [...exact, ...masked] }
}

export async function main(model, write) {
  const { answers, runs } = await classify(model, write)
  // Words it knows for moods, and words it would not have written there: only these are bent by the mask.
  const usual = await draw(model, write, reviews[0], labels)
  const unusual = await draw(model, write, reviews[0], ['good', 'great', 'bad', 'boring'])
  const cost = costOf(...runs, ...usual.runs, ...unusual.runs)
  write(`\n${showCost(cost)}`)
  return { answers, usual: usual.drawn, unusual: unusual.drawn, cost }
}

await runProgram(import.meta.url, main)
