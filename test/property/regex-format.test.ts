// The format `regex` against JavaScript itself and ajv: texts that the pattern has are regular expressions with the
// flag u and without, its opposite has none of them, and what people write is in it.
import { formatPattern } from '../../lib/constraint/json-schema/shape/formats.js'
import { validatorOf } from '../support/ajv-verdict.js'
import { RandomSchemas } from '../support/random-schemas.js'
import { judge } from '../support/schema-judge.js'

const { source, wide } = formatPattern('regex')!
const [member, passable] = [new RegExp(source, 'u'), new RegExp(wide, 'u')]
const isAjvs = validatorOf({ type: 'string', format: 'regex' })
const pieces = [
  ...[
    'a',
    'b-',
    '-z',
    '^',
    '$',
    '.',
    '|',
    '(',
    '(',
    ')',
    ')',
    '(?:',
    '(?=',
    '(?!',
    '(?<=',
    '(?<!',
    '(?<n>',
    '[',
    '[^',
    ']',
  ],
  ...[
    '*',
    '+',
    '?',
    '{',
    '}',
    '{2}',
    '{1,3}',
    '{3,1}',
    '{10,9}',
    '{12,123}',
    '{,2}',
    ',',
    '0',
    '7',
    '\\',
    '\\d',
    '\\w-',
  ],
  ...[
    '\\b',
    '\\B',
    '\\-',
    '\\1',
    '\\k<n>',
    '\\p{L}',
    '\\x41',
    '\\u0041',
    '\\u{41}',
    '\\cA',
    '\\0',
    '\\/',
    '\\]',
    '\\e',
  ],
  ...['/', 'a-z', 'z-a', '9-0', '-', '&&', 'é', '😀', '\n', ':', '=', '!', '<', '>'],
]

test('what is in it is a regular expression, and nothing in its opposite is', () => {
  const random = new RandomSchemas(3)
  const counts = { members: 0, valid: 0 }
  for (let index = 0; index < 40_000; index++) {
    const text = Array.from({ length: 1 + random.below(7) }, () => random.pick(pieces)).join('')
    const isMember = member.test(text)
    const isValid = isRegex(text, 'u')
    if (isMember && (!isValid || !isRegex(text, '') || !isAjvs(text)))
      throw new Error(`has ${JSON.stringify(text)}`)
    if (!passable.test(text) && (isValid || isRegex(text, '')))
      throw new Error(`opposite has ${JSON.stringify(text)}`)
    if (isMember) counts.members++
    if (isValid && isRegex(text, '')) counts.valid++
  }
  expect(counts.members).toBeGreaterThan(counts.valid * 0.7)
})

const inOrder = [
  '[0-9]',
  '[5-5]',
  '[a-z]',
  '[x-z]',
  '[A-F0-9a-f_-]',
  'a{0,9}',
  'a{7,7}',
  'a{19,20}',
  'a{9,10}',
  'a{99,100}',
]
const outOfOrder = ['[9-0]', '[b-a]', '[Z-A]', 'a{9,0}', 'a{19,18}', 'a{20,19}', 'a{10,9}', 'a{100,99}']

test.each([
  ...inOrder,
  '',
  '^[a-z]+$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '(foo|bar)*?',
  '^(?:[A-Za-z_][A-Za-z0-9_]*)(?:\\.[A-Za-z_]+)*$',
  '^(?!-)[a-z0-9-]{1,63}(?<!-)$',
  '((a|(bc))+)',
  '\\/path\\/[^/]+\\/?',
  '[\\w.-]+@[\\w-]+\\.\\w{2,}',
  '\\x41\\u00e9\\t',
])('%j is one', (text) => {
  expect(judge({ type: 'string', format: 'regex' }).accepts(JSON.stringify(text))).toBe(true)
  expect(judge({ type: 'string', not: { format: 'regex' } }).accepts(JSON.stringify(text))).toBe(false)
})

test.each([
  ...outOfOrder,
  '*',
  '(',
  ')',
  '[',
  'a**',
  'a{2}{3}',
  '^*',
  '\\',
  '(?=a)*',
  '\\b+',
  '{1}',
  ']',
  '(?a)',
])('%j is none', (text) =>
  expect(judge({ type: 'string', format: 'regex' }).accepts(JSON.stringify(text))).toBe(false),
)

function isRegex(text: string, flags: string): boolean {
  try {
    new RegExp(text, flags)
    return true
  } catch {
    return false
  }
}
