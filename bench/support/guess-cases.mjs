// @ts-check
// The runs of bench/guess.mjs. Decides what is drawn and how it is counted; every case draws the same on both sides.
import { and, gen, hole, json, load, prompt, substring } from 'espalier'
import { vocabularyOf } from '../../build/modules/engine/local/tokens/vocabulary.js'
import { openModel } from '../../build/modules/native/native.js'
import { checksumOf, drawnHole, endless, textOf, wordTokens } from './bench-text.mjs'

const lines = `
Anna Berg wrote on Monday that the red lamp arrived broken. She had ordered it in May for her mother, and it
came without its box. The shop answered on Tuesday. They asked her for a picture of the lamp and of the paper
around it. On Wednesday she sent three pictures and a short letter. In the letter she said that the glass was
cracked at the foot and that the cable was too short. The clerk was named Tom Weber, and he was very kind. He
wrote that a new lamp would leave the house on Friday at noon. Anna thanked him and asked what to do with the
old one. Tom said that she could keep it or bring it to a shop near the river. On Saturday the new lamp came in
a large box with soft paper. It was blue and not red, but Anna liked it even more. Her mother put it on the
table near the window. In the evening the light fell on the garden and on the old tree. A small bird sat there
and sang until the sun went down. Then the mother said that she would never give it away. On Sunday Anna wrote a
last letter to the shop. She said that everybody had been friendly and quick, and that she would tell her
friends about it. Tom put the letter on the wall of his office, where all the others could read it. After some
weeks a new order came from a friend of Anna, for two lamps, a chair and a green bag.`
const story = lines.trim().replaceAll('\n', ' ')

const text = /** @type {const} */ ({ type: 'string', minLength: 20, maxLength: 60 })
const record = /** @type {const} */ ({
  type: 'object',
  properties: {
    order_id: { type: 'integer' },
    customer: text,
    item: text,
    wish: text,
    urgent: { type: 'boolean' },
  },
  required: ['order_id', 'customer', 'item', 'wish', 'urgent'],
})

/**
 * @typedef {object} CaseOptions
 * @property {string} file
 * @property {number} threads
 * @property {import('espalier').LoadOptions} guessing
 * @property {boolean} isSmoke
 */

const demoCases = ['quotes', 'again', 'edit', 'free']
const shapeCases = ['passage', 'again', 'free']
/** The draft says what the model says, but for those of a stranger. */
export const draftCases = ['free', 'sure', 'record', 'long', 'stranger', 'stranger-long']

/** @param {{ readonly isDemo: boolean }} options */
export function guessCases({ isDemo }) {
  return isDemo ? demoCases : shapeCases
}

/**
 * One fresh model, one case; what it took after a first run that is not counted.
 * @param {string} name
 * @param {CaseOptions} options
 */
export async function runCase(name, { file, threads, guessing, isSmoke }) {
  const words = await wordsOf(file)
  const model = await load(file, { threads, gpu: false, contextTokens: 4096, ...guessing })
  try {
    const runs = prompts(name, { words, isSmoke })
    await model.run(prompt`Warm: ${gen('warm', { tokensMax: 8, tokensMin: 8, heal: false })}`)
    const before = model.stats()
    const began = performance.now()
    /** @type {Int32Array[]} */
    const tokens = []
    let written = 0
    let drawn = 0
    /** @type {number[][]} */
    const ties = []
    for (const [index, one] of runs.entries()) {
      const run = await model.run(one, {}, { seed: 7 + (name === 'again' ? 0 : index), fresh: true })
      tokens.push(run.tokens)
      ties.push(tiesOf(run.trace))
      drawn += run.ledger.sampled
      written += run.ledger.sampled + run.ledger.forced
    }
    const wallMs = performance.now() - began
    const after = model.stats()
    return {
      wallMs,
      drawn,
      written,
      calls: after.decodeCalls - before.decodeCalls,
      rows: after.rows - before.rows,
      guessed: after.guessed - before.guessed,
      confirmed: after.confirmed - before.confirmed,
      drafted: after.drafted - before.drafted,
      draftMs: after.draftMs - before.draftMs,
      checksum: checksumOf(tokens),
      tokens: tokens.map((list) => [...list]),
      ties,
    }
  } finally {
    await model.dispose()
  }
}

/** Positions of the draws that rounding may decide. @param {readonly import('espalier').RunEvent[]} trace */
function tiesOf(trace) {
  return trace.flatMap((event) =>
    event.type === 'near-tie' ? event.ties.map(({ position }) => position) : [],
  )
}

/** What the cases on random weights are made of. @param {string} file */
async function wordsOf(file) {
  const native = await openModel(file, { gpu: false, vocabOnly: true })
  try {
    const vocabulary = vocabularyOf(native.vocab)
    const tokens = wordTokens(vocabulary)
    const texts = tokens.map((token) => Buffer.from(vocabulary.tokenBytes(token)).toString('latin1'))
    return { tokens, texts, bias: endless(vocabulary), before: textOf(vocabulary, 500) }
  } finally {
    await native.dispose()
  }
}

/**
 * @param {string} name
 * @param {{ readonly words: Awaited<ReturnType<typeof wordsOf>>, readonly isSmoke: boolean }} options
 */
function prompts(name, { words, isSmoke }) {
  const count = isSmoke ? 2 : 4
  const some = Array.from({ length: count }, (_, index) => index)
  const free = { tokensMax: isSmoke ? 12 : 100, tokensMin: isSmoke ? 12 : 100, heal: false }
  switch (name) {
    case 'quotes': {
      const quote = and(substring(story), /[A-Z][^.]{20,}\.( [A-Z][^.]{20,}\.){2}/)
      const three = hole('q', quote, { tokensMax: 200 })
      return some.map(
        (at) => prompt`${story}\n\nThree sentences of the text, number ${String(at)}: "${three}"\n`,
      )
    }
    case 'again':
      return some.map(() => prompt`A story about a lamp: ${gen('story', { ...free, temperature: 0.7 })}`)
    case 'edit':
      return some.map(
        (at) =>
          prompt`${story}\n\nThe same, number ${String(at)}: ${gen('text', { ...free, temperature: 0 })}`,
      )
    case 'passage':
      return some.map((at) => passage(words, { at, count: isSmoke ? 6 : 32 }))
    case 'sure':
      return some.map((at) => prompt`Order ${String(at)}: ${gen('text', { ...free, temperature: 0 })}`)
    case 'record':
      return some.map(
        (at) => prompt`Order ${String(at)} as JSON: ${json('order', record, { temperature: 0.7 })}`,
      )
    case 'long':
    case 'stranger-long':
      return some.map(
        (at) =>
          prompt`${String(at)}. ${story}\n\nAn answer to it: ${gen('text', { ...free, temperature: 1 })}`,
      )
    default:
      return some.map(
        (at) => prompt`Something new, number ${String(at)}: ${gen('text', { ...free, temperature: 1 })}`,
      )
  }
}

/** A run of words that stands in the text before, drawn one by one. */
function passage({ tokens, texts, bias, before }, { at, count }) {
  const from = 40 + at * 200
  const run = tokens.slice(from, from + count)
  const said = texts.slice(from, from + count).join('')
  // Far enough before the hole that its penalties don't reach there.
  return prompt`Words:${said}. ${before}. Again:${drawnHole('quote', run, bias)}`
}
