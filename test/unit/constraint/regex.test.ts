// What the regex builder refuses, and by which name; which patterns at the edge of the subset it takes.

import { contains } from '../../../lib/constraint/ir/code-point-set.js'
import { property } from '../../../lib/constraint/regex/unicode.js'
import { regex } from '../../../lib/constraint/regex.js'
import { languageOf } from '../../support/language.js'

const withoutFlags = (source: string): RegExp => new RegExp(source)
/** So long that the engine is asked about it piece by piece. */
const long = '[\\p{L}\\p{N}]\\p{L}'.repeat(200)
const deepName = `${'(?:'.repeat(150)}(?<n>a)${')'.repeat(150)}`
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const lower = (pattern: RegExp | string): unknown => languageOf(regex(pattern))

test.each([
  ['a look-ahead', 'a(?=b)', '', 'offset 1'],
  ['a negative look-ahead', '(?!x)a', '', 'offset 0'],
  ['a look-behind', 'a(?<=a)b', '', 'offset 1'],
  ['a back-reference', '(a)-\\1', '', 'offset 4'],
  ['a named back-reference', '(?<x>a)\\k<x>', '', 'offset 7'],
  ['a word boundary', 'a\\b', '', 'offset 1'],
  ['an anchor in the middle', 'a$b', '', 'offset 1'],
  ['an anchor behind something optional', 'a?^b', '', 'offset 2'],
  ['half a character', '\\ud83d', '', 'offset 0'],
  ['half a character in a class', '[😀]', '', 'offset 0'],
  ['a repeated character above U+FFFF without u', 'a😀+', '', 'offset 1'],
  ['a class of strings', '[\\q{ab|c}]', 'v', 'offset 1'],
  ['a property of strings', '\\p{RGI_Emoji}', 'v', 'offset 0'],
])('refuses %s by name and place', (_, source, flags, place) => {
  expect(() => lower(new RegExp(source, flags))).toThrow(
    expect.objectContaining({ code: 'REGEX_UNSUPPORTED', message: expect.stringContaining(place) }),
  )
})

test.each([
  ['an open group', '(a'],
  ['a reversed range', '[b-a]'],
  ['nothing to repeat', '*'],
  ['a number', 5],
  ['null', null],
  ['an object', {}],
  ['a proxy of a RegExp', new Proxy(/a/u, {})],
  ['a proxy that is revoked', revoked(/a/u)],
  ['a RegExp whose flags are none', Object.defineProperty(/a/, 'flags', { value: 5 })],
  ['a class in the name of a group', `(?<n[>]>x)${long}`],
  ['a reversed range behind much else', `${long}[b-a]`],
  ['two groups of one name', '(?<n>a)(?<n>b)'],
  // To tell whether such groups exclude each other may take a time that doubles with each level.
  ['two groups of one name, deep and behind much else', `${long}${deepName}${deepName}`],
])('refuses %s as syntax', (_, pattern) => {
  expect(() => regex(pattern as string)).toThrow(expect.objectContaining({ code: 'REGEX_SYNTAX' }))
})

test.each([
  ['a megabyte', 'a'.repeat(1 << 20)],
  ['deep groups', '('.repeat(1000) + ')'.repeat(1000)],
  ['deep groups behind much else', `${long}${'(?:a'.repeat(50_000)}`],
  ['deep classes', new RegExp(`${'[a'.repeat(1000)}${']'.repeat(1000)}`, 'v')],
  ['a huge count', 'a{1,99999999}'],
  ['units counted too far', /.{60000}/],
])('refuses %s as too complex', (_, pattern) => {
  expect(() => lower(pattern)).toThrow(expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }))
})

test.each<[string | RegExp, string[], string[]]>([
  [/^abc$/, ['abc'], ['ab', 'abcd', '']],
  [/^(?:^a|b$)$/m, ['a', 'b'], ['ab']],
  [/(^a)?b/, ['ab', 'b'], ['a']],
  [/a.c/dgy, ['abc'], ['a\nc']],
  ['[\\w-]+\\-x', ['a-x'], ['-']],
  ['\\p{L}+', ['aé日'], ['1']],
  ['.', ['😀'], ['ab']],
  [/./, ['a'], ['😀']],
  [/../, ['😀', 'ab'], ['a', '😀a']],
  [/.{3}/, ['a😀', '😀a', 'abc'], ['😀', '😀😀']],
  [/x[^y]*z/, ['xz', 'x😀z'], ['xyz']],
  [/(?:a.)*/, ['', 'abac'], ['a😀', 'ab😀']],
  [/a😀b/, ['a😀b'], ['ab']],
  [/\ud83d\ude00/, ['😀'], ['']],
  [withoutFlags(String.raw`\cJ\x41\101\0`), ['\nAA\0'], []],
  [withoutFlags(String.raw`\8a{,2}]`), ['8a{,2}]'], []],
  [/a|/, ['', 'a'], ['b']],
  [/()/, [''], ['a']],
])('%s holds what it should', (pattern, members, others) => {
  const isMember = languageOf(regex(pattern))
  for (const text of members) expect([text, isMember(text)]).toEqual([text, true])
  for (const text of others) expect([text, isMember(text)]).toEqual([text, false])
})

test.each(['L', 'Lu', 'Cn', 'Co', 'Cs', 'Any', 'NChar', 'Emoji', 'DI', 'Script=Thai', 'scx=Latin', 'ASCII'])(
  'property %s holds the code points RegExp says',
  (name) => {
    const pattern = new RegExp(`^\\p{${name}}$`, 'u')
    const set = property(name)
    let wrong = 0
    for (let point = 0; point <= 0x10ffff; point++) {
      if (contains(set, point) !== pattern.test(String.fromCodePoint(point))) wrong++
    }
    expect(wrong).toBe(0)
    for (let index = 1; index < set.length; index++)
      expect(set[index]![0]).toBeGreaterThan(set[index - 1]![1] + 1)
  },
)
