// Goal: the types a template gives are exact, and mistakes don't compile. Method: the compiler's own verdict over
// test/types, where every expected error is marked.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(__dirname, '../../..')
const folder = join(root, 'test/types')

test('test/types compiles, and every expected error is one', () => {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root)
  const files = readdirSync(folder).map((name) => join(folder, name))
  expect(files.length).toBeGreaterThan(0)
  const program = ts.createProgram(files, options)
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
