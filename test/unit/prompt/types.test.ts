// Goal: the types a template gives are exact, and mistakes don't compile. Method: the compiler's own verdict over
// test/types, where every expected error is marked.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(__dirname, '../../..')
const folder = join(root, 'test/types')
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
/** What both programs are made of is read once. */
const host = ts.createCompilerHost(options)
const read = new Map<string, ts.SourceFile | undefined>()
const { getSourceFile } = host
host.getSourceFile = (name, ...rest) => {
  if (!read.has(name)) read.set(name, getSourceFile(name, ...rest))
  return read.get(name)
}

test('test/types compiles, and every expected error is one', () => {
  const files = readdirSync(folder).map((name) => join(folder, name))
  expect(files.length).toBeGreaterThan(0)
  const program = ts.createProgram(files, options, host)
  const found = files.flatMap((file) => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  })
  const told = found.map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  expect(told).toEqual([])
})

test('the compiler says by name which input is missing', () => {
  const file = join(folder, 'missing.ts')
  const lines = [
    "import { gen, input, type Model, prompt, type Transcript } from '../../lib/index.js'",
    'export function calls(model: Model, base: Transcript): void {',
    `  const triage = prompt\`Ticket: \${input('ticket')} \${gen('customer')}\``,
    '  model.run(triage)',
    '  model.run(triage, {})',
    '  model.start(triage)',
    '  model.stream(triage)',
    '  base.extend(triage)',
    '}',
  ]
  const { fileExists } = host
  const source = ts.createSourceFile(file, lines.join('\n'), ts.ScriptTarget.ES2023, true)
  read.set(file, source)
  host.fileExists = (name) => name === file || fileExists(name)
  const program = ts.createProgram([file], options, host)
  const told = program
    .getSemanticDiagnostics(source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  expect(told).toEqual(Array(5).fill(expect.stringContaining("Property 'ticket' is missing in type")))
})
