// docs/constraints.md says what each keyword, format and piece of syntax is here. Goal: every example in its tables is
// so, and its rows are all there is: the keywords of each draft's own schema, and the formats, syntax and refusals that
// the code knows. Method: whole texts are judged without native code; what the code knows is read off its sources.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  type Constraint,
  gbnf,
  type JsonSchemaOptions,
  jsonSchema,
  regex,
} from '../../lib/constraint/constraint.js'
import { escapes, hexSizes } from '../../lib/constraint/gbnf/characters.js'
import { type GbnfNode, partsOf } from '../../lib/constraint/gbnf/gbnf-node.js'
import { parseGbnf } from '../../lib/constraint/gbnf/parse-gbnf.js'
import { Dialects, isConstraint } from '../../lib/constraint/json-schema/document/dialects.js'
import { draft4Schema } from '../../lib/constraint/json-schema/document/draft4.js'
import { isAsked, isSilent } from '../../lib/constraint/json-schema/shape/formats.js'
import { ownKeywords } from '../../lib/constraint/json-schema/shape/keywords.js'
import { recogniserOf } from '../../lib/constraint/recogniser-of.js'
import { RegexReader } from '../../lib/constraint/regex/regex-reader.js'
import { sourceFiles, sourceText } from '../../scripts/source-files.mjs'

const page = readFileSync(path.join(__dirname, '../../docs/constraints.md'), 'utf8')

/** A row: its cells' texts, and the code in them. */
type Row = readonly { readonly text: string; readonly code: readonly string[] }[]

const codeIn = (cell: string) =>
  [...cell.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , code]) =>
    code!.trim().replaceAll('\\|', '|').replaceAll('⏎', '\n'),
  )

/** The rows of the table under a heading, without its head. */
function rowsUnder(heading: string): Row[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const lines = section
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| '))
  if (lines.length < 2) throw new Error(`There is no table under "${heading}".`)
  return lines.slice(1).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => ({ text: cell.trim(), code: codeIn(cell) })),
  )
}

const drafts = ['4', '6', '7', '2019-09', '2020-12'] as const
type Draft = (typeof drafts)[number]

/** `all`, `4`, `7 on`, `4 to 7`; `none`: the keyword is of no draft, and means the same in each. */
function draftsOf(text: string): readonly Draft[] {
  if (text === 'all' || text === 'none') return drafts
  const [first, last = first] = text.split(' to ') as [string, string?]
  const from = drafts.indexOf(first.replace(' on', '') as Draft)
  const to = first.endsWith(' on') ? drafts.length - 1 : drafts.indexOf(last as Draft)
  if (from < 0 || to < from) throw new Error(`These are no drafts: ${text}`)
  return drafts.slice(from, to + 1)
}

const dialect = (draft: Draft) =>
  draft.startsWith('2')
    ? `https://json-schema.org/draft/${draft}/schema`
    : `http://json-schema.org/draft-0${draft}/schema#`
