// Constraints made to be costly, by name: nested repeats, huge alternations, sets of long patterns, long sources.
// Each is made when asked for, as making one may cost as much as compiling it.
import { choice } from '../../lib/constraint/choice.js'
import { and, not } from '../../lib/constraint/combine.js'
import type { Constraint, RegularConstraint } from '../../lib/constraint/constraint-type.js'
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import { number } from '../../lib/constraint/number.js'
import { regex } from '../../lib/constraint/regex.js'
import { limit, text, until } from '../../lib/constraint/text.js'

/** Words that look like words and never repeat. */
function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    let word = ''
    for (let rest = index * 7919 + 1; rest > 0; rest = Math.floor(rest / 19)) {
      word += 'bcdfghjklmnpqrstvwx'[rest % 19]! + 'aeiou'[rest % 5]!
    }
    return word
  })
}

/** So many parts, each with a letter of its own. */
const different = (count: number, part: (letter: string) => string) =>
  Array.from({ length: count }, (_, index) => part(String.fromCodePoint(0x4e00 + index))).join('')

const holds = (...parts: string[]) => regex(`[^]*${parts.join('[^]*')}[^]*`)
const manyHolds = () => words(12).map((word) => holds(word))
const behind = (count: number) => regex(`(a|b)*a(a|b){${count}}`)

const cycles = () => [7, 11, 13, 17, 19, 23].map((count) => regex(`(?:[a-z]{${count}})*`))
const both = (parts: readonly RegularConstraint[]) => parts.reduce((left, right) => and(left, right))

