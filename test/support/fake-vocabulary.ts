// A vocabulary small enough to read: all bytes, some words and joints, and chat marks. Decides tokens by the longest
// match from the left, which makes joints matter as they do for real models; constraints run on the reference matcher.
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import type { NativeConstraint } from '../../lib/native/addon.js'
import { referenceConstraint } from './fake-matcher.js'
import { ReferenceGrammar } from './reference-grammar.js'
import { tableOf } from './vocab-table.js'

const words = [
  ...[
    'the',
    ' the',
    'order',
    ' order',
    'Order',
    'name',
    'Name',
    ' is',
    ' a',
    ': ',
    ':',
    '\n\n',
    '.\n',
    '",',
    '"',
  ],
  ...[
    'bill',
    'ing',
    'billing',
    ' defect',
    'defect',
    'deliv',
    'ery',
    'refund',
    ' refund',
    'yes',
    'no',
    '12',
    '34',
  ],
  ...['- ', ', ', 'item', ' item', 'good', 'bad', ' good', ' bad', '\n- ', 'Dear', 'Reply', '🙂'],
]
const marks = ['<|start|>', '<|im_start|>', '<|im_end|>']
const encoder = new TextEncoder()
const ordinary: readonly Uint8Array[] = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...words.map((word) => encoder.encode(word)),
]
const keys = ordinary.map((bytes) => Buffer.from(bytes).toString('latin1'))
const ids = new Map(keys.map((key, id) => [key, id]))
const longest = Math.max(...keys.map((key) => key.length))

export const fakeStart = ordinary.length
export const fakeEnd = ordinary.length + 2
const empty = new Uint8Array(0)
const markPattern = /<\|[a-z_]+\|>/g

function tokenizeText(latin1: string): number[] {
  const tokens: number[] = []
  for (let at = 0; at < latin1.length; ) {
    let length = Math.min(longest, latin1.length - at)
    while (!ids.has(latin1.slice(at, at + length))) length -= 1
    tokens.push(ids.get(latin1.slice(at, at + length))!)
    at += length
  }
  return tokens
}

function tokenizeMarked(latin1: string): number[] {
  const tokens: number[] = []
  let at = 0
  for (const match of latin1.matchAll(markPattern)) {
    const mark = marks.indexOf(match[0])
    if (mark < 0) continue
    tokens.push(...tokenizeText(latin1.slice(at, match.index)), ordinary.length + mark)
    at = match.index + match[0].length
  }
  return [...tokens, ...tokenizeText(latin1.slice(at))]
}

/** `addsBos`: whether every transcript begins with <|start|>. */
export function fakeVocabulary(options: { readonly addsBos: boolean }): Vocabulary {
  const vocabulary: Vocabulary = {
    size: ordinary.length + marks.length,
    bos: options.addsBos ? fakeStart : null,
    addsBos: options.addsBos,
    addsSpace: false,
    tokenBytes: (token) => ordinary[token] ?? empty,
    isSpecial: (token) => token >= ordinary.length,
    table: () => tableOf(vocabulary),
    specialText: (token) => encoder.encode(marks[token - ordinary.length] ?? ''),
    isEog: (token) => token === fakeEnd,
    tokenize: (bytes, { special = false } = {}) => {
      const latin1 = Buffer.from(bytes).toString('latin1')
      return Int32Array.from(special ? tokenizeMarked(latin1) : tokenizeText(latin1))
    },
    canExtend: (bytes) => {
      const key = Buffer.from(bytes).toString('latin1')
      return keys.some((other) => other.length > key.length && other.startsWith(key))
    },
    compile: (ir): NativeConstraint => referenceConstraint(vocabulary, new ReferenceGrammar(ir)),
  }
  return vocabulary
}
