// A party of three for a role-playing game: one character sheet for each description, filled side by side. Every key
// and quote is known beforehand, so the model draws values only; how many items there are, it decides itself.
import { each, gen, integer, prompt, repeat, select } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const descriptions = [
  'A quick and nimble fighter.',
  'An old and clever gnome wizard from the Amber Tower who studies the stars.',
  'Morag is a mighty orc barbarian who fears nothing.',
]

const items = repeat('items', prompt`"${gen('item', { tokensMax: 8 })}"`, { min: 3, max: 5, separator: ', ' })

const sheet = (description) => prompt`
\`\`\`json
{
    "description": "${description}",
    "name": "${gen('name', { tokensMax: 12 })}",
    "age": ${integer('age', { min: 16, max: 140 })},
    "armor": "${select('armor', ['leather', 'chainmail', 'plate', 'robe'])}",
    "weapon": "${select('weapon', ['sword', 'axe', 'mace', 'spear', 'bow', 'crossbow', 'dagger', 'staff', 'wand'])}",
    "class": "${gen('class', { tokensMax: 8 })}",
    "mantra": "${gen('mantra', { tokensMax: 16 })}",
    "strength": ${integer('strength', { min: 1, max: 20 })},
    "items": [${items}]
}
\`\`\``

const party = prompt`The following is a character profile for an RPG game in JSON format.${each(
  'heroes',
  descriptions,
  sheet,
  { join: null },
)}`

export async function main(model, write) {
  const run = await model.run(party)
  for (const [index, hero] of run.values.heroes.entries()) {
    write(`${hero.name}, ${hero.age}, ${hero.class}: ${descriptions[index]}`)
    write(`  ${hero.armor} and ${hero.weapon}, strength ${hero.strength}, "${hero.mantra}"`)
    write(`  carries ${hero.items.map(({ item }) => item).join(', ')}\n`)
  }
  const cost = costOf(run)
  write(
    `${showCost(cost)}; ${run.ledger.prefilled + run.ledger.forced} tokens known, ${run.ledger.sampled} drawn`,
  )
  return { heroes: run.values.heroes, ledger: run.ledger, cost }
}

await runProgram(import.meta.url, main)
