// A ReAct loop with tools: the model thinks, asks a tool, reads what it says, and goes on until it answers. The loop is
// plain JavaScript; every turn extends the transcript of the last one, so nothing is ever read twice.
import { gen, prompt, select } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const facts = new Map([
  ['the Amber Tower', 'The height of the Amber Tower is 312 metres.'],
  ['Lisbon', 'Lisbon is well known. Its number of bridges is 27 bridges.'],
])

const tools = {
  Search: (query) => facts.get(query) ?? `Nothing is known about ${query}.`,
  Calculator: (sum) => {
    const [a, b] = sum.split('+').map(Number)
    return Number.isFinite(a + b) ? String(a + b) : 'This is not a sum.'
  },
}
const turnsMax = 5

const think = prompt`
Thought: ${gen('thought', { tokensMax: 40, stop: '\n' })}
${select('next', ['Action', 'Final Answer'])}: `
const act = prompt`${select('tool', Object.keys(tools))}[${gen('query', { tokensMax: 20 })}]
Observation: `
const answer = prompt`${gen('answer', { tokensMax: 20, stop: '\n' })}`

async function solve(model, question, write) {
  const start = await model.run(prompt`Answer the question. You can use the tools Search and Calculator.

Question: ${question}`)
  const runs = [start]
  const calls = []
  const go = async (part) => {
    runs.push(await runs.at(-1).extend(part))
    return runs.at(-1).values
  }
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const { thought, next } = await go(think)
    write(`  thought      ${thought}`)
    if (next === 'Final Answer') {
      const { answer: said } = await go(answer)
      write(`  answer       ${said}`)
      return { question, answer: said, calls, runs }
    }
    const { tool, query } = await go(act)
    const observation = tools[tool](query)
    write(`  ${tool.padEnd(12)} ${query} -> ${observation}`)
    calls.push({ tool, query, observation })
    await go(prompt`${observation}`)
  }
  return { question, answer: null, calls, runs }
}

export async function main(model, write) {
  const solved = []
  for (const question of [
    'What is the number of bridges of Lisbon?',
    'What is the height of the Amber Tower plus 25?',
  ]) {
    write(question)
    solved.push(await solve(model, question, write))
  }
  const cost = costOf(...solved.flatMap(({ runs }) => runs))
  write(`\n${showCost(cost)}`)
  return { solved: solved.map(({ runs: _runs, ...found }) => found), cost }
}

await runProgram(import.meta.url, main)
