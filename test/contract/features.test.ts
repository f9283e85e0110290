// docs/features.md says what each feature of LMQL, Guidance and SGLang is here: every line of code in its tables runs
// and comes to something, and a row without code says why. What makes a part or a constraint is run in a prompt.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as constraint from '../../lib/constraint/constraint.js'
import * as espalier from '../../lib/index.js'
import * as testing from '../../lib/testing/testing.js'

interface Row {
  readonly feature: string
  readonly code: readonly string[]
  readonly note: string
}

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'features.md'), 'utf8')
const [, tables = ''] = page.split(/^## LMQL$/m)

/** Cells of a row: between bars that have no backslash before them. */
const cellsOf = (line: string) => line.split(/(?<!\\)\|/).slice(1, -1)
/** Code between as many backticks as it begins with; a space next to them is no part of it. */
const spansOf = (cell: string) =>
  [...cell.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , code]) =>
    code!.trim().replaceAll('\\|', '|'),
  )
const rows: readonly Row[] = tables.split('\n').flatMap((line) => {
  if (!line.startsWith('| ')) return []
  const [feature = '', here = '', note = '', ...more] = cellsOf(line).map((cell) => cell.trim())
  if (more.length > 0) throw new Error(`The row has more than three cells: ${line}`)
  return note === 'what differs' ? [] : [{ feature, code: spansOf(here), note }]
})

const AsyncFunction = (async () => {}).constructor as new (
  ...source: string[]
) => (...given: unknown[]) => Promise<unknown>

/** The last statement is what the code comes to, where it is an expression; a loop comes to what it printed. */
function compiled(code: string, names: readonly string[]) {
  const cuts = [...code.matchAll(/; /g)].map(({ index }) => index + 2).reverse()
  for (const at of [...cuts, 0]) {
    try {
      return new AsyncFunction(...names, `${code.slice(0, at)} return (${code.slice(at)})`)
    } catch {}
  }
  return new AsyncFunction(...names, `${code}\nreturn console.lines`)
}

/** A console that keeps what it is told. */
const keeping = () => {
  const lines: unknown[] = []
  return { log: (...said: unknown[]) => lines.push(said), lines }
}

const own: Record<string, unknown> = { ...testing, ...constraint, ...espalier, constraint }
let model: espalier.Model
let vocab: constraint.Vocab

beforeAll(async () => {
  const [, block = ''] = page.match(/```js\n([\s\S]*?)```/) ?? []
  const made = [...block.matchAll(/^const (\w+)/gm)].map(([, name]) => name!)
  const body = `${block.replace(/^import .*$/gm, '')}\nreturn { ${made.join(', ')} }`
  Object.assign(own, await new AsyncFunction(...Object.keys(own), body)(...Object.values(own)))
  model = own.model as espalier.Model
  vocab = await constraint.loadVocab()
  own.vocab = vocab
})
afterAll(async () => {
  await vocab.dispose()
  await model.dispose()
})

/** What a line made is put to work: parts are walked, constraints hold a value. */
async function used(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof RegExp) return used(espalier.regex('value', value))
  if ('lower' in value) return used(espalier.hole('value', value as espalier.Constraint<unknown>))
  if (!('kind' in value)) return value
  return (await model.run(espalier.prompt`So: ${value as espalier.Hole}\n`)).values
}

const lines = rows.flatMap(({ feature, code }) => code.map((line) => ({ feature, line })))

test('there is a table for each, and every row has code or says why not', () => {
  expect(page.match(/^## .+$/gm)).toEqual(['## LMQL', '## Guidance', '## SGLang'])
  expect(rows.length).toBeGreaterThan(100)
  expect(rows.filter(({ feature }) => feature === '')).toEqual([])
  expect(rows.filter(({ code, note }) => code.length === 0 && note === '')).toEqual([])
})

test.each(lines)('$feature: $line', async ({ line }) => {
  const given = { ...own, console: keeping() }
  const value = await compiled(line, Object.keys(given))(...Object.values(given))
  const came = await used(value)
  expect(came).not.toBeUndefined()
  expect(came).not.toEqual([])
  expect(came).not.toBeNaN()
})
