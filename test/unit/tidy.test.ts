// Rules about the text of the project that a machine can check: lengths, opening comments, leftovers, dead code.
// A budget here only ever goes down.

import { ENTRIES } from '../../scripts/dead-exports.mjs'
import { importedFile, importsOf, sourceFiles, sourceText } from '../../scripts/source-files.mjs'

const COLUMNS_MAX = 120
const LINES_MAX = 400
const FUNCTION_LINES_MAX = 80

/** The training code of the demo model stays as it was when it produced the model. */
const TRAINING = 'scripts/demo-model/'

const lib = sourceFiles(['lib'], /\.ts$/)
const native = sourceFiles(['native'], /\.(cc|h)$/)
const scripts = sourceFiles(['scripts', 'bench', 'examples'], /\.mjs$/).filter(
  (file) => !file.startsWith(TRAINING),
)
const tests = sourceFiles(['test'], /\.(ts|mjs)$/)
const code = [...lib, ...native, ...scripts, ...tests]

/** Lines of the given files that match, as `file:line`. */
function places(files: readonly string[], matches: (line: string) => boolean): string[] {
  return files.flatMap((file) =>
    sourceText(file)
      .split('\n')
      .flatMap((line, index) => (matches(line) ? [`${file}:${index + 1}`] : [])),
  )
}

test(`no line is longer than ${COLUMNS_MAX} columns`, () => {
  expect(places(code, (line) => line.length > COLUMNS_MAX)).toEqual([])
})

test(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = code.filter((file) => sourceText(file).split('\n').length > LINES_MAX + 1)
  expect(long).toEqual([])
})

test('every file in lib/ and native/ opens with a comment that says what it decides', () => {
  const opening = /^(#!.*\n)?(#pragma once\n+)?(\/\/ .{20,}|\/\*\*?[ \n])/
  expect([...lib, ...native].filter((file) => !opening.test(sourceText(file)))).toEqual([])
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

test('no file in lib/ is out of reach of the public entries', () => {
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file) || !lib.includes(file)) return
    reached.add(file)
    for (const specifier of importsOf(file)) visit(importedFile(file, specifier) ?? '')
  }
  ENTRIES.forEach(visit)
  expect(lib.filter((file) => !reached.has(file))).toEqual([])
})

test(`no function in lib/ is longer than ${FUNCTION_LINES_MAX} lines`, () => {
  expect(lib.flatMap(longFunctions)).toEqual([])
})

/** By indentation, which the formatter fixes: a line that opens a function, and the line that closes it. */
function longFunctions(file: string): string[] {
  const lines = sourceText(file).split('\n')
  return lines.flatMap((line, index) => {
    const opens = /^(\s*)(export |async |static |private |get |function |#?\w+(<.*>)?\().*\{$/.exec(line)
    if (!opens || /^\s*(export )?(abstract )?(class|interface|type|const enum|enum) /.test(line)) return []
    const closes = lines.findIndex((other, at) => at > index && other.startsWith(`${opens[1]}}`))
    return closes - index > FUNCTION_LINES_MAX ? [`${file}:${index + 1} ${closes - index} lines`] : []
  })
}
