// Constructs of other regular expression languages: JavaScript reads many of them as letters, so they are refused with
// the JavaScript way, in holes and in schemas; and nothing that is JavaScript's own is taken for one of them.

import { foreignConstruct } from '../../../lib/constraint/regex/foreign-constructs.js'
import { Pattern } from '../../../lib/constraint/regex/pattern.js'
import { regex } from '../../../lib/constraint/regex.js'
import { refusal } from '../../support/schema-judge.js'

const told = (pattern: RegExp | string): string => {
  try {
    regex(pattern)
    return ''
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`
  }
}

const escapes = [...'ACEFGHIJKLMNOPQRTUVXYZacegehijklmopquxyz'].filter((letter) => letter !== 'c')

test.each(escapes)('the escape \\%s is refused wherever it is read as a letter', (letter) => {
  for (const source of [`\\${letter}zzz`, `zzz\\${letter}`, `[\\${letter}]`, `(?:x|\\${letter})+`]) {
    expect(told(source)).toMatch(
      /^REGEX_UNSUPPORTED .*which means something else in JavaScript or nothing: \S/,
    )
    expect(told(new RegExp(source))).toContain(`the escape \\${letter}`)
    for (const lenient of [false, true]) {
      expect(refusal({ type: 'string', pattern: source }, { lenient })).toContain('SCHEMA_UNSUPPORTED')
      expect(refusal({ patternProperties: { [source]: {} } }, { lenient })).toContain(
        `the escape \\${letter}`,
      )
    }
  }
})

test.each([
  ['\\Aabc\\Z', 'write ^'],
  ['abc\\Z', 'write $'],
  ['abc\\z', 'write $'],
  ['a\\hb', '[ \\t]'],
  ['\\Qa.b\\E', 'backslash before each'],
  ['\\x{1F600}', 'two hexadecimal digits'],
  ['\\xg', 'two hexadecimal digits'],
  ['\\u{1F600}\\-', 'four hexadecimal digits'],
  ['\\p{L}\\-', 'flag u'],
  ['\\p{IsGreek}', 'flag u'],
  ['\\pL', 'flag u'],
  ['\\ca\\c', '\\\\c'],
  ['\\k<n>', '(?<name>...)'],
  ['\\<word\\>', 'write \\b'],
  ['(a)\\2', 'not there'],
  ['[[:alpha:]]', 'POSIX'],
  ['[[:^digit:]x]+', 'POSIX'],
  ['[:space:]', 'POSIX'],
  ['[a[.hyphen.]]', 'POSIX'],
  ['[[=e=]]', 'POSIX'],
  ['[a-z&&[^aeiou]]', 'flag v'],
  ['[a-z-[aeiou]]', 'flag v'],
  ['[a-c[x-z]]', 'flag v'],
  ['[[a-z]&&[b]]', 'flag v'],
])('%s is refused with the JavaScript way', (source, way) => {
  expect(told(source)).toMatch(/^REGEX_UNSUPPORTED /)
  expect(told(source)).toContain(way)
  expect(refusal({ type: 'string', pattern: source })).toContain(way)
})

test.each([
  ['(?i)abc', '/.../i'],
  ['(?i:abc)', '/.../i'],
  ['(?-i)abc', '/.../i'],
  ['(?im-sx:abc)', '/.../i'],
  ['(?P<name>a)', '(?<name>...)'],
  ['(?P=name)', '\\k<name>'],
  ["(?'name'a)", '(?<name>...)'],
  ['(?#note)a', 'leave it out'],
  ['(?>a)b', '(?:...)'],
  ['(?|a|b)', '(?:...)'],
  ['(?R)', 'levels'],
  ['(?1)', 'levels'],
  ['(?&name)', 'levels'],
  ['(?P>name)', 'levels'],
  ['(?(1)a|b)', '(?:a|b)'],
  ['(?<a-b>c)', 'levels'],
  ['(*UTF8)a', 'leave it out'],
  ['a++', 'leave out the +'],
  ['a*+b', 'leave out the +'],
  ['a?+', 'leave out the +'],
  ['a{2,3}+', 'leave out the +'],
  ['(?:ab)++', 'leave out the +'],
])('%s is no JavaScript, and the sentence says what is', (source, way) => {
  expect(told(source)).toMatch(/^REGEX_/)
  expect(told(source)).toContain(way)
  for (const lenient of [false, true]) {
    expect(refusal({ type: 'string', pattern: source }, { lenient })).toContain(way)
  }
})

test.each([
  ['\\d\\D\\w\\W\\s\\S\\t\\n\\v\\f\\r\\0\\cA\\x41\\u0041', ''],
  ['[\\d\\b\\cA\\x41\\u0041\\-\\]]', ''],
  ['\\u{41}\\p{L}\\P{Lu}[\\p{L}]', 'u'],
  ['[\\p{L}--[a-z]][[a-z]&&[aeiou]][a[b]]', 'v'],
  ['(?<n>a)(?:b)(c)', ''],
  ['(?<año>a)(?<$b>c)', 'u'],
  ['a+?b*?c??d{1,2}?e{3}', ''],
  ['a+b+', ''],
  ['\\++\\*+\\?+', ''],
  ['[+]+[*]+[(?i)]+', ''],
  ['\\(?i\\)', ''],
  ['(a)(b)\\|c', ''],
  ['\\101\\12\\8\\9', ''],
  ['[\\1\\7]', ''],
  ['[^[]*', ''],
  ['\\[[^[]*]', ''],
  ['[[]', ''],
  ['[[:]x', ''],
  ['[a:]', ''],
  ['[:a]', ''],
  ['[<>]\\/\\#\\"\\\'\\ \\@\\!\\~\\%\\&\\=\\_\\:\\;\\,', ''],
  ['[\\<\\>]', ''],
  ['a{,2}', ''],
  ['x(?=a)(?!b)(?<=c)(?<!d)', ''],
  ['(a)\\1', ''],
  ['(?<x>a)\\k<x>', ''],
])('%s with the flags "%s" is JavaScript', (source, flags) => {
  expect(() => new RegExp(source, flags)).not.toThrow()
  expect(foreignConstruct(new Pattern(source, flags))).toBeNull()
})

test.each(['[', '[[:', '(?', '(?<', '(*a', '\\', 'a+', '(', '[a[', '{1'])(
  'any length of %s is read at once',
  (part) => {
    // Where a turn went back to the beginning, these would take minutes.
    expect(foreignConstruct(new Pattern(part.repeat(100_000), ''))).not.toBeUndefined()
  },
)
