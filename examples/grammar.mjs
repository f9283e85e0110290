// Sums in brackets, as deep as the model likes: a grammar that holds itself, with captures that say what stands where.
// The model writes what to compute, with numbers of the question only; the program computes it.
import { capture, hole, or, prompt, recursive, seq } from 'espalier'
import { choice } from 'espalier/constraint'
import { costOf, runProgram, showCost } from './program.mjs'

const operations = { '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b }
const sign = choice(Object.keys(operations))

/** Two terms and a sign; the value is { left, sign, right }. */
const operation = (left, right) =>
  seq(capture('left', left), ' ', capture('sign', sign), ' ', capture('right', right))

export function grammarOf(question) {
  const number = choice(question.match(/\d+/g))
  // Holds itself on both sides. Captures within a recursion are lists, and an inner bracket is captured as text.
  const bracket = recursive((self) => seq('(', operation(or(number, self), or(number, self)), ')'))
  return { bracket, sum: operation(bracket, or(capture('number', number), bracket)) }
}

/** What a term comes to: the text of a number or a bracket, or what was captured of either. */
export function compute(term, bracket) {
  if (typeof term === 'string')
    return term.startsWith('(') ? compute(bracket.parse(term), bracket) : Number(term)
  if (term.number !== undefined) return compute(term.number, bracket)
  const [left, sign, right] = [term.left, term.sign, term.right].flat()
  return operations[sign](compute(left, bracket), compute(right, bracket))
}

const questions = [
  'Tom had 48 shells, lost 15 and found 24. How many shells does Tom have now?',
  'A train leaves with 93 people. At the first stop 47 get off and 38 get on. How many people are on the train?',
]

export async function main(model, write) {
  const sums = []
  const runs = []
  for (const question of questions) {
    const { sum, bracket } = grammarOf(question)
    const form = prompt`Question: ${question}\nReasoning: ${hole('sum', sum, { tokensMax: 60 })}\n`
    const run = await model.run(form, {}, { temperature: 1, seed: 5 })
    const { text } = run.trace.find(({ type, hole }) => type === 'hole-end' && hole === 'sum')
    const value = compute(run.values.sum, bracket)
    write(`${question}\n  ${text} = ${value}`)
    sums.push({ text, captured: run.values.sum, value })
    runs.push(run)
  }
  const cost = costOf(...runs)
  write(showCost(cost))
  return { sums, cost }
}

await runProgram(import.meta.url, main)
