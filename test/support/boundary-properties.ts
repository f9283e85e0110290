// What must hold at every joint, as properties of any vocabulary: the property tests try them on three real ones for a
// moment, test/fuzz/boundary.mjs on as many as wanted for as long as wanted. The model's own tokenizer is the judge.
import fc from 'fast-check'
import {
  appendLiteral,
  forcedTokens,
  openHole,
  type TokenEdit,
} from '../../lib/engine/local/tokens/boundary.js'
import type { NativeVocab } from '../../lib/native/addon.js'
import { corpusTexts } from './boundary-corpus.js'
import { vocabularyOf } from './vocabulary-of.js'

const encoder = new TextEncoder()
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)
export const applied = (tokens: Int32Array, { keep, added }: TokenEdit): Int32Array =>
  Int32Array.from([...tokens.subarray(0, keep), ...added])

/** Tokens as latin1 spellings of their bytes; a special token shows its number. */
export function shown(vocab: NativeVocab, tokens: Int32Array): string[] {
  return Array.from(tokens, (token) =>
    vocab.isSpecial(token) ? `#${token}` : Buffer.from(vocab.tokenBytes(token)).toString('latin1'),
  )
}

export const tokenized = (vocab: NativeVocab, text: string): Int32Array => vocab.tokenize(bytesOf(text))

/** Canonical tokens of a text that begins there, with the space some vocabularies put in front. */
export const tokenizedFirst = (vocab: NativeVocab, text: string): Int32Array =>
  tokenized(vocab, vocab.addsSpace && text !== '' ? ` ${text}` : text)

/** The pieces appended one after the other to `head`. */
export function appended(vocab: NativeVocab, head: Int32Array, list: readonly string[]): Int32Array {
  let tokens = head
  for (const piece of list) {
    tokens = applied(tokens, appendLiteral(vocabularyOf(vocab), tokens, bytesOf(piece)))
  }
  return tokens
}

/** Characters whose neighbours pre-tokenizers look at, of every class that some of them tells apart. */
const touchy = [
  ...[' ', ' ', ' ', '\n', '\n', '\r', '\t', '\u00a0', '\u3000', '\u0085', '\u2028', '\u000b'],
  ...[
    "'",
    "'",
    's',
    'S',
    'll',
    're',
    't',
    'a',
    'b',
    'A',
    'B',
    'The',
    'x',
    'é',
    'ß',
    'ж',
    'ا',
    'ह',
    '한',
    '日本',
    'ー',
    'ʰ',
  ],
  ...[
    '1',
    '2',
    '34',
    '000',
    '³',
    '½',
    '٣',
    '１',
    ',',
    '.',
    '!',
    '?',
    '/',
    '"',
    '{',
    '}',
    '(',
    ')',
    '-',
    '_',
    '=',
    '$',
    '`',
    '|',
  ],
  ...[
    '。',
    '、',
    '，',
    '・',
    '’',
    '…',
    '\u0301',
    '\u200b',
    '\u200d',
    '😀',
    '\u0378',
    '\ufffd',
    '\u0000',
    '▁',
    '<',
    '>',
  ],
]

export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...corpusTexts),
  fc.tuple(fc.constantFrom(...corpusTexts), fc.constantFrom(...corpusTexts)).map((pair) => pair.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replace(/[\ud800-\udfff]/gu, '?')),
  fc.string({ unit: fc.constantFrom(...touchy), maxLength: 60 }),
)

/** A text in pieces, cut between code points. */
export const pieces: fc.Arbitrary<string[]> = fc
  .tuple(texts, fc.infiniteStream(fc.integer({ min: 1, max: 24 })))
  .map(([text, lengths]) => {
    const characters = [...text]
    const list: string[] = []
    for (let from = 0; from < characters.length; ) {
      const length = lengths.next().value!
      list.push(characters.slice(from, from + length).join(''))
      from += length
    }
    return list
  })

function byteCount(vocab: NativeVocab, tokens: Int32Array): number {
  return tokens.reduce((sum, token) => sum + vocab.tokenBytes(token).length, 0)
}

export type BoundaryProperty = (vocab: NativeVocab) => fc.IRawProperty<unknown>

/** Literals appended one by one are tokenised as their whole. */
export const appendIsCanonical: BoundaryProperty = (vocab) =>
  fc.property(pieces, (list) => {
    const tokens = appended(vocab, new Int32Array(0), list)
    expectSame(vocab, tokens, tokenizedFirst(vocab, list.join('')))
  })

/** Forced bytes become the tokens of the whole text, whatever follows them. */
export const forcedIsCanonical: BoundaryProperty = (vocab) =>
  fc.property(texts, fc.nat(), fc.integer({ min: 1, max: 120 }), (text, at, length) => {
    const whole = tokenized(vocab, text)
    const start = at % (whole.length + 1)
    const offset = byteCount(vocab, whole.subarray(0, start))
    const forced = bytesOf(text).subarray(offset, offset + length)
    const { added, rest } = forcedTokens(vocabularyOf(vocab), whole.subarray(0, start), forced)
    expectSame(vocab, added, whole.subarray(start, start + added.length))
    if (!Buffer.from(rest).equals(forced.subarray(byteCount(vocab, added))))
      throw new Error('rest is not what is left')
  })

/** What stays before a hole is the beginning of every text that goes on. */
export const keptIsBeginning: BoundaryProperty = (vocab) =>
  fc.property(texts, fc.nat(), texts, (text, at, other) => {
    const characters = [...text]
    const cut = at % (characters.length + 1)
    const before = characters.slice(0, cut).join('')
    const tokens = tokenizedFirst(vocab, before)
    if (tokens.length === 0) return
    const { keep, prefix } = openHole(vocabularyOf(vocab), tokens)
    const dropped = Buffer.concat(Array.from(tokens.subarray(keep), (token) => vocab.tokenBytes(token)))
    if (!dropped.equals(prefix)) throw new Error('the prefix is not what was dropped')
    // The first token stays whatever follows: a generation needs one before it.
    if (keep <= 1) return
    for (const after of [characters.slice(cut).join(''), other]) {
      expectSame(vocab, tokenizedFirst(vocab, before + after).subarray(0, keep), tokens.subarray(0, keep))
    }
  })

function expectSame(vocab: NativeVocab, seen: Int32Array, expected: Int32Array): void {
  if (seen.length === expected.length && seen.every((token, index) => token === expected[index])) return
  const list = (tokens: Int32Array): string => JSON.stringify(shown(vocab, tokens))
  throw new Error(`tokens ${list(seen)}, expected ${list(expected)}`)
}
