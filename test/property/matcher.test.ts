// Goal: the native matcher allows exactly what the reference allows, at every position it can be brought to.
// Method: random constraints with random prefixes and suffixes over small vocabularies, walked by random tokens,
// rollbacks and forks; both sides are compared in everything they say after each move. On the real vocabularies every
// token's bit in the mask is compared with `allows`, and samples of them with the reference.
import fc from 'fast-check'
import { compile } from '../../lib/constraint/compile.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { text } from '../../lib/constraint/text.js'
import type { NativeMatcher, NativeVocab } from '../../lib/native/addon.js'
import { createVocab } from '../../lib/native/native.js'
import {
  type Case,
  distinctCases,
  grammarCases,
  regularCases,
  stretchCases,
} from '../support/constraint-arbitrary.js'
import { itemStrings } from '../support/item-strings.js'
import { disposeVocabularies, realVocabulary, vocabularyNames } from '../support/real-vocabularies.js'
import { ReferenceGrammar } from '../support/reference-grammar.js'
import { ReferenceMatcher } from '../support/reference-matcher.js'

afterAll(disposeVocabularies)

const encoder = new TextEncoder()

/** All single bytes, `count` strings over an alphabet, then an end token and a special one. */
function syntheticVocab(alphabet: readonly string[], count: number): NativeVocab {
  const strings = new Set<string>()
  for (let seed = 1; strings.size < count; seed += 1) {
    let state = (seed * 2654435761) % 4294967296
    const length = 1 + (seed % 4)
    let text = ''
    for (let index = 0; index < length; index += 1) {
      text += alphabet[state % alphabet.length]
      state = Math.floor(state / alphabet.length) + seed
    }
    if (Buffer.byteLength(text) > 1) strings.add(text)
  }
  return vocabOf(strings)
}

function vocabOf(strings: Iterable<string>): NativeVocab {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  const tokens = [...bytes, ...[...strings].map((text) => encoder.encode(text))]
  const eog = tokens.length
  const none = new Uint8Array(0)
  return createVocab({ tokens: [...tokens, none, none], special: [eog, eog + 1], eog: [eog] })
}

const vocabs: readonly NativeVocab[] = [
  syntheticVocab(['a', 'b', 'c', '1', ' ', '"', '\n'], 120),
  syntheticVocab(['a', 'é', '日', '😀', '0', '7', '-', '.', 'K', '"'], 200),
  vocabOf(itemStrings),
]

type Move = { kind: 'take' | 'random' | 'back' | 'fork'; pick: number }

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Move['kind']>('take', 'take', 'take', 'random', 'back', 'fork'),
    pick: fc.nat(1_000_000),
  }),
  { maxLength: 14 },
)

interface Pair {
  readonly native: NativeMatcher
  readonly judge: ReferenceMatcher
  /** Tokens taken so far. */
  readonly tokens: readonly number[]
}

function bitsOf(mask: Uint32Array): number[] {
  const set: number[] = []
  for (const [index, word] of mask.entries()) {
    for (let bit = 0; bit < 32; bit += 1) if ((word >>> bit) & 1) set.push(index * 32 + bit)
  }
  return set
}

function compare({ native, judge, tokens }: Pair, vocab: NativeVocab, prefix: Uint8Array): void {
  expect(bitsOf(native.mask())).toEqual(bitsOf(judge.mask()))
  expect(native.canEnd()).toBe(judge.canEnd())
  expect(native.isEnded()).toBe(judge.isEnded())
  expect(native.tokenCount()).toBe(tokens.length)
  expect(Buffer.from(native.forced()).toString('latin1')).toBe(Buffer.from(judge.forced()).toString('latin1'))
  expect(native.valueLength()).toBe(judge.valueLength())
  const consumed = tokens.reduce((sum, token) => sum + vocab.tokenBytes(token).length, 0)
  const value = Math.max(0, consumed - prefix.length)
  expect(native.suffixLength()).toBe(value - native.valueLength())
}

