// A text that is to be another one from some place on. Decides which of its tokens stay: those that spell the beginning
// of the new text, special ones as marks and others as what they are. Adds no tokens.
import type { Written } from '../../position.js'
import { splitAtSpecial } from '../tokens/special-texts.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import type { Spelled } from './position.js'
import { editTokens, origin } from './tokens.js'

export interface Rewritten {
  /** As far as it stays. */
  readonly spelled: Spelled
  /** Length of its text, in characters. */
  readonly length: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const none = new Int32Array(0)

/** `text`: all of the new text. */
export function rewritten(vocabulary: Vocabulary, before: Spelled, text: readonly Written[]): Rewritten {
  const bytes = Buffer.concat(text.map((written) => encoder.encode(written.text)))
  const { tokens, length } = common(vocabulary, before.tokens, text, bytes)
  const list = editTokens(before, tokens, none, origin.given)
  const head = Math.min(before.head, tokens)
  const spelled = { ...list, head, overrun: 0, dropped: before.dropped }
  return { spelled, length: decoder.decode(bytes.subarray(0, length)).length }
}

/** How many tokens spell a beginning of the bytes, and its length, which ends between two characters. */
function common(
  vocabulary: Vocabulary,
  tokens: Int32Array,
  text: readonly Written[],
  bytes: Buffer,
): { readonly tokens: number; readonly length: number } {
  const specials = specialsIn(vocabulary, text)
  let next = specials.next()
  // The model's BOS has no text.
  let count = vocabulary.addsBos && tokens[0] === vocabulary.bos ? 1 : 0
  let sure = { tokens: count, length: 0 }
  let isFirst = true
  for (let at = 0; count < tokens.length; count += 1) {
    const token = tokens[count]!
    const isSpecial = vocabulary.isSpecial(token)
    const special = next.done === true ? null : next.value
    let own = isSpecial ? vocabulary.specialText(token) : vocabulary.tokenBytes(token)
    if (!isSpecial && isFirst && vocabulary.addsSpace && own[0] === 0x20) own = own.subarray(1)
    // A special token is one at its place, and what is one there is not spelled by others.
    if (
      isSpecial
        ? special?.at !== at || special.token !== token
        : special !== null && at + own.length > special.at
    ) {
      break
    }
    if (bytes.compare(own, 0, own.length, at, Math.min(bytes.length, at + own.length)) !== 0) break
    if (isSpecial) next = specials.next()
    isFirst = isSpecial
    at += own.length
    const isBetween = at === bytes.length || (bytes[at]! & 0xc0) !== 0x80
    // A space that stands in front of a text is nothing without it.
    if (isBetween && own.length > 0) sure = { tokens: count + 1, length: at }
  }
  return sure
}

/** The special tokens in the marks, and where. */
function* specialsIn(
  vocabulary: Vocabulary,
  text: readonly Written[],
): Generator<{ readonly at: number; readonly token: number | undefined }, void> {
  let at = 0
  for (const { as, text: own } of text) {
    const parts = as === 'mark' ? splitAtSpecial(vocabulary, own) : [{ text: own, isSpecial: false }]
    for (const part of parts) {
      const bytes = encoder.encode(part.text)
      if (part.isSpecial) yield { at, token: vocabulary.tokenize(bytes, { special: true })[0] }
      at += bytes.length
    }
  }
}
