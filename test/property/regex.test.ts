// Goal: a regex constraint's language is what JavaScript's RegExp matches as a whole value.
// Method: random patterns of the supported subset with random flags, texts that match or nearly do; the lowered IR is
// run by the reference and compared with RegExp itself.
import fc from 'fast-check'
import { regex } from '../../lib/constraint/regex.js'
import { languageOf as languageOfConstraint } from '../support/language.js'
import { nearTexts, regexFlags, regexSamples } from '../support/regex-arbitrary.js'

const languageOf = (pattern: RegExp): ((text: string) => boolean) => languageOfConstraint(regex(pattern))

const cases = regexFlags.chain((flags) =>
  regexSamples(flags).chain(({ source, text }) =>
    fc.record({
      source: fc.constant(source),
      flags: fc.constant(flags),
      texts: fc.array(nearTexts(text), { minLength: 1, maxLength: 6 }),
    }),
  ),
)

test('a pattern matches the texts RegExp matches', () => {
  fc.assert(
    fc.property(cases, ({ source, flags, texts }) => {
      const isMember = languageOf(new RegExp(source, flags))
      // V8 (Node 20) backtracks wrongly over negated classes under v: /^(?:[^]*)$/v.test('a') is false.
      // What these patterns mean is the same under u.
      const judge = new RegExp(`^(?:${source})$`, flags.replace('v', 'u'))
      for (const text of texts) expect([text, isMember(text)]).toEqual([text, judge.test(text)])
    }),
    { numRuns: 1000 },
  )
})

test('every code point is in a class as RegExp says', () => {
  const sources = [
    '\\w',
    '\\W',
    '[^k]',
    '\\s',
    '\\p{Lu}',
    '\\P{Lu}',
    '[^\\P{Lu}]',
    '.',
    '[Ā-ſ]',
    'ǆ',
    'θ',
    'ß',
  ]
  const texts = [...Array(0x3000).keys(), 0xab70, 0x13a0, 0xfb05, 0x1e943, 0x10400].map((c) =>
    String.fromCodePoint(c),
  )
  for (const source of sources) {
    for (const flags of ['', 'i', 'u', 'iu', 'v', 'iv']) {
      if (source.includes('p{') || source.includes('P{')) if (!/[uv]/.test(flags)) continue
      const isMember = languageOf(new RegExp(source, flags))
      const judge = new RegExp(`^(?:${source})$`, flags)
      const wrong = texts.filter((text) => isMember(text) !== judge.test(text))
      expect([source, flags, wrong.map((text) => text.codePointAt(0)!.toString(16))]).toEqual([
        source,
        flags,
        [],
      ])
    }
  }
})

test('classes under v can be nested, intersected and subtracted', () => {
  for (const source of [
    '[\\w--[a-c]]',
    '[\\p{L}&&[a-zé]]',
    '[[a-c][x-z]]',
    '[^[a-c]]',
    '[\\w--\\d--_]',
    '[[a-z]&&[^aeiou]]',
  ]) {
    for (const flags of ['v', 'iv']) {
      const isMember = languageOf(new RegExp(source, flags))
      const judge = new RegExp(`^(?:${source})$`, flags)
      for (let code = 0; code < 0x200; code += 1) {
        const text = String.fromCodePoint(code)
        expect([source, flags, code, isMember(text)]).toEqual([source, flags, code, judge.test(text)])
      }
    }
  }
})
