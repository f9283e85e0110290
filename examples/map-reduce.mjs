// Map-reduce over a document: the facts of every paragraph are extracted side by side, joined to a short text, and a
// question is answered over that text instead of the document.
import { each, gen, integer, prompt } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const paragraphs = [
  'Elena Rossi is 41 years old and works as dentist in Porto. Hobbies: chess and sailing.',
  'Meet Hugo Berg, baker from Oslo. At 29, Hugo still loves climbing and pottery.',
  'I am Amina Haddad, I am 35 and live in Lyon. I work as pilot and like tennis and baking.',
  'Kofi Mensah, 62, farmer from Accra, enjoys fishing and singing.',
]
const question = 'Who lives in Oslo?'

const extract = (paragraph) => prompt`Person: ${paragraph}

Name: ${gen('name', { tokensMax: 12 })}
Age: ${integer('age', { min: 1, max: 120 })}
Job: ${gen('job', { tokensMax: 8 })}
City: ${gen('city', { tokensMax: 8 })}
`

const people = each('people', paragraphs, extract, { join: null })
const map = prompt`Extract name, age, job, city from the text.\n\n${people}`

const reduce = (
  people,
) => prompt`Text: ${people.map(({ name, city }) => `${name} lives in ${city}.`).join(' ')}

Question: ${question}
Answer: ${gen('answer', { tokensMax: 12, stop: '\n' })}`

export async function main(model, write) {
  const mapped = await model.run(map)
  const { people } = mapped.values
  for (const { name, age, job, city } of people) write(`${name}, ${age}, ${job} in ${city}`)
  const reduced = await model.run(reduce(people))
  write(`\n${question} ${reduced.values.answer}`)
  const cost = costOf(mapped, reduced)
  write(showCost(cost))
  return { people, answer: reduced.values.answer, cost }
}

await runProgram(import.meta.url, main)