/** Tokens that spell the beginning of what is left of the target. */
function onTheWay(vocab: NativeVocab, target: Uint8Array, tokens: readonly number[]): number[] {
  const at = tokens.reduce((sum, token) => sum + vocab.tokenBytes(token).length, 0)
  const found: number[] = []
  for (let token = 0; token < vocab.size; token += 1) {
    const bytes = vocab.tokenBytes(token)
    if (bytes.length > 0 && bytes.every((byte, index) => target[at + index] === byte)) found.push(token)
  }
  return found
}

function moved(pair: Pair, move: Move, vocab: NativeVocab, target: Uint8Array): Pair {
  const { native, judge, tokens } = pair
  if (move.kind === 'back') {
    const count = tokens.length === 0 ? 0 : move.pick % (tokens.length + 1)
    native.rollback(count)
    judge.rollback(count)
    return { ...pair, tokens: tokens.slice(0, tokens.length - count) }
  }
  const useful = move.kind === 'take' ? onTheWay(vocab, target, tokens) : []
  const token = useful.length > 0 ? useful[move.pick % useful.length]! : move.pick % vocab.size
  if (vocab.isSpecial(token)) return pair
  const isTaken = judge.accept(token)
  expect([token, native.accept(token)]).toEqual([token, isTaken])
  return isTaken ? { ...pair, tokens: [...tokens, token] } : pair
}

const afters = (): fc.Arbitrary<string | null> => fc.option(short)
const short = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '"', '\n', '日'), maxLength: 3 })

function walks(
  cases: fc.Arbitrary<Case>,
  picks: fc.Arbitrary<number> = fc.nat(1),
): fc.IPropertyWithHooks<[Case, string, string | null, number, Move[]]> {
  return fc.property(cases, short, afters(), picks, moves, (given, before, after, pick, list) => {
    const vocab = vocabs[pick]!
    const grammar = new ReferenceGrammar(lowerConstraint(given.constraint))
    if (grammar.isEmpty) {
      expect(() => compile(given.constraint, vocab)).toThrow(
        expect.objectContaining({ code: 'CONSTRAINT_EMPTY' }),
      )
      return
    }
    const prefix = encoder.encode(before)
    const suffix = after === null || after === '' ? null : encoder.encode(after)
    const target = encoder.encode(before + given.text + (after ?? ''))
    const native = compile(given.constraint, vocab).matcher(prefix, suffix)
    let pair: Pair = { native, judge: new ReferenceMatcher(vocab, grammar, prefix, suffix), tokens: [] }
    const parents: Pair[] = []
    compare(pair, vocab, prefix)
    for (const move of list) {
      if (move.kind === 'fork') {
        parents.push(pair)
        pair = { ...pair, native: pair.native.fork(), judge: pair.judge.fork() }
      } else pair = moved(pair, move, vocab, target)
      compare(pair, vocab, prefix)
    }
    // What a fork did must not show in what it was forked from; replaying its tokens must lead to the same place.
    for (const parent of parents) compare({ ...parent, tokens: parent.tokens }, vocab, prefix)
    const replay = compile(given.constraint, vocab).matcher(prefix, suffix)
    for (const token of pair.tokens) expect(replay.accept(token)).toBe(true)
    compare({ ...pair, native: replay }, vocab, prefix)
  })
}

test('one lexeme: native and reference agree at every position', () => {
  fc.assert(walks(regularCases), { numRuns: 100 })
})

test('a limit in bytes holds for tokens of few characters with many bytes', () => {
  const strings = ['abc', 'abcdefg', 'é日', '日日', '日日日', '😀😀', 'a😀日'].map((token) =>
    encoder.encode(token),
  )
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  const vocab = createVocab({ tokens: [...bytes, ...strings] })
  for (let bytesMax = 0; bytesMax <= 12; bytesMax += 1) {
    const mask = compile(text({ bytesMax }), vocab).matcher().mask()
    const set = strings.filter((_, index) => (mask[(256 + index) >> 5]! >>> (index & 31)) & 1)
    expect([bytesMax, set]).toEqual([bytesMax, strings.filter((token) => token.length <= bytesMax)])
  }
})

