// The texts that chat templates write for a vocabulary's special tokens. Decides where a text has some, in time that
// follows the text and not the vocabulary. Never tokenises.
import type { Vocabulary } from './vocabulary.js'

const patterns = new WeakMap<Vocabulary, RegExp | null>()
const decoder = new TextDecoder()

/** Whether a text has special tokens in it, if they are looked for. */
export function hasSpecial(vocabulary: Vocabulary, text: string): boolean {
  return text.search(patternFor(vocabulary) ?? /$^/) >= 0
}

/** Whether a model can end a value by writing the text: what is no special token at its beginning, or ends the text. */
export function endsAt(vocabulary: Vocabulary, text: string): boolean {
  const [first] = splitAtSpecial(vocabulary, text)
  if (first?.isSpecial !== true) return true
  const [token] = vocabulary.tokenize(new TextEncoder().encode(first.text), { special: true })
  return token !== undefined && vocabulary.isEog(token)
}

/** The text in stretches of either kind; empty ones between two special tokens are left out. */
export function* splitAtSpecial(
  vocabulary: Vocabulary,
  text: string,
): Generator<{ readonly text: string; readonly isSpecial: boolean }, void> {
  let at = 0
  const pattern = patternFor(vocabulary)
  for (const { 0: special, index } of pattern === null ? [] : text.matchAll(pattern)) {
    if (index > at) yield { text: text.slice(at, index), isSpecial: false }
    yield { text: special, isSpecial: true }
    at = index + special.length
  }
  if (at < text.length) yield { text: text.slice(at), isSpecial: false }
}

/** null: there are none. */
function patternFor(vocabulary: Vocabulary): RegExp | null {
  let pattern = patterns.get(vocabulary)
  if (pattern === undefined) {
    pattern = patternOf(vocabulary)
    patterns.set(vocabulary, pattern)
  }
  return pattern
}

function patternOf(vocabulary: Vocabulary): RegExp | null {
  const texts: string[] = []
  for (let token = 0; token < vocabulary.size; token += 1) {
    const text = vocabulary.isSpecial(token) ? decoder.decode(vocabulary.specialText(token)) : ''
    if (text !== '') texts.push(text)
  }
  if (texts.length === 0) return null
  // The longest first, as tokenizers look for them.
  texts.sort((a, b) => b.length - a.length)
  return new RegExp(texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'g')
}
