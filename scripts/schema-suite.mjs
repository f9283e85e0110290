// @ts-check
// Runs the official JSON-Schema-Test-Suite against jsonSchema(): every instance as a whole text, by the masks of the
// demo model's vocabulary and by `parse`. Decides how a test's schema and instance are written as text, and what counts
// as right; never what the schema means. The suite is not part of this repository: give the folder that holds tests/
// (Debian's package libtest-json-schema-acceptance-perl has one).
//
//   node scripts/schema-suite.mjs FOLDER [--draft draft7,draft2020-12] [--formats] [--only FILE,FILE] [--refusals]
//
// Needs a build. --formats adds tests/*/optional/format, --refusals lists every refused schema. A schema that names no
// draft gets the one of its folder. Instances are written twice: as JSON.stringify does, and as the suite has them with
// ", " and ": ". The exit code is 1 where an instance was judged wrongly and docs/constraints.md doesn't say so.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile, jsonSchema, loadVocab } from '../dist/constraint/constraint.js'
import { sourceText } from './source-files.mjs'

const drafts = {
  draft4: 'http://json-schema.org/draft-04/schema#',
  draft6: 'http://json-schema.org/draft-06/schema#',
  draft7: 'http://json-schema.org/draft-07/schema#',
  'draft2019-09': 'https://json-schema.org/draft/2019-09/schema',
  'draft2020-12': 'https://json-schema.org/draft/2020-12/schema',
}

/** @typedef {[key: string | null, value: Written]} Element a member, or an element of an array without a key */
/** @typedef {{ text: string } | { open: '[' | '{', elements: Element[] }} Written JSON, numbers as they are written */

/** @param {string} text @returns {Written} */
function readWritten(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g) ?? []
  let at = 0
  /** @returns {Written} */
  const value = () => {
    const token = tokens[at++] ?? ''
    if (token !== '[' && token !== '{') return { text: token.startsWith('"') ? quoted(token) : token }
    /** @type {Element[]} */
    const elements = []
    while (tokens[at] !== ']' && tokens[at] !== '}') {
      if (tokens[at] === ',') at++
      const key = token === '{' ? quoted(tokens[at] ?? '') : null
      if (key !== null) at += 2
      elements.push([key, value()])
    }
    at++
    return { open: token, elements }
  }
  return value()
}

/** @param {string} token */
const quoted = (token) => JSON.stringify(JSON.parse(token))

/** @param {Written} value @param {{ comma: string, colon: string }} between @returns {string} */
function spelled(value, between) {
  if ('text' in value) return value.text
  const inside = value.elements.map(([key, item]) =>
    key === null ? spelled(item, between) : `${key}${between.colon}${spelled(item, between)}`,
  )
  return `${value.open}${inside.join(between.comma)}${value.open === '[' ? ']' : '}'}`
}
const compact = { comma: ',', colon: ':' }
const spaced = { comma: ', ', colon: ': ' }

/** @param {Written} value @param {string} key @returns {Written} */
function member(value, key) {
  const found = 'elements' in value && value.elements.find(([name]) => name === JSON.stringify(key))
  if (!found) throw new Error(`The suite has a test without ${key}.`)
  return found[1]
}

/** @param {Written} value @returns {readonly Written[]} */
const items = (value) => ('elements' in value ? value.elements.map(([, item]) => item) : [])

/** @param {Written} value */
const plain = (value) => JSON.parse(spelled(value, compact))

/** The schema as text, with the draft it is meant in. @param {Written} schema @param {string} dialect */
function schemaText(schema, dialect) {
  if ('text' in schema) return schema.text
  const isNamed = schema.elements.some(([key]) => key === '"$schema"')
  /** @type {Element} */
  const name = ['"$schema"', { text: JSON.stringify(dialect) }]
  return spelled(isNamed ? schema : { ...schema, elements: [name, ...schema.elements] }, compact)
}

/**
 * Texts of an instance; in draft 4 JavaScript's 1 is not the 1.0 that is meant.
 * @param {Written} data @param {string} draft
 */
function instanceTexts(data, draft) {
  const written = spelled(data, spaced)
  const isSame = numbersOf(data).every(
    (number) =>
      exact(number) === exact(JSON.stringify(Number(number))) && !(draft === 'draft4' && /\./.test(number)),
  )
  return isSame ? [JSON.stringify(plain(data)), written] : [written]
}

/** @param {Written} value @returns {string[]} */
const numbersOf = (value) =>
  'elements' in value
    ? value.elements.flatMap(([, item]) => numbersOf(item))
    : (value.text.match(/^-?\d.*/) ?? [])

/** One text for each value: digits without zeros at their ends, and a power of ten. @param {string} number */
function exact(number) {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(number) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  return `${sign}${short}e${Number(power) - fraction.length + digits.length - short.length}`
}

/** @param {string} message without what differs from schema to schema */
const kindOf = (message) =>
  message
    .replace(/ at #[\s\S]*? is not supported/, ' is not supported')
    .replace(/"[^"]*" (is not in|has more)/, '... $1')
    .replace(/[\d.]+\d/g, 'N')

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    draft: { type: 'string', default: Object.keys(drafts).join() },
    formats: { type: 'boolean', default: false },
    only: { type: 'string' },
    refusals: { type: 'boolean', default: false },
  },
})
const folder = positionals[0]
if (folder === undefined || !existsSync(join(folder, 'tests'))) {
  console.error('node scripts/schema-suite.mjs FOLDER [--draft NAME,NAME] [--formats] [--only FILE,FILE]')
  console.error('FOLDER is a copy of JSON-Schema-Test-Suite, the folder that holds tests/.')
  process.exit(2)
}
const wanted = options.only?.split(',')
const vocab = await loadVocab()

