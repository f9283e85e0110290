// Skeleton first, then everything at once: the model lists the heroes of a story book, and their stories are written
// side by side. One story takes as many steps as the longest of them, and what their prompts share is computed once.
import { assistant, checked, gen, prompt, regex, repeat, user } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const list = prompt`A list of animals:\n${repeat('heroes', prompt`- ${regex('animal', /[a-z]{3,12}/)}\n`, {
  min: 3,
  max: 3,
})}`

/** No two stories about the same animal. */
const skeleton = checked(list, ({ heroes }) => {
  const animals = heroes.map(({ animal }) => animal)
  return new Set(animals).size === animals.length || `${animals.join(', ')}: one of them comes twice`
})

const story = (animal) =>
  prompt`${user`Tell me a short story about a brave little ${animal}.`}${assistant`${gen('text', {
    tokensMax: 160,
  })}`}`

export async function main(model, write) {
  const plan = await model.run(skeleton)
  const animals = plan.values.heroes.map(({ animal }) => animal)
  const runs = await Promise.all(
    animals.map((animal, index) => model.run(story(animal), {}, { temperature: 0.5, seed: index })),
  )
  const stories = runs.map(({ values }, index) => ({ animal: animals[index], text: values.text }))
  for (const { animal, text } of stories) write(`The ${animal}\n  ${text}\n`)
  const cost = costOf(plan, ...runs)
  write(showCost(cost))
  return { stories, cost }
}

await runProgram(import.meta.url, main)
