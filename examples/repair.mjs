// Repair: a check finds the first sum that is wrong, and the next attempt reads why before it writes. What it read is
// gone afterwards: the transcript is, token by token, that of a model which never erred. Where no attempt is right the
// least bad one is kept, the one that goes wrong latest, and `ends` says that it was rejected.
import { gen, integer, prompt } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const questions = [
  'Tom had 48 shells, lost 15 and found 24. How many shells does Tom have now?',
  'Tom had 97 shells, lost 58 and found 86. How many shells does Tom have now?',
  'Tom had 548 shells, lost 215 and found 324. How many shells does Tom have now?',
]

/** Every sum in a text has to be right; says where the first wrong result begins. */
function checkSums(text) {
  for (const match of text.matchAll(/(\d+) ([-+]) (\d+) = (\d+)/g)) {
    const [sum, left, sign, right, result] = match
    const value = sign === '+' ? Number(left) + Number(right) : left - right
    if (Number(result) === value) continue
    const from = match.index + sum.length - result.length
    return { from, reason: `${left} ${sign} ${right} = ${value}, not ${result}` }
  }
  return true
}

/** What a solution is asked with; `read` is told what an attempt reads beside the text. */
const formFor = (question, read) => prompt`Question: ${question}
Reasoning: ${gen('reasoning', {
  tokensMax: 60,
  retries: 3,
  check: checkSums,
  feedback: (reason) => {
    read(reason)
    return `${reason}. `
  },
  best: 'least bad',
})}
Answer: ${integer('answer', { min: 0, max: 9999 })}
`

async function solve(model, question) {
  const read = []
  const form = formFor(question, (reason) => read.push(reason))
  const run = await model.run(form)
  const { values, ends, trace } = run
  const undone = trace.flatMap(({ type, text, reason }) => (type === 'rollback' ? [{ text, reason }] : []))
  // The same with both values given: nothing is drawn, so nothing can be undone.
  const plain = await model.run(form, values)
  const tokens = [run, plain].map((one) => one.tokens.join())
  const isTraceless = run.text === plain.text && tokens[0] === tokens[1]
  const rejected = ends.get('reasoning').rejected ?? null
  return { run, solved: { question, ...values, text: run.text, read, undone, rejected, isTraceless } }
}

export async function main(model, write) {
  const runs = []
  const solutions = []
  for (const question of questions) {
    const { run, solved } = await solve(model, question)
    write(question)
    for (const { text, reason } of solved.undone) write(`  undone (${reason}): ${text}`)
    write(`  ${solved.reasoning} The answer is ${solved.answer}.`)
    if (solved.rejected !== null) write(`  kept as the least bad one: ${solved.rejected}`)
    write(`  ${solved.isTraceless ? 'no trace' : 'traces'} of what was read in between\n`)
    runs.push(run)
    solutions.push(solved)
  }
  const cost = costOf(...runs)
  write(showCost(cost))
  return { solutions, cost }
}

await runProgram(import.meta.url, main)
