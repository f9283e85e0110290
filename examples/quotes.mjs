// Extraction with quotes: every claim stands beside the words of the source that it rests on, and those are copied,
// not written. `substring(source)` leaves the model nothing else to say, so no quote has to be searched and checked.
import { and, each, gen, hole, prompt, substring } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const reports = {
  kettle:
    'Hi, my name is Maria Silva. I ordered a kettle on March 3. It arrived with a broken lid. I am really upset, ' +
    'this was a birthday gift! Please send a replacement before Friday.',
  webcam:
    'Hello, I am writing about my webcam. My order number is ORD-3129. The parcel has not arrived yet. ' +
    'Whenever you have time, please reply.',
}
const topics = ['customer', 'product', 'problem', 'order']

/** A form that quotes this source: a capital letter begins a quote, the end of a sentence ends it. */
function formFor(source) {
  const quote = and(substring(source), /[A-Z][^.!]{5,}[.!]/)
  const claim = (topic) =>
    prompt`{"${topic}": "${gen('value', { tokensMax: 16 })}", "quote": "${hole('quote', quote)}"}`
  return prompt`Read the ticket and list what it says.

Ticket: ${source}

JSON:
${each('claims', topics, claim, { join: ',\n' })}`
}

export async function main(model, write) {
  const found = []
  const runs = []
  for (const [name, source] of Object.entries(reports)) {
    const run = await model.run(formFor(source))
    write(`${name}: ${source}`)
    for (const [index, { value, quote }] of run.values.claims.entries()) {
      write(`  ${topics[index].padEnd(8)} ${value.padEnd(14)} at ${source.indexOf(quote)}: "${quote}"`)
    }
    found.push({ source, claims: run.values.claims })
    runs.push(run)
  }
  const cost = costOf(...runs)
  write(`\n${showCost(cost)}`)
  return { found, cost }
}

await runProgram(import.meta.url, main)
