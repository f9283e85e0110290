// Runs JavaScript written for people, as README.md and docstrings show it. Its imports of the package become looks at
// the sources; everything else runs as written. What it prints is caught.
import * as constraint from '../../lib/constraint/constraint.js'
import * as embed from '../../lib/embed/embed.js'
import * as espalier from '../../lib/index.js'
import * as testing from '../../lib/testing/testing.js'
import * as trace from '../../lib/trace/entry.js'

const packages: Readonly<Record<string, object>> = {
  espalier,
  'espalier/constraint': constraint,
  'espalier/embed': embed,
  'espalier/testing': testing,
  'espalier/trace': trace,
}

const AsyncFunction = (async () => {}).constructor as new (
  ...source: string[]
) => (...given: unknown[]) => Promise<void>

/** Lines printed by `console.log`, each as its arguments. `given` are names the code may use without an import. */
export async function printedBy(code: string, given: Readonly<Record<string, unknown>> = {}) {
  const imports = /^import (\{[^}]*\}) from '(espalier[\w/-]*)'$/gm
  const body = code.replace(imports, (_, names: string, from: string) => {
    if (packages[from] === undefined) throw new Error(`The code imports ${from}, which is no entry point.`)
    return `const ${names.replaceAll(' as ', ': ')} = packages['${from}']`
  })
  const printed: unknown[][] = []
  const log = (...args: unknown[]) => printed.push(args)
  const names = Object.keys(given)
  const run = new AsyncFunction('packages', 'console', ...names, `{\n${body}\n}`)
  await run(packages, { log }, ...names.map((name) => given[name]))
  return printed
}
