// @ts-check
// What the demo model is recorded at for pictures of a trace's page: the usual programs, and states that are seldom
// seen. Decides seeds, so that a picture is the same one each time.
import {
  assistant,
  bestOf,
  branches,
  each,
  gen,
  input,
  integer,
  load,
  prompt,
  regex,
  select,
  system,
  user,
  vote,
} from 'espalier'

/** @typedef {import('espalier').Model} Model */
/** @typedef {import('espalier').Trace} Trace */

const ticket =
  'Hello, my name is Nora Jensen. The blender (order 59302) stopped working after two weeks. I am very angry. ' +
  '<script>alert("pwned")</script>'

/** @param {Model} model */
async function triage(model) {
  const isCopied = (/** @type {string} */ value) =>
    ticket.includes(value) || `${JSON.stringify(value)} is not in the ticket`
  const admitsNothing = (/** @type {string} */ reply) =>
    /sorry|apolog/i.test(reply) ? { from: reply.indexOf(',') + 1, reason: 'it admits guilt' } : true
  const isUrgent = (/** @type {string} */ value) =>
    value === 'high' || `${value}: but the customer is very angry`
  const form = prompt`Read the support ticket and fill in the form.

Ticket: ${input('ticket')}

Customer: ${gen('customer', { tokensMax: 20, check: isCopied })}
Order id: ${regex('order', /[A-Z0-9-]{4,12}/, { check: isCopied })}
Category: ${select('category', ['shipping', 'billing', 'refund', 'defect', 'question'], { by: 'logprob' })}
Urgency: ${select('urgency', ['low', 'medium', 'high'], { check: isUrgent })}
Reply: ${gen('reply', { tokensMax: 60, checkEvery: 'word', retries: 8, check: admitsNothing })}
`
  await model.run(form, { ticket })
}

/** @param {Model} model */
async function treeOfThought(model) {
  const question = 'Tom had 48 shells, lost 15 and found 24. How many shells does Tom have now?'
  /** @param {number} level @returns {import('espalier').Prompt} */
  const think = (level) => {
    if (level === 2) {
      const sure = select('sure', ['yes', 'no'], { by: 'logprob' })
      return prompt`\nAnswer: ${integer('answer', { min: 0, max: 999 })}\nSure: ${sure}`
    }
    const thought = () => prompt`\n- ${gen('step', { tokensMax: 24, stop: '\n' })}${think(level + 1)}`
    return prompt`${branches({ left: thought(), middle: thought(), right: thought() }, { join: null })}`
  }
  await model.run(prompt`Question: ${question}${think(0)}`, {}, { temperature: 1.5, seed: 5 })
}

/** @param {Model} model */
async function fanOut(model) {
  const people = ['Elena Rossi', 'Hugo Berg', 'Amina Haddad', 'Kofi Mensah']
  const facts = ['name', 'age', 'job', 'city']
  const asks = people.flatMap((person) => facts.map((fact) => ({ person, fact })))
  const document =
    'Elena Rossi is 41 years old and works as dentist in Porto. Hobbies: chess and sailing. ' +
    'Meet Hugo Berg, baker from Oslo. At 29, Hugo still loves climbing and pottery. ' +
    'I am Amina Haddad, I am 35 and live in Lyon. I work as pilot and like tennis and baking. ' +
    'Kofi Mensah, 62, farmer from Accra, enjoys fishing and singing.'
  const all = each(
    'answers',
    asks,
    ({ person, fact }) =>
      prompt`\nQuestion: what is the ${fact} of ${person}?\nAnswer: ${gen('text', { tokensMax: 12, stop: '\n' })}`,
    { join: null },
  )
  await model.run(prompt`Read the text, then answer.\n\n${document}\n${all}`)
}

