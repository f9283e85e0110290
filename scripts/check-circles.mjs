// @ts-check
// Finds circles of imports in lib/: files that can only be read together. Decides what counts as an import of a value
// and what as one of types alone; which circles may stay is up to who asks. Prints one line a circle and exits with 1
// where there is one.
import { pathToFileURL } from 'node:url'
import typescript from 'typescript'
import { importedFile, sourceFiles, sourceText } from './source-files.mjs'

/** @typedef {ReadonlyMap<string, readonly string[]>} Graph what each file imports of lib/ */

/**
 * What the files of lib/ import of one another: with types, every import there is; without, only what is still there
 * when the compiler has left out the types.
 * @param {{ withTypes: boolean }} options
 * @returns {Graph}
 */
export function importGraph({ withTypes }) {
  const files = sourceFiles(['lib'], /\.ts$/)
  return new Map(files.map((file) => [file, importsWithin(file, withTypes)]))
}

/** @param {string} file @param {boolean} withTypes @returns {string[]} */
function importsWithin(file, withTypes) {
  const source = typescript.createSourceFile(file, sourceText(file), typescript.ScriptTarget.Latest)
  /** @type {Set<string>} */
  const found = new Set()
  const visit = (/** @type {typescript.Node} */ node) => {
    const specifier = specifierOf(node, withTypes)
    const target = specifier === null ? null : importedFile(file, specifier)
    if (target !== null) found.add(target)
    typescript.forEachChild(node, visit)
  }
  visit(source)
  return [...found].sort()
}

/** The module a node imports; null for other nodes, and for types where they don't count. */
function specifierOf(/** @type {typescript.Node} */ node, /** @type {boolean} */ withTypes) {
  // What is not `import type` as a whole is still there when the compiler has left out the types in it.
  if (typescript.isImportDeclaration(node)) {
    return withTypes || !node.importClause?.isTypeOnly ? textOf(node.moduleSpecifier) : null
  }
  if (typescript.isExportDeclaration(node) && node.moduleSpecifier) {
    return withTypes || !node.isTypeOnly ? textOf(node.moduleSpecifier) : null
  }
  // import('./file.js').Type
  if (typescript.isImportTypeNode(node)) {
    return withTypes && typescript.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : null
  }
  const isDynamic =
    typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword
  return isDynamic && node.arguments[0] ? textOf(node.arguments[0]) : null
}

/** @param {typescript.Node} node */
const textOf = (node) => (typescript.isStringLiteralLike(node) ? node.text : null)

/**
 * The circles of a graph: each a sorted list of files that reach one another (Tarjan's strongly connected components of
 * more than one file, and files that import themselves).
 * @param {Graph} graph
 * @returns {string[][]}
 */
export function circlesOf(graph) {
  /** @type {Map<string, number>} */
  const index = new Map()
  /** @type {Map<string, number>} */
  const low = new Map()
  /** @type {string[]} */
  const stack = []
  const onStack = new Set()
  /** @type {string[][]} */
  const circles = []

  const visit = (/** @type {string} */ file) => {
    index.set(file, index.size)
    low.set(file, at(index, file))
    stack.push(file)
    onStack.add(file)
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) {
        visit(target)
        low.set(file, Math.min(at(low, file), at(low, target)))
      } else if (onStack.has(target)) low.set(file, Math.min(at(low, file), at(index, target)))
    }
    if (at(low, file) !== at(index, file)) return
    const together = stack.splice(stack.lastIndexOf(file))
    for (const each of together) onStack.delete(each)
    if (together.length > 1 || graph.get(file)?.includes(file)) circles.push(together.sort())
  }

  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return circles.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
}

/** @template K, V @param {{ get(key: K): V | undefined }} map @param {K} key @returns {V} */
function at(map, key) {
  return /** @type {V} */ (map.get(key))
}

/** Circles that remain when types are left out: files of which one runs before another it needs. */
export const valueCircles = () => circlesOf(importGraph({ withTypes: false }))

/** Circles of any imports: files of which none can be read before the others. */
export const typeCircles = () => circlesOf(importGraph({ withTypes: true }))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const values = valueCircles()
  const types = typeCircles()
  for (const circle of values) console.error(`circle of values: ${circle.join(', ')}`)
  for (const circle of types) console.error(`circle with types: ${circle.join(', ')}`)
  console.log(`${values.length} circles of values, ${types.length} with types`)
  process.exitCode = values.length + types.length > 0 ? 1 : 0
}
