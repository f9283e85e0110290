// "espalier run --live": the page is there while the work goes on, and stays for a person who looks; where nobody sits
// there it ends with the work, and nothing is served unless it is asked for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { Ended } from '../../lib/cli/run-line.js'
import { espalier } from '../support/fake-terminal.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-live-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  const full = path.join(folder, name)
  writeFileSync(full, `import { gen, prompt } from 'espalier'\n${text}\n`)
  return full
}
const good = file('good.mjs', `export default prompt\`Say \${gen('word', { tokensMax: 2 })}.\``)
const bad = file(
  'bad.mjs',
  `export default prompt\`Say \${gen('word', { tokensMax: 2, retries: 0, check: () => 'never' })}.\``,
)

const urlIn = (line: string): string | null => /http:\S+/.exec(line)?.[0] ?? null

/** A person who looks at the page once it is said to stay, and then does something. */
function person(then: (keys: PassThrough) => void) {
  const keys = new PassThrough()
  const seen: { url: string | null; page: string } = { url: null, page: '' }
  const onNote = (line: string): void => {
    seen.url ??= urlIn(line)
    if (!line.endsWith('until you press Enter.')) return
    void fetch(seen.url!)
      .then((answer) => answer.text())
      .then((text) => {
        seen.page = text
        then(keys)
      })
  }
  return { seen, terminal: { stdin: keys, isLive: true, onNote } }
}

const enter = (keys: PassThrough) => void keys.write('\n')

test('the page stays until Enter, and is gone then', async () => {
  const { seen, terminal } = person(enter)
  const { status, err } = await espalier(['run', good, '--live'], terminal)
  expect([status, err]).toEqual([
    0,
    expect.stringContaining('It is done; the page stays until you press Enter.'),
  ])
  expect(seen.page).toContain('"prompt":"Say {word}."')
  expect(seen.page).toContain('"type":"end"')
  await expect(fetch(seen.url!)).rejects.toThrow()
})

test('work that failed can be looked at, too, and says so afterwards', async () => {
  const { seen, terminal } = person(enter)
  const { status, err } = await espalier(['run', bad, '--live'], terminal)
  expect(status).toBe(1)
  expect(err).toMatch(/It failed \(ATTEMPTS_SPENT\); the page stays.*\nespalier: /s)
  expect(seen.page).toContain('"outcome":"failed"')
})

test('Ctrl-C ends the looking', async () => {
  const ended = new AbortController()
  const { seen, terminal } = person(() => ended.abort(new Ended('interrupted', 'Ended by SIGINT.')))
  const { status } = await espalier(['run', good, '--live'], { ...terminal, signal: ended.signal })
  expect(status).toBe(130)
  await expect(fetch(seen.url!)).rejects.toThrow()
})

test('where nobody sits there, it ends with the work', async () => {
  const { status, err } = await espalier(['run', good, '--live', '--json'])
  expect([status, err]).toEqual([
    0,
    expect.stringMatching(/^Watch it at http:\/\/127\.0\.0\.1:\d+\/\?token=\S+\n$/),
  ])
  const without = await espalier(['run', good])
  expect([without.status, urlIn(without.err)]).toEqual([0, null])
})

test('a chat has a page as long as it goes on', async () => {
  let page = Promise.resolve('')
  const onNote = (line: string): void => {
    const url = urlIn(line)
    if (url !== null) page = fetch(url).then((answer) => answer.text())
  }
  const { status } = await espalier(['chat', '--live', '--max', '4'], { stdin: 'Who are you?\n', onNote })
  expect(status).toBe(0)
  expect(await page).toContain('"format":"espalier-trace"')
})

test.each([
  [['--port', '80'], '--port is 80, and nothing is served; add --live.'],
  [['--live', '--port', '65536'], '--port is 65536; expected a whole number from 0 to 65535.'],
])('%j is refused', async (flags, message) => {
  const { status, err } = await espalier(['run', good, ...flags])
  expect([status, err]).toEqual([2, `espalier: ${message}\n`])
})