test('grammars: native and reference agree at every position', () => {
  fc.assert(walks(grammarCases), { numRuns: 60 })
})

test('stretches of sources: native and reference agree at every position', () => {
  fc.assert(walks(stretchCases), { numRuns: 60 })
})

test('distinct items: native and reference agree at every position', () => {
  fc.assert(walks(distinctCases, fc.constant(2)), { numRuns: 60 })
})

describe.each(vocabularyNames)('over %s', (name) => {
  test('the mask holds exactly the tokens allowed, and the reference agrees', async () => {
    const vocab = await realVocabulary(name)
    const cases = fc.oneof({ arbitrary: regularCases, weight: 3 }, { arbitrary: grammarCases, weight: 1 })
    fc.assert(
      fc.property(cases, afters(), fc.nat(), fc.nat(), (given, after, cut, seed) => {
        const grammar = new ReferenceGrammar(lowerConstraint(given.constraint))
        if (grammar.isEmpty) return
        const suffix = after === null || after === '' ? null : encoder.encode(after)
        const matcher = compile(given.constraint, vocab).matcher('', suffix)
        const judge = new ReferenceMatcher(vocab, grammar, new Uint8Array(0), suffix)
        const target = vocab.tokenize(given.text + (after ?? ''))
        for (const token of target.subarray(0, cut % (target.length + 1))) {
          expect([token, matcher.accept(token)]).toEqual([token, judge.accept(token)])
        }
        const mask = matcher.mask()
        const isSet = (token: number): boolean => ((mask[token >> 5]! >>> (token & 31)) & 1) === 1
        const wrong: number[] = []
        for (let token = 0; token < vocab.size; token += 1)
          if (matcher.allows(token) !== isSet(token)) wrong.push(token)
        expect(wrong).toEqual([])
        const set = bitsOf(mask)
        for (let index = 0; index < 60; index += 1) {
          const some = [
            set[(seed + index * 7919) % Math.max(1, set.length)],
            (seed + index * 104729) % vocab.size,
          ]
          for (const token of some)
            if (token !== undefined) expect([token, isSet(token)]).toEqual([token, judge.allows(token)])
        }
      }),
      { numRuns: 20 },
    )
  })

  test('rolling back is as if the tokens had never been, and a fork goes its own way', async () => {
    const vocab = await realVocabulary(name)
    const cases = fc.oneof({ arbitrary: regularCases, weight: 3 }, { arbitrary: grammarCases, weight: 1 })
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(), (given, cut, seed) => {
        if (new ReferenceGrammar(lowerConstraint(given.constraint)).isEmpty) return
        const compiled = compile(given.constraint, vocab)
        const target = vocab.tokenize(given.text)
        const matcher = compiled.matcher()
        const taken = target.subarray(0, cut % (target.length + 1)).filter((token) => matcher.accept(token))
        const before = matcher.mask()
        const branch = matcher.fork()
        const set = bitsOf(before)
        const other = set[seed % Math.max(1, set.length)]
        const grown = [...target.subarray(taken.length), ...(other === undefined ? [] : [other])].filter(
          (token) => branch.accept(token),
        )
        expect(matcher.mask()).toEqual(before)
        branch.rollback(grown.length)
        expect(branch.mask()).toEqual(before)
        const back = seed % (taken.length + 1)
        matcher.rollback(back)
        const replayed = compiled.matcher()
        for (const token of taken.subarray(0, taken.length - back)) expect(replayed.accept(token)).toBe(true)
        expect(matcher.mask()).toEqual(replayed.mask())
        expect(branch.mask()).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })
})