/** @param {string} draft @returns {string[]} */
function filesOf(draft) {
  const parts = ['', 'optional', ...(options.formats ? ['optional/format'] : [])]
  const files = parts.flatMap((part) =>
    readdirSync(join(folder ?? '', 'tests', draft, part))
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(part, name)),
  )
  return files.filter((file) => !wanted || wanted.includes(basename(file, '.json')))
}

/**
 * Whether an instance is taken, or what its schema was refused with.
 * @param {string} schema @returns {{ has(text: string): boolean } | { refusal: string }}
 */
function judgeOf(schema) {
  try {
    const constraint = jsonSchema(schema, { whitespace: 'flexible', order: 'any' })
    const compiled = compile(constraint, vocab)
    return { has: (text) => isTaken(compiled.matcher(), text) && isContent(constraint, text) }
  } catch (error) {
    const { name, code, message } = /** @type {any} */ (error)
    if (code === 'SCHEMA_EMPTY' || code === 'CONSTRAINT_EMPTY') return { has: () => false }
    if (name !== 'ConstraintError' || code === 'CONSTRAINT_INVALID') throw error
    return { refusal: `${code} ${message}` }
  }
}

/** @param {import('../dist/native/addon.js').NativeMatcher} matcher @param {string} text */
const isTaken = (matcher, text) =>
  [...vocab.tokenize(text)].every((token) => matcher.accept(token)) && matcher.canEnd()

/** @param {{ parse(text: string): unknown }} constraint @param {string} text */
function isContent(constraint, text) {
  try {
    constraint.parse(text)
    return true
  } catch (error) {
    if (/** @type {any} */ (error).code === 'VALUE_INVALID') return false
    throw error
  }
}

/** @type {Map<string, number>} */
const refusals = new Map()
/** @type {string[]} */
const told = []
/** What the page says is judged in another way: `not taken format.json`. */
const known = new Set(
  (sourceText('docs/constraints.md').split('\n## The official test suite\n')[1] ?? '')
    .split('\n## ')[0]
    ?.split('\n')
    .flatMap((line) => {
      const [, files = '', verdict = ''] = line.split('|').map((cell) => cell.trim())
      return [...files.matchAll(/`([^`]+\.json)`/g)].map(([, file]) => `${verdict} ${file}`)
    }),
)
let unknown = 0
const columns = ['valid taken', 'invalid rejected', 'wrongly taken', 'wrongly rejected', 'refused']
console.log(`draft         ${columns.join('  ')}`)

for (const draft of options.draft.split(',')) {
  const counts = [0, 0, 0, 0, 0]
  for (const file of filesOf(draft)) {
    const groups = items(readWritten(readFileSync(join(folder, 'tests', draft, file), 'utf8')))
    for (const group of groups) runGroup(draft, file, group, counts)
  }
  const cells = counts.map((count, index) => String(count).padStart(columns[index]?.length ?? 0))
  console.log(`${draft.padEnd(12)}  ${cells.join('  ')}`)
}

/** @param {string} draft @param {string} file @param {Written} group @param {number[]} counts */
function runGroup(draft, file, group, counts) {
  const schema = schemaText(member(group, 'schema'), drafts[/** @type {keyof typeof drafts} */ (draft)])
  const place = `${draft}/${file}: ${plain(member(group, 'description'))}`
  const tests = items(member(group, 'tests'))
  const judge = judgeOf(schema)
  if ('refusal' in judge) {
    counts[4] += tests.length
    const kind = kindOf(judge.refusal)
    refusals.set(kind, (refusals.get(kind) ?? 0) + 1)
    if (options.refusals) told.push(`refused  ${place}\n         ${judge.refusal}\n         ${schema}`)
    return
  }
  for (const test of tests) {
    const isValid = plain(member(test, 'valid'))
    const wrong = instanceTexts(member(test, 'data'), draft).filter((text) => judge.has(text) !== isValid)
    counts[wrong.length === 0 ? (isValid ? 0 : 1) : isValid ? 3 : 2]++
    if (wrong.length === 0) continue
    const isKnown = known.has(`${isValid ? 'not taken' : 'taken'} ${file.replaceAll('\\', '/')}`)
    if (!isKnown) unknown++
    const verdict = `${isKnown ? 'known: ' : ''}${isValid ? 'wrongly rejected' : 'WRONGLY TAKEN'}`
    const texts = [...new Set(wrong)].join('   and   ').slice(0, 200)
    told.push(
      `${verdict}  ${place}: ${plain(member(test, 'description'))}\n    ${schema.slice(0, 400)}\n    ${texts}`,
    )
  }
}

console.log(`\nRefused schemas by what they were refused with:`)
for (const [kind, count] of [...refusals].sort(([, a], [, b]) => b - a)) console.log(`${count}\t${kind}`)
console.log(`\n${told.join('\n')}`)
await vocab.dispose()
console.log(`\n${unknown} judged wrongly that docs/constraints.md does not tell of`)
process.exitCode = unknown > 0 ? 1 : 0
