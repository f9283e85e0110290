// Recorded results of reading patterns with every kind of flag: what was refused, in which words and where, and of what
// was taken the flat form. A change of meaning or of a sentence shows as a diff. ESPALIER_GOLDEN=write makes the file
// anew. Sentences of syntax errors are the engine's, so that only their code is kept.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { regex } from '../../lib/constraint/regex.js'

const flagSets = ['', 'i', 's', 'u', 'iu', 'v', 'iv'] as const

const scripts = (
  'Arab Armn Beng Bopo Cher Copt Cyrl Deva Ethi Geor Goth Grek Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo ' +
  'Latn Mlym Mong Mymr Ogam Orya Tale Sinh Syrc Taml Telu'
).split(' ')

/** Each is read as a string, which tries the flag u first, and with each set of flags. */
const sources = [
  '',
  'a',
  'abc',
  'a|b|',
  '(?:)',
  '()',
  'a(b)c',
  '(?<n>a)b',
  '(?<n>a)(?<m>b)',
  '(?<año>a)',
  'a(?:b|c(?:d|))e',
  '^a$',
  '^(?:^a|b$)$',
  '(^a)?b',
  'a$b',
  'a?^b',
  '(^)*',
  '(?:$)+',
  '^^a$$',
  'a*',
  'a+?',
  'a??',
  'a{2}',
  'a{2,}',
  'a{0,3}?',
  'a{0}',
  '(?:ab){2,3}',
  '(a*)+',
  'a{,2}',
  'a{',
  'a{1',
  'a{1,',
  '}',
  'a}',
  '{',
  'a**',
  '*a',
  'a{2,1}',
  'a{99999999}',
  'a{1,99999999}',
  '(?:ab)++',
  'x{1000000}',
  'x{1000001}',
  '\\t\\n\\v\\f\\r\\0',
  '\\cA\\cz',
  '\\c',
  '\\c1',
  '[\\c]',
  '[\\c1\\c_\\ca]',
  '\\x41',
  '\\x4',
  '\\u0041',
  '\\u{41}',
  '\\u{1F600}',
  '\\u{110000}',
  '\\101\\12\\8\\9',
  '[\\1\\7\\101]',
  '\\1',
  '(a)\\1',
  '(a)\\2',
  '\\k',
  '\\k<n>',
  '(?<n>a)\\k<n>',
  '\\k<n>(?<n>a)',
  '\\k<n>(?<n>a)\\b',
  '\\.\\*\\/\\-\\_',
  '\\-',
  '[\\-]',
  '\\a',
  '\\A',
  '\\e',
  '\\p{L}',
  '\\P{Lu}+',
  '\\p{Script=Greek}',
  '\\p{Foo}',
  '\\p{RGI_Emoji}',
  '\\p',
  '\\b',
  'a\\B',
  '[\\b]',
  '[\\B]',
  '\\',
  'a\\',
  '[abc]',
  '[^abc]',
  '[]',
  '[^]',
  '[a-z]',
  '[z-a]',
  '[a-]',
  '[-a]',
  '[a-c-e]',
  '[\\d-a]',
  '[a-\\d]',
  '[\\w-]',
  '[^\\W_]',
  '[\\s\\S]',
  '.',
  '\\d\\D\\w\\W\\s\\S',
  '[k]',
  'k',
  'ſ',
  '[ß-é]',
  '[à-ÿΑ-Ω]',
  '[\\p{L}\\d]',
  '[^\\P{Lu}]',
  '[a',
  '[[a]',
  '[]]',
  '[a]]',
  '[^[]*',
  '[\\]\\[\\\\]',
  '[\\u0061-\\x7a]',
  '[\\w--[a-c]]',
  '[\\p{L}&&[a-zé]]',
  '[[a-c][x-z]]',
  '[^[a-c]]',
  '[\\w--\\d--_]',
  '[[a-z]&&[^aeiou]&&[b-y]]',
  '[\\q{ab|c}]',
  '[^\\q{ab}]',
  '[a\\q{}]',
  '[a--b--c]',
  '[a-c--b]',
  '[a&&b--c]',
  '[(]',
  '[a-z-]',
  '[[]',
  '[[[a]]--[[b]]]',
  '[\\p{RGI_Emoji}]',
  '[^\\p{RGI_Emoji}]',
  '😀',
  'a😀b',
  '😀+',
  '(?:😀)+',
  '[😀]',
  '[^😀]',
  '[😀-😂]',
  '\\ud83d\\ude00',
  '\\ud83d',
  '\\ude00',
  '\\ud83d\\u0041',
  '\\ud83da',
  '[\\ud83d]',
  '[\\ud800-\\udfff]',
  '\\ud83d\\ude00*',
  '\\ud83d\\ude00{2}',
  '\\ud83d\\ude00{x',
  '.{3}',
  '(?:.|a){2}',
  '[^y]*',
  'x[^y]+z',
  'a(?=b)',
  '(?!x)a',
  'a(?<=a)b',
  '(?<!a)b',
  '(?P<n>a)',
  '(?>a)',
  '(?#x)a',
  '(?<n>a)|(?<n>b)',
  '(?<n>a)(?<n>b)',
  '(?<n',
  '(?<>a)',
  '(?<1>a)',
  '(?',
  '(',
  'a)',
  '(a',
  '(?:a',
  '[[:alpha:]]',
  '[a-z&&[^aeiou]]',
  '(*UTF8)a',
  'a\\b(?=b)',
  `${'('.repeat(199)}a${')'.repeat(199)}`,
  `${'('.repeat(200)}a${')'.repeat(200)}`,
  `\\b${'('.repeat(300)}a${')'.repeat(300)}`,
  `${'['.repeat(199)}a${']'.repeat(199)}`,
  `${'['.repeat(300)}a${']'.repeat(300)}`,
  `${'ab'.repeat(1 << 16)}c`,
  Array.from({ length: 33 }, (_, at) => `\\p{Script=${scripts[at]}}`).join(''),
  `${'a'.repeat(1001)}(?=b)`,
  `${'a'.repeat(1001)}(?=b`,
  `(?=b)${'a'.repeat(1001)}(`,
]

function result(source: string, flags: string | null): string {
  // As RegExps of another realm, so that each engine is asked about each pattern.
  const pattern = flags === null ? source : { [Symbol.toStringTag]: 'RegExp', source, flags }
  try {
    const builder = new IrBuilder()
    const { words, bytes } = builder.finish(regex(pattern as RegExp | string).lower(builder))
    // What a property holds is another thing in each edition of Unicode.
    if (/\\p/i.test(source)) return 'taken'
    const form = `${words.join(' ')} "${Buffer.from(bytes).toString('latin1')}"`
    return form.length < 100 ? form : createHash('sha256').update(form).digest('hex')
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return code === 'REGEX_SYNTAX' ? code : `${code} ${message}`
  }
}

const shown = (source: string) =>
  source.length < 100 ? source : `${source.slice(0, 20)}... of ${source.length} characters`

test('patterns are read as recorded', () => {
  const lines = sources.flatMap((source) =>
    [null, ...flagSets].map((flags) => JSON.stringify([shown(source), flags, result(source, flags)])),
  )
  const text = `${lines.join('\n')}\n`
  const file = path.join(__dirname, 'regex.jsonl')
  if (process.env.ESPALIER_GOLDEN === 'write') writeFileSync(file, text)
  expect(existsSync(file)).toBe(true)
  expect(text).toBe(readFileSync(file, 'utf8'))
})
