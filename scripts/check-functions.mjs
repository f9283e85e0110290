// @ts-check
// Finds what makes code hard to take in: files and functions that are too long, parameters that are true or false, two
// words for one bound. There are no exceptions. Prints one line a fault and exits with 1. Also run as a test.
import { pathToFileURL } from 'node:url'
import typescript from 'typescript'
import { sourceFiles, sourceText } from './source-files.mjs'

const LINES_MAX = 300
const FUNCTION_LINES_MAX = 60

/** @typedef {{ rule: string, file: string, line: number, what: string }} Fault */

/**
 * Every fault of a file.
 * @param {string} file @param {string} text
 * @returns {Fault[]}
 */
export function faultsOf(file, text) {
  const lines = text.split('\n').length - 1
  const long = { rule: 'long file', file, line: lines, what: `${lines} lines, ${LINES_MAX} at most` }
  const faults = lines > LINES_MAX ? [long] : []
  return /\.tsx?$/.test(file) ? [...faults, ...codeFaults(file, text)] : faults
}

/** @param {string} file @param {string} text @returns {Fault[]} */
function codeFaults(file, text) {
  const source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, true)
  /** @type {Fault[]} */
  const faults = []
  const lineAt = (/** @type {number} */ at) => source.getLineAndCharacterOfPosition(at).line + 1
  const visit = (/** @type {typescript.Node} */ node) => {
    const line = lineAt(node.getStart(source))
    if (isLongFunction(node)) {
      const lines = lineAt(node.end) - line + 1
      const what = `a function of ${lines} lines, ${FUNCTION_LINES_MAX} at most`
      if (lines > FUNCTION_LINES_MAX) faults.push({ rule: 'long function', file, line, what })
    }
    if (typescript.isParameter(node) && isBoolean(node)) {
      const what = `${node.name.getText(source)} is true or false: two functions, or an option with a name`
      faults.push({ rule: 'boolean parameter', file, line, what })
    }
    if (typescript.isIdentifier(node) && /(^most[A-Z]|[a-z]Most$)/.test(node.text)) {
      if (!/atMost$/i.test(node.text)) faults.push({ rule: 'Most for Max', file, line, what: node.text })
    }
    typescript.forEachChild(node, visit)
  }
  visit(source)
  return faults
}

/** @param {typescript.Node} node */
const isLongFunction = (node) => typescript.isFunctionLike(node) && 'body' in node && node.body !== undefined

/**
 * Only the compiler would know the type of one without a type or a default.
 * @param {typescript.ParameterDeclaration} node
 */
function isBoolean({ type, initializer }) {
  const { BooleanKeyword, LiteralType, TrueKeyword, FalseKeyword, UndefinedKeyword } = typescript.SyntaxKind
  const kinds = type !== undefined && typescript.isUnionTypeNode(type) ? type.types : [type]
  // A value of several kinds, as a JSON Schema is, is another thing; null is a literal type.
  const others = kinds.filter((one) => one?.kind !== UndefinedKeyword && one?.kind !== LiteralType)
  if (others.length === 1 && others[0]?.kind === BooleanKeyword) return true
  return initializer?.kind === TrueKeyword || initializer?.kind === FalseKeyword
}

/** One line a fault. @returns {string[]} */
export function functionFaults() {
  const files = [...sourceFiles(['lib', 'viewer'], /\.tsx?$/), ...sourceFiles(['native'], /\.(cc|h)$/)]
  const faults = files.flatMap((file) => faultsOf(file, sourceText(file)))
  return faults.map(({ rule, file, line, what }) => `${file}:${line}: ${rule}: ${what}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lines = functionFaults()
  for (const line of lines) console.error(line)
  process.exitCode = lines.length > 0 ? 1 : 0
}