export const pathological: Readonly<Record<string, () => Constraint>> = {
  warm: () => choice(['yes', 'no']),
  behind20: () => behind(20),
  behind2000: () => behind(2000),
  notBehind20: () => not(behind(20)),
  andBehind: () => both([behind(20), regex('(a|b)*b(a|b){19}'), regex('(a|b)*a(a|b){13}')]),
  wordsBehind: () => regex('(?:[a-z]+ )*x(?:[a-z]+ ){30}'),
  nestedRepeats: () => regex('((a{0,100}){0,100}){0,100}'),
  nestedRepeatsB: () => regex('((a{1,100}b?){1,100}c?){1,100}'),
  nestedStars: () => regex('((((((a*)*b*)*c*)*)*d)*e?)*'),
  nestedOptionals: () => regex(`${'(a?'.repeat(150)}${')'.repeat(150)}`),
  optionals: () => regex(`${'a?'.repeat(2000)}${'a'.repeat(2000)}`),
  anyCount: () => regex('[^]{0,100000}'),
  anyCountU: () => regex(/[\s\S]{0,100000}/u),
  anyMillion: () => text({ charactersMin: 999_999, charactersMax: 1_000_000 }),
  bytesMillion: () => text({ bytesMax: 1_000_000 }),
  dots: () => regex('.{0,1000}x.{0,1000}y.{0,1000}z'),
  dotsU: () => regex(/.{0,1000}x.{0,1000}y.{0,1000}z/u),
  repeatMax: () => regex('(?:ab|c){1000000}'),
  repeatRepeat: () => regex('(?:[a-z]{1,1000} ){1,1000}'),
  holdsThree: () => holds('x', 'y', 'z'),
  andHolds: () => both(manyHolds()),
  notAndHolds: () => not(both(manyHolds())),
  andNotHolds: () => both(manyHolds().map((part) => not(part))),
  andCounts: () => both(cycles()),
  notCounts: () => not(both(cycles())),
  words20k: () => choice(words(20_000)),
  wordsRegex: () => regex(words(9000).join('|')),
  wordsStar: () => regex(`(?:(?:${words(9000).join('|')}) )*`),
  wordsIgnoreCase: () => regex(new RegExp(words(9000).join('|'), 'iu')),
  notWords: () => not(regex(words(9000).join('|'))),
  wordsEndings: () =>
    regex(
      words(9000)
        .map((word) => `[a-z]*${word}`)
        .join('|')
        .slice(0, 130_000),
    ),
  stops2000: () => until(words(2000)),
  stopsLong: () => until('ab'.repeat(50_000)),
  letters65k: () => regex('a|'.repeat(65_000)),
  classes: () =>
    regex(
      Array.from({ length: 18_000 }, (_, index) => `[a-z${String.fromCharCode(0x4e00 + index)}]`).join(''),
    ),
  properties: () => regex(/(?:\p{L}\p{M}*|\p{N}+(?:[.,]\p{N}+)*|\p{P}|\p{S}|\p{Zs}){1,500}/u),
  propertiesIgnoreCase: () => regex(/(?:\p{Lu}|\p{Ll}|[^\p{L}])+(?:\P{Lu}\P{Ll}){50}/iu),
  propertySets: () =>
    regex(new RegExp(`(?:${'[\\p{L}--[a-z]]|[\\p{N}&&\\p{Script=Thai}]|'.repeat(200)}x)*`, 'v')),
  classesIgnoreCase: () => regex(new RegExp('[\\p{L}\\W]'.repeat(3000), 'ui')),
  classesDifferent: () =>
    regex(
      new RegExp(
        different(3000, (letter) => `[\\p{L}\\W${letter}]`),
        'ui',
      ),
    ),
  classDifferences: () => regex(new RegExp('[\\p{L}--\\p{Lu}]'.repeat(3000), 'v')),
  differencesDifferent: () =>
    regex(
      new RegExp(
        different(900, (letter) => `[\\p{L}--\\p{Lu}--${letter}]`),
        'v',
      ),
    ),
  differencesLong: () => regex(new RegExp(`[\\p{L}${different(18_000, (letter) => `--${letter}`)}]`, 'v')),
  rangesIgnoreCase: () =>
    regex(
      new RegExp(
        different(10_000, (letter) => `[\\x00-${letter}]`),
        'i',
      ),
    ),
  propertiesLong: () => regex('\\p{L}'.repeat(25_000)),
  classesOfProperties: () => regex('[\\p{L}\\p{N}]'.repeat(9000)),
  classesOfPropertiesBroken: () => regex(`${'[\\p{L}\\p{N}]'.repeat(9000)}(?<x>a)\\k<x>`),
  classesOfPropertiesDifferent: () => regex(different(9000, (letter) => `[\\p{L}\\p{N}${letter}]`)),
  megabyte: () => regex('abcdefgh'.repeat(131_072)),
  long: () => regex('abcdefgh'.repeat(16_000)),
  longClasses: () => regex('[a-y]b?'.repeat(18_000)),
  longChoiceUtf16: () => regex('(?:.|ab)'.repeat(16_000)),
  longDots: () => regex('.?'.repeat(65_000)),
  andLong: () => and(regex('[a-y]'.repeat(26_000)), regex('[b-z]'.repeat(26_000))),
  notLong: () => not(regex('(?:a|bc)'.repeat(16_000))),
  notNot: () => words(1000).reduce<RegularConstraint>((part) => not(part), regex('a+')),
  andDeep: () => both(words(1000).map((word) => not(regex(`[^]*${word}`)))),
  groupsDeep: () => regex(`${'('.repeat(100_000)}a${')'.repeat(100_000)}`),
  choiceLong: () => choice(Array.from({ length: 500 }, (_, index) => 'x'.repeat(index * 10 + 1))),
  choiceHuge: () => choice(words(300_000)),
  choiceWide: () =>
    choice(Array.from({ length: 150_000 }, (_, index) => String.fromCodePoint(0x10000 + index))),
  limitWords: () =>
    limit(regex('(?:[a-z]+ )*'), { charactersMin: 5000, charactersMax: 10_000, bytesMax: 10_000 }),
  numberWide: () => number({ min: -1.7976931348623157e308, max: 1.7976931348623157e308 }),
  numberTiny: () => number({ min: 5e-324, max: 1, decimalsMax: 100 }),
  manyWords: () => jsonSchema({ type: 'string', pattern: String.raw`^(?:\S+\s+){0,9}\S+$`, maxLength: 5000 }),
  trimmed: () => jsonSchema({ type: 'string', pattern: String.raw`^\S(.*\S)?$`, maxLength: 20_000 }),
  threeKinds: () =>
    jsonSchema({
      allOf: ['[0-9]', '[A-Z]', '[a-z]'].map((pattern) => ({ type: 'string', pattern, maxLength: 5000 })),
    }),
  oneOfSeven: () =>
    jsonSchema({ oneOf: words(7).map((pattern) => ({ type: 'string', pattern, maxLength: 5000 })) }),
  severalTexts: () =>
    jsonSchema({
      type: 'string',
      anyOf: [
        {
          oneOf: [
            { pattern: '^[A-Z]+[0-9a-f]?$', maxLength: 20_000, minLength: 19 },
            { pattern: String.raw`(?:\w+[.-]){21,}(?:\w+[.-]){2,43}a*$`, minLength: 9 },
            { pattern: String.raw`[\s\S]{0,200}[\s\S]+(?:\S+\s+){5,60}\p{L}*$` },
          ],
        },
        {
          not: {
            anyOf: [
              { pattern: String.raw`\d(?:the|a|an) {13,}` },
              { pattern: '^[a-z]' },
              { pattern: String.raw`(?:the|a|an) {7,}[^,]{4,24}\s?$` },
            ],
          },
          minLength: 9,
        },
      ],
    }),
  mailOfWords: () =>
    jsonSchema({
      type: 'string',
      format: 'email',
      pattern: '[A-Z]{5,47}(?:[^ ]+ )+(?:[^ ]+ )*',
      not: { pattern: String.raw`\w(?:[a-z]+,)$` },
      maxLength: 20_000,
    }),
  noneOfThree: () =>
    jsonSchema({
      type: 'string',
      not: {
        anyOf: [
          { pattern: String.raw`^(?:\w+[.-]){0,20}\d{16,}a\p{L}{17,}` },
          { pattern: String.raw`^\w{2,9}?\w{2,9}?.{0,200}(?:the|a|an) ?$` },
          { pattern: String.raw`^(?:\S+\s+)*\S{0,50}$` },
        ],
      },
      maxLength: 100,
    }),
}
