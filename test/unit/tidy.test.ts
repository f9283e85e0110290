// Rules about the text of the project that a machine can check: lengths, opening comments, leftovers, dead code.
// A budget here only ever goes down. What lib/ and native/ keep beside these is in scripts/check-functions.mjs.

import { faultsOf, functionFaults } from '../../scripts/check-functions.mjs'
import { ENTRIES, pageFiles } from '../../scripts/dead-exports.mjs'
import { slow } from '../../scripts/slow-first.mjs'
import { importedFile, importsOf, sourceFiles, sourceText } from '../../scripts/source-files.mjs'

const COLUMNS_MAX = 120
const LINES_MAX = 400

/** The training code of the demo model stays as it was when it produced the model. */
const TRAINING = 'scripts/demo-model/'

const lib = sourceFiles(['lib'], /\.ts$/)
const page = pageFiles()
const native = sourceFiles(['native'], /\.(cc|h)$/)
const scripts = sourceFiles(['scripts', 'bench', 'examples'], /\.mjs$/).filter(
  (file) => !file.startsWith(TRAINING),
)
const tests = sourceFiles(['test'], /\.(ts|mjs)$/)
const code = [...lib, ...native, ...page, ...scripts, ...tests]

/** Lines of the given files that match, as `file:line`. */
function places(files: readonly string[], matches: (line: string) => boolean): string[] {
  return files.flatMap((file) =>
    sourceText(file)
      .split('\n')
      .flatMap((line, index) => (matches(line) ? [`${file}:${index + 1}`] : [])),
  )
}

test('no opening comment says that its file decides nothing', () => {
  expect(places(code, (line) => /^\/\/.*Decides noth[i]ng/.test(line))).toEqual([])
})

test(`no line is longer than ${COLUMNS_MAX} columns`, () => {
  expect(places(code, (line) => line.length > COLUMNS_MAX)).toEqual([])
})

test(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = code.filter((file) => sourceText(file).split('\n').length > LINES_MAX + 1)
  expect(long).toEqual([])
})

test('every file in lib/, native/ and viewer/ opens with a comment that says what it decides', () => {
  const opening = /^(#!.*\n)?(#pragma once\n+)?(\/\/ .{20,}|\/\*\*?[ \n])/
  expect([...lib, ...native, ...page].filter((file) => !opening.test(sourceText(file)))).toEqual([])
})

test('nothing is left over: notes to self, silenced checks, skipped or lone tests', () => {
  // Spelt in two parts so that this file does not find itself.
  const left = [
    'FIX' + 'ME',
    'TO' + 'DO',
    'XX' + 'X:',
    '\\bas ' + 'any(?![ \\w])',
    '@ts-' + 'ignore',
    '@ts-no' + 'check',
  ]
  const alone = `\\b(test|it|describe)(\\.each)?\\.(sk${'ip'}|on${'ly'})\\b`
  const pattern = new RegExp([...left, alone].join('|'))
  expect(places(code, (line) => pattern.test(line))).toEqual([])
})

test('no path of somebody’s machine', () => {
  const machine = new RegExp(
    `(^|['"\`(\\s=])(/ro${'ot'}/|/ho${'me'}/|/tm${'p'}/|/Us${'ers'}/|/wo${'rk'}/|[A-Z]:\\\\Users)`,
  )
  expect(places(code, (line) => machine.test(line))).toEqual([])
})

test('one registry tells what was collected, and it is never collected itself', () => {
  const made = places(lib, (line) => line.includes('new Finalization' + 'Registry'))
  expect(made.map((place) => place.split(':')[0])).toEqual(['lib/base/collected.ts'])
})

test('every test file that is to begin early is there', () => {
  expect(slow.filter((file) => !tests.includes(file))).toEqual([])
})

test('no file in lib/ is out of reach of the public entries', () => {
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file) || !(lib.includes(file) || page.includes(file))) return
    reached.add(file)
    for (const specifier of importsOf(file)) visit(importedFile(file, specifier) ?? '')
  }
  for (const file of [...ENTRIES, ...page]) visit(file)
  expect(lib.filter((file) => !reached.has(file))).toEqual([])
})

test('no long file, no long function, no boolean parameter, and Max for every bound', () => {
  expect(functionFaults()).toEqual([])
})

const longFunction = (lines: number) => `function f() {\n${'  g()\n'.repeat(lines - 2)}}\n`
test.each<[string, string, readonly string[]]>([
  ['a file of 301 lines', '\n'.repeat(301), ['long file']],
  ['a file of 300 lines', '\n'.repeat(300), []],
  ['a function of 61 lines', longFunction(61), ['long function']],
  ['a function of 60 lines', longFunction(60), []],
  ['a method', `class A {\n  ${longFunction(61).replace('function f', 'async #f')}}`, ['long function']],
  ['a boolean', 'const f = (isOpen: boolean) => isOpen', ['boolean parameter']],
  ['perhaps a boolean', 'function f(isOpen?: boolean | null) {}', ['boolean parameter']],
  ['a boolean by default', 'class A { f(isOpen = true) {} }', ['boolean parameter']],
  ['a schema', 'function f(schema: object | boolean) {}', []],
  ['an option', 'function f({ isOpen }: { isOpen: boolean }, is: (x: number) => boolean): boolean {}', []],
  ['Most', 'const cellsMost = mostCells + cellsMax', ['Most for Max', 'Most for Max']],
  ['another most', 'const most = atMost(almost)', []],
])('%s is seen for what it is', (_, text, rules) => {
  expect(faultsOf('lib/kv/a.ts', text).map(({ rule }) => rule)).toEqual(rules)
})
