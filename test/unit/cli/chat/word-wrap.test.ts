// Goal: on a screen, a text that came in pieces stands with its words whole and in order, whatever the pieces. Method:
// a small screen that does what a terminal does, and the words of the text against the words of its lines.
import fc from 'fast-check'
import { WordWrap } from '../../../../lib/cli/chat/word-wrap.js'

/** Lines of a screen, each with what stands in it; a line that the terminal itself began goes on the one before. */
function screen(
  written: string,
  columns: number,
): readonly { readonly text: string; readonly goesOn: boolean }[] {
  const lines = [{ text: '', goesOn: false }]
  let column = 0
  for (const character of written.replaceAll('\u001b[K', '\u0000')) {
    const line = lines.at(-1)!
    if (character === '\n') lines.push({ text: '', goesOn: false })
    else if (character === '\b') column -= 1
    else if (character === '\u0000') line.text = line.text.slice(0, column)
    else if (column === columns) {
      lines.push({ text: character, goesOn: true })
      column = 1
    } else {
      line.text = line.text.slice(0, column) + character
      column += 1
    }
    if (character === '\n') column = 0
  }
  return lines
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '-', '.', 'ж'), minLength: 1, maxLength: 30 })
const text = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '  ', '\n', '\n\n')), { minLength: 1, maxLength: 40 })
  .map((pairs) => pairs.map((pair) => pair.join('')).join(''))
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 })

function wrapped(whole: string, sizes: readonly number[], columns: number): string {
  const wrap = new WordWrap()
  let out = ''
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const size = sizes[turn % sizes.length]!
    out += wrap.take(whole.slice(at, at + size), columns)
    at += size
  }
  return out
}

test('words stay whole and in order, and no line is longer than the screen', () => {
  fc.assert(
    fc.property(text, cuts, fc.integer({ min: 8, max: 40 }), (whole, sizes, columns) => {
      const lines = screen(wrapped(whole, sizes, columns), columns)
      for (const line of lines) expect(line.text.length).toBeLessThanOrEqual(columns)
      const seen = lines.map((line) => (line.goesOn ? line.text : `\n${line.text}`)).join('')
      expect(wordsOf(seen)).toEqual(wordsOf(whole))
      // Only what is longer than a line is cut by the terminal.
      const cutWords = lines.flatMap((line, at) =>
        line.goesOn ? [(lines[at - 1]!.text.match(/\S*$/)![0] + line.text.match(/^\S*/)![0]).length] : [],
      )
      for (const length of cutWords) expect(length).toBeGreaterThanOrEqual(columns)
    }),
  )
})

test('however it is cut, the same stands there', () => {
  fc.assert(
    fc.property(text, cuts, fc.integer({ min: 8, max: 40 }), (whole, sizes, columns) => {
      const lines = (written: string) => screen(written, columns).map((line) => line.text.trimEnd())
      expect(lines(wrapped(whole, sizes, columns))).toEqual(lines(wrapped(whole, [whole.length], columns)))
    }),
  )
})

test('a word moves to the next line as soon as it has no room', () => {
  const wrap = new WordWrap()
  expect(wrap.take('one two th', 12)).toBe('one two th')
  expect(wrap.take('ree', 12)).toBe('r\b\b\b\u001b[K\nthree')
})

test.each([
  ['    an indented line of code that is long'],
  ['\ta line behind a tab that is long as well'],
  ['```\nconst a = one + two + three + four\n```'],
])('code stays as it is: %j', (code) => {
  expect(wrapped(code, [3], 16)).toBe(code)
})

test('behind code, words are whole again', () => {
  const written = wrapped('```\na b c d e f g h i j k l\n```\none two three four', [2], 12)
  expect(
    screen(written, 12)
      .slice(-2)
      .map(({ text }) => text.trimEnd()),
  ).toEqual(['one two', 'three four'])
})

test('wide characters break anywhere, each in one piece', () => {
  const written = wrapped('日本語の文章です', [1], 8)
  expect(written).toBe('日本語\nの文章\nです')
})
