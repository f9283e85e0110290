// @ts-check
// Finds what a file of lib/ exports and nothing that ships or builds imports: such a value is kept alive by its tests
// alone. A use is an import by another file of lib/ or by the page in viewer/ (as a type, too), a re-export by a public
// entry, or the name in a script; what test/ and bench/ import is none. Run as a test.
import { pathToFileURL } from 'node:url'
import typescript from 'typescript'
import { importedFile, sourceFiles, sourceText } from './source-files.mjs'

/** What package.json exports, and the command: whatever these export is used. */
export const ENTRIES = [
  'lib/index.ts',
  'lib/native/native.ts',
  'lib/constraint/constraint.ts',
  'lib/embed/embed.ts',
  'lib/testing/testing.ts',
  'lib/trace/entry.ts',
  'lib/cli/main.ts',
]

/** What the page that shows a trace is made of; it ships in dist/. */
export const pageFiles = () => sourceFiles(['viewer'], /\.tsx?$/)

/** @typedef {(file: string) => string} Read */

/** @param {string} file @param {Read} read */
const parsed = (file, read) =>
  typescript.createSourceFile(file, read(file), typescript.ScriptTarget.Latest, true)

/**
 * Names of the values a file declares and exports.
 * @param {string} file @param {Read} read
 * @returns {string[]}
 */
function exportedValues(file, read) {
  return parsed(file, read).statements.flatMap((statement) => {
    if (!typescript.canHaveModifiers(statement)) return []
    const modifiers = typescript.getModifiers(statement) ?? []
    if (!modifiers.some(({ kind }) => kind === typescript.SyntaxKind.ExportKeyword)) return []
    if (typescript.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText())
    const isValue =
      typescript.isClassDeclaration(statement) ||
      typescript.isFunctionDeclaration(statement) ||
      typescript.isEnumDeclaration(statement)
    return isValue && statement.name ? [statement.name.text] : []
  })
}

/**
 * What a file takes from others, as `file#name`. Of a whole module (`import * as all`) it takes what it writes as
 * `all.name`, and where it hands the module on (`file#?`) what any file writes as a member of something.
 * @param {string} file @param {Read} read
 * @returns {string[]}
 */
function taken(file, read) {
  const source = parsed(file, read)
  const later = takenLater(file, source)
  return source.statements
    .flatMap((statement) => {
      const isImport = typescript.isImportDeclaration(statement)
      if (!isImport && !typescript.isExportDeclaration(statement)) return []
      const specifier = statement.moduleSpecifier
      if (specifier === undefined || !typescript.isStringLiteral(specifier)) return []
      const target = importedFile(file, specifier.text)
      const bindings = isImport ? statement.importClause?.namedBindings : (statement.exportClause ?? null)
      if (target === null || bindings === undefined) return []
      if (bindings !== null && 'elements' in bindings)
        return bindings.elements.map((element) => `${target}#${(element.propertyName ?? element.name).text}`)
      if (!isImport || bindings === null) return [`${target}#*`]
      const names = membersOf(bindings.name.getText(), source)
      return names === null ? [`${target}#?`] : names.map((name) => `${target}#${name}`)
    })
    .concat(later)
}

/**
 * What it takes by `const { name } = await import('...')`, and all of what it imports so in another way.
 * @param {string} file @param {import('typescript').SourceFile} source
 * @returns {string[]}
 */
function takenLater(file, source) {
  /** @type {string[]} */
  const found = []
  const visit = (/** @type {import('typescript').Node} */ node) => {
    if (typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword) {
      const specifier = node.arguments[0]
      const target =
        specifier && typescript.isStringLiteral(specifier) ? importedFile(file, specifier.text) : null
      const holder = typescript.isAwaitExpression(node.parent) ? node.parent.parent : node.parent
      const names =
        typescript.isVariableDeclaration(holder) && typescript.isObjectBindingPattern(holder.name)
          ? holder.name.elements.map((element) => (element.propertyName ?? element.name).getText())
          : ['*']
      if (target !== null) found.push(...names.map((name) => `${target}#${name}`))
    }
    typescript.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/**
 * The members of a module that are asked for by name; null where it is used as a whole.
 * @param {string} module @param {import('typescript').SourceFile} source
 * @returns {string[] | null}
 */
function membersOf(module, source) {
  /** @type {string[]} */
  const names = []
  let isWhole = false
  const visit = (/** @type {import('typescript').Node} */ node) => {
    if (typescript.isImportDeclaration(node)) return
    if (typescript.isIdentifier(node) && node.text === module) {
      const { parent } = node
      if (typescript.isPropertyAccessExpression(parent) && parent.expression === node)
        names.push(parent.name.text)
      else if (typescript.isQualifiedName(parent) && parent.left === node) names.push(parent.right.text)
      else if (!typescript.isPropertyAccessExpression(parent)) isWhole = true
    }
    typescript.forEachChild(node, visit)
  }
  visit(source)
  return isWhole ? null : names
}

/**
 * Exported values that nothing uses, as `file: name`.
 * @param {readonly string[]} lib files of lib/
 * @param {readonly string[]} scripts files whose every word is a use
 * @param {Read} read
 * @returns {string[]}
 */
export function deadExports(
  lib = sourceFiles(['lib'], /\.ts$/),
  scripts = sourceFiles(['scripts', 'examples'], /\.mjs$/),
  read = sourceText,
  page = read === sourceText ? pageFiles() : [],
) {
  const used = new Set([...lib, ...page].flatMap((file) => taken(file, read)))
  const members = new Set(
    lib.flatMap((file) => [...read(file).matchAll(/\.(\w+)/g)].map((match) => match[1] ?? '')),
  )
  const isUsed = (/** @type {string} */ file, /** @type {string} */ name) =>
    used.has(`${file}#${name}`) || used.has(`${file}#*`) || (used.has(`${file}#?`) && members.has(name))
  const words = new Set(scripts.flatMap((file) => read(file).match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []))
  return lib
    .filter((file) => !ENTRIES.includes(file))
    .flatMap((file) =>
      exportedValues(file, read)
        .filter((name) => !isUsed(file, name) && !words.has(name))
        .map((name) => `${file}: ${name}`),
    )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dead = deadExports()
  for (const line of dead) console.error(line)
  process.exitCode = dead.length > 0 ? 1 : 0
}