/** @param {Model} model @param {number} turns */
async function chat(model, turns = 40) {
  const things = [
    'a brave little fox',
    'the capital of France',
    'your favourite book',
    'an old mill by the river',
  ]
  let talk = await model.start(prompt`${system`You are a helpful assistant.`}`)
  for (let turn = 0; turn < turns; turn += 1) {
    const question = `Number ${turn + 1}: tell me about ${things[turn % things.length]}.`
    const check = (/** @type {string} */ text) => turn !== 5 || !text.includes('I') || 'speaks of itself'
    const answer = gen('answer', { tokensMax: 24, check, retries: 8 })
    talk = await talk.extend(
      prompt`${user`${question}`}${assistant`${answer}`}`,
      {},
      { seed: turn, temperature: 0.8 },
    )
  }
}

/** @param {Model} model */
async function choices(model) {
  const n = integer('n', { min: 1, max: 9, temperature: 1.5 })
  const line = () => gen('line', { tokensMax: 12, stop: '\n', temperature: 1.2 })
  await model.run(
    prompt`Once upon a time ${bestOf(4, prompt`${line()}`, 'logprob')}\nHow many were there? ${vote(5, n)}\n`,
    {},
    { seed: 3 },
  )
}

/** Two texts that do not both fit: one gives way to the other, and comes back. @param {Model} model */
async function crowded(model) {
  const story = gen('story', { tokensMax: 70, tokensMin: 60, temperature: 1 })
  const texts = []
  for (const who of ['a fox', 'a miller', 'two sisters', 'an old king', 'a small boat', 'the moon']) {
    texts.push(
      await model.run(
        prompt`Tell a long story about ${who} and the people of the village.\n${story}\n`,
        {},
        { seed: 1 },
      ),
    )
  }
  await texts[0]?.extend(prompt`And then ${gen('end', { tokensMax: 20 })}`)
  await Promise.all(
    texts
      .slice(1)
      .map((text) => text.extend(prompt`And then ${gen('end', { tokensMax: 20 })}`).catch(() => null)),
  )
}

/** @param {Model} model */
async function unhappy(model) {
  const never = gen('word', { tokensMax: 6, check: () => 'no word is good enough', retries: 2 })
  await model.run(prompt`A word: ${never}\n`).catch(() => {})
  const stop = new AbortController()
  const words = gen('words', {
    tokensMax: 200,
    tokensMin: 200,
    checkEvery: 'word',
    check: () => {
      steps += 1
      if (steps === 12) stop.abort()
      return true
    },
  })
  let steps = 0
  await model.run(prompt`Words and words: ${words}`, {}, { signal: stop.signal }).catch(() => {})
}

/** @param {Model} model @returns {Promise<Trace>} */
async function goingOn(model) {
  const recording = model.record()
  await model.run(prompt`Mood: ${select('mood', ['good', 'bad'])}\n`)
  /** @type {Trace | undefined} */
  let seen
  let words = 0
  const check = () => {
    words += 1
    if (words === 8) seen = recording.trace
    return true
  }
  const story = gen('words', { tokensMax: 60, tokensMin: 60, checkEvery: 'word', check })
  await model.run(prompt`Name: ${gen('name', { tokensMax: 8, stop: '\n' })}\nStory: ${story}`)
  recording.stop()
  return seen ?? recording.trace
}

/** @param {(model: Model) => Promise<void>} program @param {import('espalier').LoadOptions} options */
async function recorded(program, options = {}) {
  const model = await load(undefined, { contextTokens: 4096, threads: 1, gpu: false, ...options })
  const recording = model.record()
  await program(model)
  const trace = recording.stop()
  await model.dispose()
  return trace
}

/** By name. @returns {Promise<Record<string, Trace>>} */
export async function recordedTraces() {
  const model = await load(undefined, { contextTokens: 1024, threads: 1, gpu: false })
  const unfinished = await goingOn(model)
  await model.dispose()
  return {
    triage: await recorded(triage),
    'tree-of-thought': await recorded(treeOfThought),
    'fan-out': await recorded(fanOut),
    chat: await recorded((one) => chat(one)),
    choices: await recorded(choices),
    crowded: await recorded(crowded, { contextTokens: 256 }),
    unhappy: await recorded(unhappy),
    empty: await recorded(async () => {}),
    'going-on': unfinished,
  }
}
