// A character sheet from one sentence: text, a number, a choice and a list, each under its own constraint.
import { gen, input, integer, prompt, select } from 'espalier'

const item = (name) => gen(name, { tokensMax: 12 })

export const sheet = prompt`The following is a character sheet for an RPG game in JSON format.
\`\`\`json
{
    "description": "${input('description')}",
    "name": "${gen('name', { tokensMax: 16 })}",
    "age": ${integer('age', { min: 16, max: 900 })},
    "armor": "${select('armor', ['leather', 'chainmail', 'plate', 'robe'])}",
    "weapon": "${gen('weapon', { tokensMax: 12 })}",
    "class": "${gen('class', { tokensMax: 12 })}",
    "mantra": "${gen('mantra', { tokensMax: 24 })}",
    "strength": ${integer('strength', { min: 1, max: 20 })},
    "items": ["${item('first')}", "${item('second')}", "${item('third')}"]
}
\`\`\`
`

export const description = 'Morag is a proud elf archer from the Amber Keep who protects the forest.'
