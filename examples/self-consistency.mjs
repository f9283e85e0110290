// Self-consistency: the same problem is reasoned through several times with some temperature, and the answer that comes
// up most often wins. The problem itself is computed once, and all paths are drawn in shared steps.
import { each, gen, integer, prompt, vote } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const question =
  'A train leaves with 93 people. At the first stop 47 get off and 38 get on. ' +
  'How many people are on the train?'
const problem = prompt`Question: ${question}
Reasoning: `
const count = 8

/** One way through; the literal after a hole ends it. */
const path = () => prompt`${gen('reasoning', { tokensMax: 40 })}
Answer: ${integer('answer', { min: 0, max: 999 })}`

const sampled = prompt`${problem}${each('paths', Array.from({ length: count }), path, { join: null })}`
// Where only the winner matters, this is all there is to write.
const decided = prompt`${problem}${vote(count, path())}`

function tally(paths) {
  const counts = new Map()
  for (const { answer } of paths) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

export async function main(model, write) {
  const options = { temperature: 1.2, seed: 2 }
  const run = await model.run(sampled, {}, options)
  for (const { reasoning, answer } of run.values.paths) write(`  ${reasoning} -> ${answer}`)
  const counts = tally(run.values.paths)
  write(`\n${counts.map(([answer, times]) => `${answer}: ${times} of ${count}`).join(', ')}`)
  const winner = await model.run(decided, {}, options)
  const [most] = winner.votes.get('answer').options.toSorted((a, b) => b.votes - a.votes)
  write(`vote(): ${winner.values.reasoning} -> ${winner.values.answer}, as ${most.votes} of ${count}`)
  const cost = costOf(run, winner)
  write(showCost(cost))
  return { counts, paths: run.values.paths, winner: winner.values, cost }
}

await runProgram(import.meta.url, main)
