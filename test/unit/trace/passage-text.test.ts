// Goal: the lines of a text are the text: nothing is lost or doubled by breaking, colouring and folding it. Method:
// made passages of random cells, joined again.
import fc from 'fast-check'
import type { Cell } from '../../../lib/trace/state/passage.js'
import { penOf } from '../../../lib/trace/text/paint.js'
import { passageLines } from '../../../lib/trace/text/passage-text.js'

const run = { fills: [] } as never
const cellOf = (text: string, kind: Cell['kind']): Cell => ({
  text,
  kind,
  token: 1,
  hole: kind === 'generated' ? 'a' : null,
  cost: 'drawn',
  drawn: null,
})
const cells = fc.array(
  fc.tuple(
    fc.stringMatching(/^[a-c \n🙂]{0,12}$/u),
    fc.constantFrom<Cell['kind']>('literal', 'generated', 'mark'),
  ),
  { maxLength: 40 },
)

test.each(['none', 'ansi'] as const)('lines joined are the text, and none is too long: %s', (colors) => {
  fc.assert(
    fc.property(cells, fc.integer({ min: 5, max: 40 }), (made, columns) => {
      const passage = { cells: made.map(([text, kind]) => cellOf(text, kind)), asides: [], inherited: 0 }
      const text = passage.cells.map((cell) => cell.text).join('')
      const lines = passageLines(passage, { run, from: 0, pen: penOf(colors), columns }).map((line) =>
        line.replace(/\x1b\[[\d;]*m/g, ''),
      )
      expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThanOrEqual(columns + 1)
      expect(lines.join('').replace(/[⟨⟩]/g, '')).toBe(text.replaceAll('\n', ''))
      const breaks = text.replace(/\n$/, '').split('\n').length
      expect(lines.length).toBeGreaterThanOrEqual(text === '' ? 0 : breaks)
    }),
  )
})

test('what is shown elsewhere is left out, to the character', () => {
  const passage = {
    cells: ['abc', 'def', 'ghi'].map((text) => cellOf(text, 'literal')),
    asides: [],
    inherited: 0,
  }
  const lines = (from: number) => passageLines(passage, { run, from, pen: penOf('none'), columns: 80 })
  expect([0, 1, 3, 4, 9].map((from) => lines(from).join(''))).toEqual([
    'abcdefghi',
    'bcdefghi',
    'defghi',
    'efghi',
    '',
  ])
})

test('the middle of a long text is left out, and counted', () => {
  const passage = {
    cells: Array.from({ length: 4000 }, (_, index) => cellOf(`${index % 10}234 `, 'literal')),
    asides: [],
    inherited: 0,
  }
  const text = passageLines(passage, { run, from: 0, pen: penOf('none'), columns: 80 }).join('\n')
  expect(text).toMatch(/^0234 /)
  expect(text).toContain('... 12,000 characters ...')
  expect(text).toMatch(/9234 $/)
  expect(text.length).toBeLessThan(9000)
})
