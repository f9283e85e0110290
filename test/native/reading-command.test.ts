// "espalier run" with a long prompt: how far it is read is told, where somebody sees that, before any text is printed;
// what is printed is the same with it and without, and a short prompt is read in silence.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { espalier } from '../support/fake-terminal.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-reading-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = path.join(folder, 'sum.mjs')
const text = path.join(folder, 'text.txt')
beforeAll(() => {
  writeFileSync(
    file,
    `import { gen, input, prompt } from 'espalier'
export default prompt\`Text: \${input('text')}
Sum: \${gen('sum', { tokensMax: 4 })}
And: \${gen('and', { tokensMax: 4 })}
\`
`,
  )
  writeFileSync(text, 'The lid of the jar is broken and the seal has gone. '.repeat(90))
})

const line = (from: string): string[] => ['run', file, '--set', `text=${from}`]

test.each([[[]], [['--json']]])('%j: parts rise, come before the text, and change nothing', async (flags) => {
  const told: (number | 'text')[] = []
  const screen = {
    isLive: true,
    onProgress: (what: string, part?: number) => void (what === 'reading the prompt' && told.push(part!)),
    onOut: () => void told.push('text'),
  }
  const shown = await espalier([...line(`@${text}`), ...flags], screen)
  const first = told.indexOf('text')
  const parts = told.slice(0, first)
  expect(shown.status).toBe(0)
  expect(parts.length).toBeGreaterThan(2)
  expect(parts).toEqual([...parts].sort((a, b) => Number(a) - Number(b)))
  expect(parts[0]).toBe(0)
  expect(Number(parts.at(-1))).toBeLessThan(1)
  expect(told.slice(first).every((one) => one === 'text')).toBe(true)
  const silent = await espalier([...line(`@${text}`), ...flags], { isLive: true })
  const same = (out: string): string => out.replace(/"ms":[\d.]+/, '')
  expect(same(shown.out)).toBe(same(silent.out))
})

test('a short prompt is read in silence', async () => {
  const told: string[] = []
  await espalier(line('The lid is broken.'), { isLive: true, onProgress: (what) => told.push(what) })
  expect(told).not.toContain('reading the prompt')
})