const inDraft = (schema: string, draft: Draft) =>
  schema.startsWith('{')
    ? schema.replace(/^\{/, `{"$schema":"${dialect(draft)}",`).replace(',}', '}')
    : schema

/** What a text is to a constraint: taken, refused when it is finished, or not taken. */
function verdict(constraint: Constraint<unknown>, text: string): 'taken' | 'late' | 'not taken' {
  if (!recogniserOf(constraint).has(text)) return 'not taken'
  try {
    constraint.parse(text)
    return 'taken'
  } catch {
    return 'late'
  }
}

const verdicts = (constraint: Constraint<unknown>, taken: readonly string[], not: readonly string[]) => {
  expect(taken.filter((text) => verdict(constraint, text) !== 'taken')).toEqual([])
  expect(not.filter((text) => verdict(constraint, text) === 'taken')).toEqual([])
}

/** What lowering throws; '' for nothing. */
function refusal(make: () => Constraint<unknown>): string {
  try {
    recogniserOf(make())
    return ''
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code}: ${message}`
  }
}

/** Texts like `the escape \${letter}` in the sources, as patterns of what is said. */
function saidIn(files: readonly string[], pattern: RegExp): RegExp[] {
  return files.flatMap((file) =>
    [...sourceText(file).matchAll(pattern)].map((match) => {
      const said = match.slice(1).find((text) => text !== undefined)!
      const parts = said
        .split(/\$\{[^}]*\}/)
        .map((part) => part.replaceAll('\\\\', '\\').replaceAll("\\'", "'"))
      return new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'))
    }),
  )
}

const schemaFiles = sourceFiles(['lib/constraint/json-schema'], /\.ts$/)

describe('JSON Schema', () => {
  const keywords = rowsUnder('Keywords')

  test.each(keywords.map((row) => [row[0]!.text, row[1]!.text, row] as const))('%s, %s', (_, __, row) => {
    const [keyword, which, here, , schema, taken, not] = row
    expect(here!.text).toMatch(/^(exact|narrower|in part|annotation|not taken)$/)
    expect(keyword!.code.filter((each) => !schema!.code[0]!.includes(`"${each}"`))).toEqual([])
    const own = draftsOf(which!.text)
    for (const draft of own) {
      verdicts(jsonSchema(inDraft(schema!.code[0]!, draft)), taken!.code, not!.code)
    }
    if (!keyword!.code.every(isConstraint)) return
    // Elsewhere they ask nothing, or have another form.
    for (const draft of drafts.filter((each) => !own.includes(each))) {
      const make = () => jsonSchema(inDraft(schema!.code[0]!, draft))
      if (refusal(make) === '') verdicts(make(), not!.code, [])
      else expect(refusal(make)).toMatch(/^SCHEMA_INVALID/)
    }
  })

  test('there is a row for every keyword of a draft, in that draft', () => {
    for (const draft of drafts) {
      const told = keywords.filter((row) => row[1]!.text !== 'none' && draftsOf(row[1]!.text).includes(draft))
      const names = new Set(told.flatMap((row) => row[0]!.code))
      expect([draft, [...names].sort()]).toEqual([draft, [...keywordsOf(draft)].sort()])
    }
  })

  test('the code has the same keywords in each draft', () => {
    const names = new Set(keywords.flatMap((row) => row[0]!.code))
    for (const draft of drafts) {
      const { root } = new Dialects(new Map([['$schema', dialect(draft)]]), new Set())
      expect([draft, [...names].filter((name) => root.has(name)).sort()]).toEqual([
        draft,
        [...keywordsOf(draft)].sort(),
      ])
    }
  })

  test('there is a row for every keyword the code knows', () => {
    const combined = [
      ...sourceText('lib/constraint/json-schema/shape/combinators.ts').matchAll(/case '(\$?\w+)'/g),
    ]
    const asked = schemaFiles.flatMap((file) => [
      ...sourceText(file).matchAll(/\b(?:node|value)\.(?:get|at)\('(\$?\w+)'\)/g),
    ])
    const known = new Set([...ownKeywords, ...[...combined, ...asked].map(([, keyword]) => keyword!)])
    const told = new Set(keywords.flatMap((row) => row[0]!.code))
    expect([...known].filter((keyword) => !told.has(keyword))).toEqual([])
    expect(known.size).toBeGreaterThan(40)
  })

  test.each(rowsUnder('Formats').map((row) => [row[0]!.code[0]!, row] as const))(
    'format %s',
    (format, row) => {
      const [, which, here, , taken, not] = row
      expect(here!.text).toMatch(isAsked(format, 'annotations') ? /^(exact|narrower)$/ : /^annotation$/)
      for (const draft of draftsOf(which!.text)) {
        verdicts(jsonSchema(inDraft(JSON.stringify({ format }), draft)), taken!.code, not!.code)
      }
    },
  )

  test('there is a row for every format the code knows', () => {
    const words = sourceText('lib/constraint/json-schema/shape/formats.ts').match(
      /[a-z][a-z0-9]*(?:-[a-z0-9]+)*/g,
    )!
    const known = [...new Set(words)].filter((word) => isAsked(word, 'applied') || isSilent(word))
    const told = rowsUnder('Formats').map((row) => row[0]!.code[0]!)
    expect(known.filter((format) => !told.includes(format))).toEqual([])
    expect(known.length).toBeGreaterThan(20)
  })

  test.each(rowsUnder('How values are written').map((row) => [row[0]!.text, row] as const))(
    '%s',
    (_, row) => {
      const [, options, , schema, taken, not] = row
      const given = JSON.parse(options!.code[0] ?? '{}') as JsonSchemaOptions
      verdicts(jsonSchema(schema!.code[0]!, given), taken!.code, not!.code)
    },
  )

  const refused = rowsUnder('What is refused')

  test.each(refused.map((row) => [row[0]!.text, row[1]!.text, row] as const))(
    'refused: %s, %s',
    (_, __, row) => {
      const [keyword, said, , lenient, schema, wrong] = row
      const message = refusal(() => jsonSchema(schema!.code[0]!))
      expect(message).toContain(`SCHEMA_UNSUPPORTED: The keyword "${keyword!.code[0]}"`)
      expect(message).toContain(said!.code[0])
      const make = () => jsonSchema(schema!.code[0]!, { lenient: true })
      const isChecked = lenient!.text === 'checked at the end'
      expect([lenient!.text, refusal(make) === '']).toEqual([lenient!.text, isChecked])
      if (!isChecked) expect(lenient!.text).toBe('refused, too')
      else expect(wrong!.code.map((text) => verdict(make(), text))).toEqual(['late'])
    },
  )

  test('there is a row for everything that is refused', () => {
    const said = saidIn(
      schemaFiles,
      /reason: [`']([^`']+)[`']|'(items [^']+ only where [^']+)'|\.mark\([^,]+, [^,]+, '([^']+)'|reason =\s+`([^`]+)`/g,
    )
    const messages = refused.map((row) => refusal(() => jsonSchema(row[4]!.code[0]!)))
    expect(said.filter((each) => !messages.some((message) => each.test(message)))).toEqual([])
    expect(said.length).toBeGreaterThan(8)
  })
})

