// A chat that streams and goes back: `/again` asks the last question's answer anew, `/say TEXT` puts other words in its
// place, `/edit N TEXT` asks question N (from 0) another way and drops what came after it, `/save` writes the chat down
// as JSON and goes on from what was read. What still stands is never computed again.
// In a terminal it reads your lines; anywhere else it plays the ones below.
import { createInterface } from 'node:readline'
import { assistant, EspalierError, gen, prompt, system, user } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

// A question is a hole whose value is given, so that `at` finds the way back to it.
const question = gen('question')
const answer = gen('answer', { tokensMax: 160, temperature: 0.8 })
const turn = prompt`${user`${question}`}${assistant`${answer}`}`

const script = [
  'Who are you?',
  'Tell me a short story about a brave little fox.',
  '/again',
  'What is the capital of France?',
  '/edit 2 What is the capital of Spain?',
  '/say I do not know.',
  '/save',
  'Are you sure?',
]

export async function main(model, write, lines = script) {
  let talk = await model.start(prompt`${system`You are a helpful assistant.`}`)
  const runs = [talk]

  /** Writes what comes behind `from` as it is drawn; the chat goes on from there. */
  async function go(from, next, known) {
    for await (const event of from.stream(next, known, { seed: runs.length })) {
      if (event.type === 'token') write(event.text, '')
      if (event.type === 'done') talk = event.run
    }
    write(known.answer ?? '')
    runs.push(talk)
  }

  const commands = {
    again: async () => go(await talk.at('answer'), prompt`${answer}`, {}),
    say: async (text) => go(await talk.at('answer'), prompt`${answer}`, { answer: text }),
    async edit(text) {
      const [n, ...words] = text.split(' ')
      // A turn has two holes: the question, and its answer.
      await go(await talk.at(2 * Number(n)), prompt`${question}${assistant`${answer}`}`, {
        question: words.join(' '),
      })
    },
    async save() {
      const saved = JSON.stringify(talk)
      talk = await model.restore(JSON.parse(saved))
      write(`${talk.messages.length} messages in ${saved.length} characters`)
    },
  }

  for await (const line of lines) {
    if (lines === script) write(`> ${line}`)
    const [, command, text] = /^\/(\w+) ?(.*)/.exec(line) ?? []
    try {
      if (command === undefined) await go(talk, turn, { question: line })
      else if (Object.hasOwn(commands, command)) await commands[command](text)
      else write(`/${command} is none of /${Object.keys(commands).join(', /')}.`)
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error
      write(`${error.code}: ${error.message}`)
    }
  }
  const cost = costOf(...runs)
  write(showCost(cost))
  return { messages: talk.messages, values: talk.values, cost }
}

const typed = () => (process.stdin.isTTY ? createInterface({ input: process.stdin }) : script)
await runProgram(import.meta.url, (model, write) => main(model, write, typed()))
