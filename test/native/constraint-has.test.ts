// `has` of a compiled constraint: whole values by their bytes. Judged by a matcher that takes them byte by byte.

import {
  type Constraint,
  choice,
  compile,
  gbnf,
  jsonSchema,
  regex,
  text,
  until,
} from '../../lib/constraint/constraint.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { createVocab } from '../../lib/native/native.js'

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const vocab = createVocab({
  tokens: [...bytes, new TextEncoder().encode('</s>')],
  special: [256],
  eog: [256],
})
const encoder = new TextEncoder()

const native = (constraint: Constraint) => {
  const { words, bytes: literals } = lowerConstraint(constraint)
  return vocab.compile(words, literals)
}

function hasByTokens(constraint: Constraint, value: string): boolean {
  const matcher = compile(constraint, vocab).matcher()
  return [...encoder.encode(value)].every((byte) => matcher.accept(byte)) && matcher.canEnd()
}

const long = 'The report says that nothing changed; é and 漢字 and "so on". '
const cases: readonly [string, Constraint, readonly string[]][] = [
  ['a choice', choice(['a', 'ab', 'b']), ['', 'a', 'ab', 'abc', 'b']],
  ['text of a length', text({ charactersMin: 2, charactersMax: 3 }), ['a', 'ab', 'é漢字', 'abcd', '']],
  ['text without a stop', until('\n\n'), [long.repeat(40), `${long}\n${long}`, `${long}\n\n${long}`]],
  [
    'long counted text',
    text({ charactersMin: 3000, charactersMax: 5000 }),
    [2999, 3000, 3001, 4999, 5000, 5001].map((count) => [...'aé漢🙂'.repeat(2000)].slice(0, count).join('')),
  ],
  [
    'a long string',
    jsonSchema({ type: 'string', maxLength: 3000 }),
    [2998, 2999, 3000, 3001].map((count) => JSON.stringify([...long.repeat(60)].slice(0, count).join(''))),
  ],
  [
    'characters of two kinds, counted',
    regex('(?:a|bc){1400,2600}d?'),
    [1399, 1400, 2600, 2601].flatMap((count) => ['a'.repeat(count), `${'abc'.repeat(count / 2)}d`]),
  ],
  [
    'a counted part that can be cut in many ways',
    regex('(?:a|aa){1200,1500}b'),
    [1199, 1201].map((count) => `${'a'.repeat(count)}b`),
  ],
  [
    'counts of the same kind behind it',
    regex('[ab]{0,2000}(?:c[ab]{0,1700})*d'),
    [1700, 1701, 2000, 2001].flatMap((count) => [
      `${'ab'.repeat(count / 2)}d`,
      `c${'a'.repeat(count)}d`,
      `${'a'.repeat(count)}c${'b'.repeat(1700)}d`,
    ]),
  ],
  [
    'counts whose characters begin what follows',
    regex('[ab]{0,2000}(?:a[ab]{0,1900})*'),
    [1999, 2000, 3900, 5000].map((count) => 'b'.repeat(100) + 'a'.repeat(count)),
  ],
  [
    'counts one after the other',
    regex('[ab]{1500}[bc]{0,1300}a'),
    [`${'ab'.repeat(750)}a`, `${'b'.repeat(2800)}a`, `${'b'.repeat(2801)}a`],
  ],
  [
    'an object',
    jsonSchema({ type: 'object', properties: { a: { type: 'string', maxLength: 2000 } }, required: ['a'] }),
    [1999, 2000, 2001].map((count) => JSON.stringify({ a: 'x'.repeat(count) })),
  ],
  [
    'a grammar',
    gbnf('root ::= "(" root? ")" | "x"'),
    ['x', '()', '(x)', '((()))', '(()', '', '('.repeat(300) + ')'.repeat(300)],
  ],
]

test.each(cases)('%s', (_name, constraint, values) => {
  const compiled = native(constraint)
  for (const value of values) {
    const seen = [value.length, value.slice(0, 20), compiled.has(encoder.encode(value))]
    expect(seen).toEqual([value.length, value.slice(0, 20), hasByTokens(constraint, value)])
  }
})

test('long values one after the other under a small limit', () => {
  const { words, bytes: literals } = lowerConstraint(jsonSchema({ type: 'string', maxLength: 1200 }))
  const compiled = vocab.compile(words, literals, { statesMax: 4000 })
  for (let count = 0; count < 200; count++) {
    const length = 700 + ((count * 37) % 600)
    expect([count, compiled.has(encoder.encode(JSON.stringify('y'.repeat(length))))]).toEqual([
      count,
      length <= 1200,
    ])
  }
})

test.each([undefined, 'text', [1, 2], null])('%j is no bytes', (given) => {
  expect(() => native(choice(['a'])).has(given as never)).toThrow(
    expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
  )
})