/** Keywords of a draft's own schema. Draft 7's forgot one that its text has, 2020-12's keeps two of 2019-09. */
function keywordsOf(draft: Draft): ReadonlySet<string> {
  const old = draft4Schema as { properties: object }
  if (draft === '4') return new Set([...Object.keys(old.properties), '$ref'])
  const name = draft.startsWith('2') ? `json-schema-${draft}/` : `json-schema-draft-0${draft}.json`
  const found = sourceFiles(['node_modules/ajv/dist/refs'], /\.json$/).filter((file) => file.includes(name))
  const names = found.flatMap((file) =>
    Object.keys((JSON.parse(sourceText(file)) as { properties?: object }).properties ?? {}),
  )
  if (draft === '7') names.push('writeOnly')
  return new Set(names.filter((each) => draft !== '2020-12' || !each.startsWith('$recursive')))
}

describe('regular expressions', () => {
  const rows = rowsUnder('Regular expressions')
  const refused = rowsUnder('Regular expressions that are refused')
  const expression = (code: string) => {
    const [, source, flags] = /^\/(.*)\/([a-z]*)$/.exec(code)!
    return new RegExp(source!, flags)
  }

  test('every example is so, and every construct that is read stands in one', () => {
    const handlers = Object.getOwnPropertyNames(RegexReader.prototype).filter((name) => name.startsWith('on'))
    const spies = handlers.map((name) => jest.spyOn(RegexReader.prototype, name as 'onPatternEnter'))
    for (const [, , code, taken, not] of rows) {
      for (const each of code!.code) verdicts(regex(expression(each)), taken!.code, not!.code)
    }
    for (const [, , code] of refused) code!.code.map(refusalOf)
    const unused = handlers.filter((_, index) => spies[index]!.mock.calls.length === 0)
    jest.restoreAllMocks()
    expect(unused).toEqual([])
    expect(handlers.length).toBeGreaterThan(15)
  })

  /** What is none of JavaScript's can only be given as text. */
  const refusalOf = (code: string) =>
    refusal(() => regex(isExpression(code) ? expression(code) : code.slice(1, -1)))
  const isExpression = (code: string) => {
    try {
      return expression(code) !== null
    } catch {
      return false
    }
  }

  test.each(refused.map((row) => [row[0]!.text, row] as const))('refused: %s', (_, row) => {
    const [, said, code] = row
    for (const each of code!.code) expect(refusalOf(each)).toContain(said!.code[0])
  })

  test('there is a row for everything that is refused', () => {
    const files = sourceFiles(['lib/constraint/regex'], /\.ts$/)
    const said = saidIn(
      files,
      /unsupported\([`']([^`']+)[`']|#foreign\(offset, [`']([^`']+)[`']|\/u?y, '([^']+)', /g,
    )
    const messages = refused.flatMap((row) => row[2]!.code.map(refusalOf))
    expect(said.filter((each) => !messages.some((message) => each.test(message)))).toEqual([])
    expect(said.length).toBeGreaterThan(15)
  })
})

describe('GBNF', () => {
  const rows = rowsUnder('GBNF')
  const refused = rowsUnder('GBNF that is refused')

  test.each(rows.map((row) => [row[0]!.text, row] as const))('%s', (_, row) => {
    const [, , grammar, taken, not] = row
    verdicts(gbnf(grammar!.code[0]!), taken!.code, not!.code)
  })

  test('every kind of node and every escape stands in an example', () => {
    const grammars = rows.map((row) => row[2]!.code[0]!)
    const kinds = new Set(grammars.flatMap((text) => [...parseGbnf(text).values()].flatMap(kindsIn)))
    expect([...kinds].sort()).toEqual(['choice', 'reference', 'repeat', 'sequence', 'set', 'text'])
    const written = grammars.join('\n')
    const letters = [...Object.keys(escapes), ...Object.keys(hexSizes)]
    expect(letters.filter((letter) => !written.includes(`\\${letter}`))).toEqual([])
  })

  test.each(refused.map((row) => [row[0]!.text, row] as const))('refused: %s', (_, row) => {
    const [, said, grammar] = row
    expect(refusal(() => gbnf(grammar!.code[0]!))).toContain(said!.code[0])
  })
})

const kindsIn = (node: GbnfNode): string[] => [node.kind, ...partsOf(node).flatMap(kindsIn)]
