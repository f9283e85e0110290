// Stretches of a text, judged by String.prototype.includes; long sources, and what is refused.
import fc from 'fast-check'
import { compile, limit } from '../../../lib/constraint/constraint.js'
import { lowerConstraint } from '../../../lib/constraint/lower.js'
import { Recogniser } from '../../../lib/constraint/recognise/recogniser.js'
import { and, hole, not, prompt, substring, words } from '../../../lib/index.js'
import { createVocab } from '../../../lib/native/native.js'
import { scripted } from '../../../lib/testing/testing.js'
import { languageOf } from '../../support/language.js'

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const vocab = createVocab({ tokens: [...bytes, new Uint8Array()], special: [256], eog: [256] })
const encoder = new TextEncoder()

test('its stretches are its members, and nothing else is', () => {
  const text = (maxLength: number) =>
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '😁', '\n'), minLength: 1, maxLength })
  fc.assert(
    fc.property(text(24), text(6), fc.nat(24), fc.nat(24), (source, other, from, count) => {
      const constraint = substring(source)
      const ir = lowerConstraint(constraint)
      const [isMember, recogniser, native] = [
        languageOf(constraint),
        new Recogniser(ir),
        vocab.compile(ir.words, ir.bytes),
      ]
      const stretch = [...source].slice(from, from + count).join('')
      for (const value of [stretch, other, stretch + other, source, '']) {
        const expected = value !== '' && source.includes(value)
        expect([value, isMember(value)]).toEqual([value, expected])
        expect([value, recogniser.has(value)]).toEqual([value, expected])
        expect([value, native.has(encoder.encode(value))]).toEqual([value, expected])
      }
    }),
    { numRuns: 300 },
  )
})

const letters = (count: number): string => {
  let state = 7
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647
    return 'abcd '[state % 5]
  }).join('')
}

test.each([
  ['of one letter', 'a'.repeat(250_000)],
  ['of two', 'ab'.repeat(125_000)],
  ['random', letters(250_000)],
  ['with all its turns marked', `${'a'.repeat(125_000)}${'b'.repeat(125_000)}`],
  ['of many states', `a${'b'.repeat(249_998)}c`],
  [
    'of other characters',
    Array.from({ length: 83_333 }, (_, at) => String.fromCodePoint(0x4e00 + (at % 20_000))).join(''),
  ],
])('the longest source: %s', (_name, source) => {
  const matcher = compile(substring(source), vocab).matcher()
  const quote = encoder.encode([...source].slice(19_990, 20_010).join(''))
  for (const byte of quote) expect(matcher.accept(byte)).toBe(true)
  expect(matcher.canEnd()).toBe(true)
})

test('sets apply to it, and a run may quote', async () => {
  const source = 'The mill was built in 1785. It burnt down in 1840.'
  const quote = and(limit(substring(source), { charactersMax: 20 }), and(words(2, 3), not('burnt down')))
  const isMember = languageOf(quote)
  expect(['burnt down in', 'burnt down', 'mill', 'It burned'].map(isMember)).toEqual([
    true,
    false,
    false,
    false,
  ])
  const model = scripted({ quote: 'It burnt down' })
  expect((await model.run(prompt`"${hole('quote', quote)}"`)).values.quote).toBe('It burnt down')
  await model.dispose()
})

test.each<[unknown, string, RegExp]>([
  [5, 'PART_INVALID', /5/],
  [/a/, 'PART_INVALID', /RegExp/],
  ['\ud800', 'PART_INVALID', /surrogate/],
  ['', 'CONSTRAINT_EMPTY', /empty/],
  ['a'.repeat(250_001), 'CONSTRAINT_TOO_COMPLEX', /250001.*250000/],
  ['é'.repeat(125_001), 'CONSTRAINT_TOO_COMPLEX', /250002.*250000/],
  ['a'.repeat(1_000_000), 'CONSTRAINT_TOO_COMPLEX', /1000000.*250000/],
])('what can not be quoted is refused: case %#', (text, code, seen) => {
  expect(() => substring(text as never)).toThrow(
    expect.objectContaining({ name: 'ConstraintError', code, message: expect.stringMatching(seen) }),
  )
})

test.each<[string, readonly number[], readonly number[]]>([
  ['of a set', [9, 0], [3, 1, 97, 97]],
  ['of one to come', [9, 1], [2, 0, 1]],
  ['of half a character', [9, 0], [2, 1, 1]],
])('the native core takes no stretch %s', (_name, stretch, source) => {
  const words = Int32Array.of(1, 2, 0, 0, 1, ...source, ...stretch)
  expect(() => vocab.compile(words, encoder.encode('é'))).toThrow(
    expect.objectContaining({ code: 'CONSTRAINT_INVALID' }),
  )
})

test('masks of the longest source are those of what stands in it, wherever a quote is', () => {
  const source = letters(250_000)
  const compiled = compile(substring(source), vocab)
  for (let from = 0; from < 250_000; from += 12_345) {
    const matcher = compiled.matcher()
    let read = ''
    for (const byte of encoder.encode(source.slice(from, from + 30))) {
      const mask = matcher.mask()
      for (const letter of 'abcd e') {
        const code = letter.charCodeAt(0)
        expect([read + letter, (mask[code >> 5]! >>> (code & 31)) & 1]).toEqual([
          read + letter,
          source.includes(read + letter) ? 1 : 0,
        ])
      }
      expect(matcher.accept(byte)).toBe(true)
      read += String.fromCharCode(byte)
    }
  }
})
