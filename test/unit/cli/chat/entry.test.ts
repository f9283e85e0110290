// Lines become messages, and messages become lines that can be edited.
import fc from 'fast-check'
import { entryWith, lineOf, type OpenEntry, textOf } from '../../../../lib/cli/chat/entry.js'
import { harmless } from '../../../../lib/trace/harmless.js'

function entriesOf(lines: readonly string[]): unknown[] {
  const entries: unknown[] = []
  let open: OpenEntry | null = null
  for (const line of lines) {
    const entry = entryWith(open, line)
    if (entry.kind === 'open') open = entry.open
    else {
      open = null
      entries.push([entry.kind, entry.text])
    }
  }
  return open === null ? entries : [...entries, ['open', open.kind]]
}

test.each([
  [['hello'], [['line', 'hello']]],
  [
    ['a', 'b'],
    [
      ['line', 'a'],
      ['line', 'b'],
    ],
  ],
  [['a\\', 'b'], [['block', 'a\nb']]],
  [
    ['a\\', 'b\\', '', 'c'],
    [
      ['block', 'a\nb\n'],
      ['line', 'c'],
    ],
  ],
  [['"""', 'a', 'b', '"""'], [['block', 'a\nb']]],
  [['"""a', 'b"""'], [['block', 'a\nb']]],
  [
    ['"""a"""', 'b'],
    [
      ['block', 'a'],
      ['line', 'b'],
    ],
  ],
  [['"""', '', 'a', '', '"""'], [['block', '\na\n']]],
  [['"""', 'a\\', '/quit', '"""'], [['block', 'a\\\n/quit']]],
  [['"""', 'a'], [['open', 'block']]],
  [['a\\'], [['open', 'continued']]],
  [['say """x"""'], [['line', 'say """x"""']]],
  [
    ['a\\', '"""', 'b'],
    [
      ['block', 'a\n"""'],
      ['line', 'b'],
    ],
  ],
  [['""""""'], [['block', '']]],
])('%j', (lines, expected) => {
  expect(entriesOf(lines)).toEqual(expected)
})

test('any text between """ comes out as it is', () => {
  const line = fc.string().filter((text) => !/[\r\n]/.test(text) && !text.trimEnd().endsWith('"""'))
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), (lines) => {
      expect(entriesOf(['"""', ...lines, '"""'])).toEqual([['block', lines.join('\n')]])
    }),
  )
})

test('a text goes through the line that is edited', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\t', ' ', '🙂', '"') })
  fc.assert(fc.property(text, (one) => expect(textOf(lineOf(one, harmless))).toBe(one)))
  expect(textOf(lineOf('a\r\nb\rc\u2028d', harmless))).toBe('a\nb\nc\nd')
  expect(lineOf('a\u001b[2Jb', harmless)).toBe('a␛[2Jb')
})
