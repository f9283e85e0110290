// Text and tokens for models whose weights are random: beginnings of a given length, words that are one token, and
// holes that draw a given run of tokens.
import { createHash } from 'node:crypto'
import { regex } from 'espalier'

const encoder = new TextEncoder()
const words =
  'the order was late and a clerk wrote to our shop about the red lamp that came without its box'.split(' ')

/** Text of exactly `count` tokens, a BOS the model wants included. */
export function textOf(vocabulary, count) {
  const lengthOf = (text) =>
    vocabulary.tokenize(encoder.encode(text)).length + (vocabulary.addsBos && vocabulary.bos !== null ? 1 : 0)
  let text = 'Notes:'
  for (let index = 0; lengthOf(`${text} ${words[index % words.length]}`) <= count; index += 1) {
    text += ` ${words[(index * 7 + (index >> 4)) % words.length]}`
  }
  while (lengthOf(text) < count) text += ' a'
  while (lengthOf(text) > count) text = text.slice(0, text.lastIndexOf(' '))
  return text
}

/** Tokens that are a space and a plain word, in the order of their ids. */
export function wordTokens(vocabulary) {
  const found = []
  for (let token = 0; token < vocabulary.size; token += 1) {
    if (vocabulary.isSpecial(token)) continue
    if (/^ [a-z]{3,}$/.test(Buffer.from(vocabulary.tokenBytes(token)).toString('latin1'))) found.push(token)
  }
  return found
}

/** A word that no other token goes on from. */
export function closedWord(vocabulary) {
  const found = wordTokens(vocabulary).find((token) => {
    const bytes = vocabulary.tokenBytes(token)
    return !vocabulary.canExtend(bytes) && vocabulary.tokenize(bytes).length === 1
  })
  if (found === undefined) throw new Error('The vocabulary has no word that nothing extends.')
  return Buffer.from(vocabulary.tokenBytes(found)).toString('latin1')
}

/** Bias that keeps a model from ending a text. */
export function endless(vocabulary) {
  const bias = {}
  for (let token = 0; token < vocabulary.size; token += 1) {
    if (vocabulary.isEog(token)) bias[token] = -Infinity
  }
  return bias
}

/**
 * A hole that draws exactly these tokens one by one, on any weights: biases rank them and a penalty takes each out once
 * it was drawn. With random weights rounding would otherwise decide near ties, and two sides would do different work.
 */
export function drawnHole(name, tokens, bias) {
  const ranked = Object.fromEntries(Array.from(tokens, (token, index) => [token, 950 - 25 * index]))
  return regex(name, /( [a-z]+)+/, {
    tokensMax: tokens.length,
    temperature: 0,
    bias: { ...bias, ...ranked },
    penalties: { presence: 1000, lastN: 64 },
  })
}

/** A checksum of several lists of tokens, in whatever order they came. */
export function checksumOf(lists) {
  const lines = lists.map((tokens) => Array.from(tokens).join(' ')).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)
}
