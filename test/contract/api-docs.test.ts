// Everything public says what it is, and every function and method of it has an example that compiles and runs as it
// stands: with the demo model as `model`, its vocabulary as `vocab`, and all of the entry point imported.
import { transformSync } from '@swc/core'
import * as constraint from '../../lib/constraint/constraint.js'
import * as embed from '../../lib/embed/embed.js'
import * as espalier from '../../lib/index.js'
import * as testing from '../../lib/testing/testing.js'
import * as trace from '../../lib/trace/entry.js'
import { type Exported, publicApi } from '../../scripts/public-api.mjs'
import { printedBy } from '../support/run-code.js'

const api = publicApi()
const entries: Readonly<Record<Exported['from'], object>> = {
  espalier,
  'espalier/constraint': constraint,
  'espalier/embed': embed,
  'espalier/testing': testing,
  'espalier/trace': trace,
}

/** What needs no example: it is shown wherever its object is. */
const isShownElsewhere = ({ name, from }: Exported) =>
  /\.(toJSON|dispose)$/.test(name) || (from === 'espalier/constraint' && /^(Vocab|Compiled)/.test(name))

let model: espalier.Model
let vocab: constraint.Vocab
beforeAll(async () => {
  model = await espalier.load()
  vocab = await constraint.loadVocab()
})
afterAll(async () => {
  await vocab.dispose()
  await model.dispose()
})

test('everything exported has a docstring', () => {
  expect(api.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([])
})

test('every option says what it is where it is left out', () => {
  const all = [...api, ...publicApi({ 'espalier/native': 'lib/native/native.ts' })]
  const silent = all.flatMap(({ name, members }) =>
    members.flatMap((one) =>
      one.isOptional && !/\bdefault\b/i.test(one.doc) ? [`${name}.${one.name}`] : [],
    ),
  )
  expect([...new Set(silent)]).toEqual([])
})

test('every function and method has an example', () => {
  const callable = api.filter(({ kind }) => kind === 'function' || kind === 'method')
  const bare = callable.filter((one) => one.examples.length === 0 && !isShownElsewhere(one))
  expect(bare.map(({ name }) => name)).toEqual([])
})

const examples = api.flatMap(({ from, name, examples }) => examples.map((code) => ({ from, name, code })))
test.each(examples)('the example of $from $name runs', async ({ from, code }) => {
  // TypeScript's own words go; the names of imports stay, though nothing is seen to use them.
  const { code: plain } = transformSync(code, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022', transform: { verbatimModuleSyntax: true } },
  })
  await printedBy(plain.replace(/^(import .*);$/gm, '$1'), { ...entries[from], model, vocab })
})
