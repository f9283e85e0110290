// Goal: what docs/cli.md tells a newcomer to type works as it stands, in its order, and what it says of JSON is so.
// Method: the page's own file and lines, in an empty folder; the keys of what comes out against the names in the page.
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { espalier } from '../support/fake-terminal.js'
import { root } from './demo.js'

const page = readFileSync(path.join(root, 'docs', 'cli.md'), 'utf8')
const sectionOf = (name: string): string => page.split(/^## /m).find((one) => one.startsWith(`${name}\n`))!

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'espalier-page-')))
const before = process.cwd()
beforeAll(() => {
  const [, name, code] = /```ts\n\/\/ (\S+)\n([\s\S]*?)```/.exec(page)!
  writeFileSync(path.join(folder, name!), code!)
  writeFileSync(path.join(folder, 'ticket.txt'), 'Hi, the lid of my kettle is broken. Please help.\n')
  jest.spyOn(os, 'homedir').mockReturnValue(folder)
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

/** The lines of a section that need nothing but what lies here, without what stands behind a pipe. */
function linesOf(name: string): string[][] {
  const [, block] = /```sh\n([\s\S]*?)```/.exec(sectionOf(name))!
  const lines = block!.trim().split('\n')
  return lines
    .map((line) => line.replace(/^(npx )?espalier /, '').replace(/ \| jq.*$/, ''))
    .map((line) => [...line.matchAll(/"[^"]*"|[^\s"]+("[^"]*")?/g)].map(([word]) => word.replaceAll('"', '')))
}

test.each(['demo', 'run', 'explain', 'trace', 'models'])('%s: its lines work', async (name) => {
  for (const line of linesOf(name)) {
    const { status, out } = await espalier(line)
    expect({ line, status }).toEqual({ line, status: 0 })
    if (line.includes('--json')) expect(() => JSON.parse(out)).not.toThrow()
  }
})

test('the files that the lines name are written', () => {
  for (const file of ['triage.html', 'triage.json']) expect([file, existsSync(file)]).toEqual([file, true])
})

test('a terminal shows what the page shows: text, what was taken back and why, values, the tokens', async () => {
  const { out, err } = await espalier(linesOf('run')[0]!, { isLive: true, columns: 80 })
  expect(out).toMatch(/^Ticket: Hi, the lid of my kettle is broken\. Please help\.\n/)
  expect(out).toContain('⟲ a broken lid is urgent')
  expect(err).toMatch(/ {2}urgency {2}"high"\n[\s\S]*Tokens: \d+ prefilled, /)
})

test.each<[string, string[]]>([
  ['run', ['run', 'triage.ts', '--set', 'ticket=a', '--json']],
  ['explain', ['explain', 'triage.ts', '--set', 'ticket=a', '--json']],
  ['models', ['models', '--json']],
  ['doctor', ['doctor', '--json']],
])('%s --json: the page names every member', async (name, line) => {
  const { out } = await espalier(line)
  const members = Object.keys(JSON.parse(out))
  const section = sectionOf(name)
  expect(members.filter((member) => !section.includes(`\`${member}\``))).toEqual([])
})

test('chat --json: the page names every member of a line', async () => {
  const { out } = await espalier(['chat', '--max', '4', '--json'], { stdin: 'Hi\n' })
  const section = sectionOf('chat')
  expect(Object.keys(JSON.parse(out)).filter((member) => !section.includes(`\`${member}\``))).toEqual([])
})
