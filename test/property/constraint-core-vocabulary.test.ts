// The mask of the native constraint core over a real vocabulary, where slices and whole walks have to agree.

import type { RegexId } from '../../lib/constraint/ir/ir.js'
import type { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import type { NativeMatcher, NativeVocab } from '../../lib/native/addon.js'
import { bytesOf, encode, isSet, type Make } from '../support/ir-of.js'
import { disposeVocabularies, realVocabulary } from '../support/real-vocabularies.js'

afterAll(disposeVocabularies)

/** Tokens of which mask and single steps do not say the same. */
function wrongOf(vocab: NativeVocab, matcher: NativeMatcher): number[] {
  const mask = matcher.mask()
  const wrong: number[] = []
  for (let token = 0; token < vocab.size; token++) {
    if (matcher.allows(token) !== isSet(mask, token)) wrong.push(token)
  }
  return wrong
}

/** Of two lexemes: the first, which the second may follow. */
const twoOrOne = [[[2], [2, 1]]]

describe('a real vocabulary', () => {
  test('the mask is exactly the set of allowed tokens, with slices and without', async () => {
    const vocab = await realVocabulary('llama-bpe')
    const inside: Make = (ir) =>
      ir.alt(
        ir.classExcept([
          [0, 31],
          [34, 34],
          [92, 92],
        ]),
        ir.concat(ir.literal('\\'), ir.class([[110, 110]])),
      )
    const quoted = (content: (ir: IrBuilder) => RegexId) => (ir: IrBuilder) =>
      ir.concat(ir.literal('"'), content(ir), ir.literal('"'))
    const cases: [Make, string, string | null][] = [
      [quoted((ir) => ir.repeat(inside(ir), 0, null)), '"some text, ', null],
      [quoted((ir) => ir.repeat(inside(ir), 2, 12)), '"som', null],
      [(ir) => ir.repeat(ir.classExcept([[10, 10]]), 0, null), 'a line', '\n'],
      [(ir) => ir.repeat(ir.classExcept([[10, 10]]), 0, null), 'a line', ' is '],
      [(ir) => ir.any(), 'free', ' '],
      [(ir) => ir.not(ir.concat(ir.any(), ir.literal('\n\n'), ir.any())), 'free\n', null],
      [(ir) => ir.repeat(ir.class([[97, 122]]), 0, 1000), 'abc', '.'],
      [(ir) => ir.repeat(ir.class([[48, 57]]), 1, null), '12', ', "b"'],
    ]
    for (const [make, text, suffix] of cases) {
      const { words: encoded, bytes } = encode([make], null)
      const matcher = vocab
        .compile(encoded, bytes)
        .matcher(bytesOf(''), suffix === null ? null : bytesOf(suffix))
      for (const token of vocab.tokenize(bytesOf(text))) expect(matcher.accept(token)).toBe(true)
      expect([text, suffix, wrongOf(vocab, matcher)]).toEqual([text, suffix, []])
    }
  }, 60_000)

  test('near the end of a bounded string tokens go by their length, where that is all that counts', async () => {
    const vocab = await realVocabulary('llama-bpe')
    const any: Make = (ir) => ir.class([[0, 0x10ffff]])
    const lower: Make = (ir) => ir.class([[97, 122]])
    const word: Make = (ir) =>
      ir.class([
        [48, 57],
        [65, 90],
        [95, 95],
        [97, 122],
      ])
    const texts =
      (content: Make): Make =>
      (ir) =>
        ir.concat(ir.literal('"'), ir.spelled(content(ir)), ir.literal('"'))
    const upTo =
      (part: Make, min: number, max: number): Make =>
      (ir) =>
        ir.repeat(part(ir), min, max)
    const both =
      (...parts: Make[]): Make =>
      (ir) =>
        ir.and(...parts.map((part) => part(ir)))
    const either =
      (...parts: Make[]): Make =>
      (ir) =>
        ir.alt(...parts.map((part) => part(ir)))
    const then =
      (...parts: Make[]): Make =>
      (ir) =>
        ir.concat(...parts.map((part) => part(ir)))
    const literal =
      (text: string): Make =>
      (ir) =>
        ir.literal(text)
    const cases: [Make | [Make, Make], string, string | null][] = [
      ...[1, 2, 3, 9, 10, 30, 31, 60].map((left): [Make, string, null] => [
        texts(upTo(any, 0, 5 + left)),
        '"some ',
        null,
      ]),
      ...[1, 4, 16, 17].map((left): [Make, string, null] => [texts(upTo(lower, 0, 4 + left)), '"some', null]),
      ...[3, 7].map((left): [Make, string, null] => [texts(upTo(word, 3, left)), '"', null]),
      // Behind them come more of the same kind, none, others, or one of several.
      [texts(then(upTo(lower, 0, 5), upTo(word, 0, 3))), '"', null],
      [texts(then(upTo(lower, 0, 5), literal('.'), upTo(lower, 1, 9))), '"', null],
      [texts(either(upTo(any, 0, 6), upTo(lower, 0, 12))), '"ab', null],
      [texts(both(upTo(any, 0, 6), (ir) => ir.not(upTo(any, 0, 3)(ir)))), '"a', null],
      [texts(both(upTo(any, 0, 6), upTo(then(upTo(lower, 1, 3), literal(' ')), 0, 2))), '"a', null],
      [either(texts(upTo(any, 0, 4)), texts(upTo(lower, 8, 9))), '"ab', null],
      [either(texts(upTo(any, 0, 4)), then(literal('"'), upTo(any, 0, 6), literal('"'))), '"', null],
      // A literal may follow within them, or has begun already.
      [texts(upTo(any, 0, 9)), '"some', ', "'],
      [upTo(lower, 0, 6), 'abc', 'de '],
      [then(upTo(lower, 0, 6), literal('!')), 'abc', 'de '],
      [either(upTo(lower, 0, 3), then(upTo(lower, 0, 6), literal('!'))), 'abc', 'de '],
      [either(literal('ab'), then(upTo(lower, 0, 6), literal('!'))), 'abd', 'different'],
      // A lexeme may end within them.
      [[upTo(lower, 1, 3), then(upTo(lower, 1, 3), literal('!'))], 'a', null],
      [[either(literal('ab'), literal('a')), then(upTo(lower, 1, 3), literal('!'))], 'ab', null],
      [[literal('ab'), then(upTo(lower, 1, 3), literal('!'))], 'ab', 'different'],
    ]
    for (const [make, text, suffix] of cases) {
      const parts = typeof make === 'function' ? [make] : make
      const { words: encoded, bytes } = encode(parts, parts.length === 1 ? null : twoOrOne)
      const compiled = vocab.compile(encoded, bytes)
      const matcher = compiled.matcher(bytesOf(''), suffix === null ? null : bytesOf(suffix))
      for (const token of vocab.tokenize(bytesOf(text))) expect(matcher.accept(token)).toBe(true)
      expect([text, suffix, wrongOf(vocab, matcher)]).toEqual([text, suffix, []])
    }
  }, 60_000)
})
