// Tree of thought over a word problem: two first steps, two second steps after each, an answer at every leaf. The
// branches are forks of one cached sequence and run in shared steps; what they have in common is computed once. A path
// counts where its sums are right and follow from each other; the answers of those paths vote.
import { branches, gen, integer, prompt } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const question = 'Tom had 48 shells, lost 15 and found 24. How many shells does Tom have now?'
const depth = 2

/** Thoughts from here down to the answers. */
function think(level) {
  if (level === depth) return prompt`\nAnswer: ${integer('answer', { min: 0, max: 999 })}`
  const thought = () => prompt`\n- ${gen('step', { tokensMax: 24, stop: '\n' })}${think(level + 1)}`
  return prompt`${branches({ left: thought(), right: thought() }, { join: null })}`
}

const tree = prompt`Question: ${question}${think(0)}`

/** The result of a step like "48 - 15 = 33"; null where it is no sum or a wrong one. */
function resultOf(step) {
  const sum = /^(\d+) ([-+*]) (\d+) = (\d+)/.exec(step)
  if (sum === null) return null
  const [a, b, result] = [sum[1], sum[3], sum[4]].map(Number)
  return { '+': a + b, '-': a - b, '*': a * b }[sum[2]] === result ? result : null
}

/** Whether every sum is right and goes on from the one before it. */
function isSound(steps, answer) {
  let last = null
  for (const step of steps) {
    if (last !== null && !step.startsWith(`${last} `)) return false
    last = resultOf(step)
    if (last === null) return false
  }
  return last === answer
}

/** Every path from the root to an answer. */
function paths(values, steps = []) {
  if ('answer' in values) return [{ steps, answer: values.answer, isSound: isSound(steps, values.answer) }]
  return Object.values(values).flatMap(({ step, ...below }) => paths(below, [...steps, step]))
}

function vote(answers) {
  const counts = new Map()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

export async function main(model, write) {
  const run = await model.run(tree, {}, { temperature: 1.5, seed: 5 })
  const leaves = paths(run.values)
  write(question)
  for (const { steps, answer, isSound } of leaves) {
    write(`  ${isSound ? 'ok ' : 'bad'} ${steps.join(' | ')} -> ${answer}`)
  }
  const answer = vote(leaves.filter(({ isSound }) => isSound).map((leaf) => leaf.answer))
  const cost = costOf(run)
  write(`\nAnswer: ${answer}\n${showCost(cost)}`)
  return { leaves, answer, cost }
}

await runProgram(import.meta.url, main)
