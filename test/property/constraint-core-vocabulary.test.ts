// The mask of the native constraint core over a real vocabulary, where slices and whole walks have to agree.

import type { RegexId } from '../../lib/constraint/ir/ir.js'
import type { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { bytesOf, encode, isSet, type Make } from '../support/ir-of.js'
import { disposeVocabularies, realVocabulary } from '../support/real-vocabularies.js'

afterAll(disposeVocabularies)

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
      const mask = matcher.mask()
      const wrong: number[] = []
      for (let token = 0; token < vocab.size; token++) {
        if (matcher.allows(token) !== isSet(mask, token)) wrong.push(token)
      }
      expect([text, suffix, wrong]).toEqual([text, suffix, []])
    }
  }, 60_000)
})
