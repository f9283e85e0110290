// The examples of docstrings compile as strict TypeScript, with what they are run with in
// test/contract/api-docs.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import typescript from 'typescript'
import { entryPoints, publicApi } from '../../scripts/public-api.mjs'

const root = path.join(__dirname, '..', '..')
const folder = mkdtempSync(path.join(tmpdir(), 'espalier-examples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('all of them compile', () => {
  const api = publicApi()
  const files = api.flatMap(({ from, name, examples }) =>
    examples.map((code, index) => {
      const exported = api.filter((one) => one.from === from && !one.name.includes('.'))
      // Names an example imports by itself are its own.
      const own = code.match(/^import .*$/gm) ?? []
      const isNamed = (text: string, name: string) => new RegExp(`\\b${name}\\b`).test(text)
      const names = exported.filter(
        ({ name, kind }) =>
          kind !== 'type' && isNamed(code, name) && !own.some((line) => isNamed(line, name)),
      )
      const file = path.join(folder, `${name}-${index}.mts`)
      const lines = [
        `import { ${names.map((one) => one.name).join(', ')} } from '${from}'`,
        "declare const model: import('espalier').Model",
        "declare const vocab: import('espalier/constraint').Vocab",
        ...own,
        `{\n${code.replace(/^import .*$/gm, '')}\n}`,
      ]
      writeFileSync(file, lines.join('\n'))
      return file
    }),
  )
  const { config } = typescript.readConfigFile(path.join(root, 'tsconfig.json'), typescript.sys.readFile)
  const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, root)
  const paths = Object.fromEntries(
    Object.entries(entryPoints).map(([from, at]) => [from, [path.join(root, at)]]),
  )
  const typeRoots = [path.join(root, 'node_modules', '@types')]
  const own = { noEmit: true, noUnusedLocals: false, paths, typeRoots, types: ['node'] }
  const program = typescript.createProgram(files, { ...options, ...own })
  const said = files.flatMap((file) => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) =>
        `${path.basename(file)}: ${typescript.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  })
  expect(said).toEqual([])
})
