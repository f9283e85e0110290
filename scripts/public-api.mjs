// @ts-check
// What the package exports, read from the sources by the compiler: names, signatures, docstrings and their examples.
// Decides what counts as public: what an entry point exports, and the public members of classes among it.
import { join } from 'node:path'
import typescript from 'typescript'
import { root } from './source-files.mjs'

/** Entry points: what is imported, and the file behind it. */
export const entryPoints = Object.freeze({
  espalier: 'lib/index.ts',
  'espalier/constraint': 'lib/constraint/constraint.ts',
  'espalier/embed': 'lib/embed/embed.ts',
  'espalier/testing': 'lib/testing/testing.ts',
  'espalier/trace': 'lib/trace/entry.ts',
})

/**
 * @typedef {object} Exported
 * @property {keyof typeof entryPoints} from
 * @property {string} name `Model.run` for a member
 * @property {'function' | 'class' | 'method' | 'value' | 'type'} kind
 * @property {readonly string[]} signatures
 * @property {string} doc '' where there is none
 * @property {readonly string[]} examples code, without the fences
 * @property {readonly Member[]} members what objects of the type or class hold, beside methods
 */

/** @typedef {{ name: string, type: string, isOptional: boolean, doc: string }} Member */

/**
 * @param {Readonly<Record<string, string>>} entries
 * @returns {readonly Exported[]} in order of entry points, then as the compiler lists them
 */
export function publicApi(entries = entryPoints) {
  const { config } = typescript.readConfigFile(join(root, 'tsconfig.json'), typescript.sys.readFile)
  const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, root)
  const files = Object.values(entries).map((file) => join(root, file))
  const program = typescript.createProgram(files, options)
  const checker = program.getTypeChecker()
  return Object.entries(entries).flatMap(([from, file]) => {
    const source = program.getSourceFile(join(root, file))
    const module = source && checker.getSymbolAtLocation(source)
    if (!module) throw new Error(`${file} is no module.`)
    return checker
      .getExportsOfModule(module)
      .flatMap((symbol) => described(checker, /** @type {keyof typeof entryPoints} */ (from), symbol))
  })
}

/** @param {typescript.TypeChecker} checker @param {Exported['from']} from @param {typescript.Symbol} symbol */
function described(checker, from, symbol) {
  const aliased = symbol.flags & typescript.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const own = one(checker, from, symbol.name, aliased)
  if (own.kind !== 'class') return [own]
  const members = [...(aliased.members?.values() ?? [])].filter(isPublicMethod)
  return [own, ...members.map((member) => one(checker, from, `${symbol.name}.${member.name}`, member))]
}

/** @param {typescript.Symbol} member */
function isPublicMethod(member) {
  return Boolean(member.flags & typescript.SymbolFlags.Method) && /^[a-z]\w*$/i.test(member.name)
}

/**
 * @param {typescript.TypeChecker} checker @param {Exported['from']} from
 * @param {string} name @param {typescript.Symbol} symbol
 * @returns {Exported}
 */
function one(checker, from, name, symbol) {
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0]
  if (!declaration) throw new Error(`${name} has no declaration.`)
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration)
  const flags = typescript.TypeFormatFlags.NoTruncation | typescript.TypeFormatFlags.WriteArrowStyleSignature
  const kind = kindOf(name, symbol)
  const isCallable = kind === 'function' || kind === 'method'
  const calls = isCallable ? type.getCallSignatures() : []
  return {
    from,
    name,
    kind,
    signatures: calls.map((call) => checker.signatureToString(call, undefined, flags)),
    doc: typescript.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    examples: symbol
      .getJsDocTags(checker)
      .filter((tag) => tag.name === 'example')
      .map((tag) => code(name, typescript.displayPartsToString(tag.text))),
    members: kind === 'type' || kind === 'class' ? membersOf(checker, symbol, declaration) : [],
  }
}

/**
 * Of an interface or a class of ours; other types say all they are by their name and docstring.
 * @param {typescript.TypeChecker} checker @param {typescript.Symbol} symbol @param {typescript.Node} declaration
 * @returns {Member[]}
 */
function membersOf(checker, symbol, declaration) {
  if (!typescript.isInterfaceDeclaration(declaration) && !typescript.isClassDeclaration(declaration))
    return []
  const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
  return properties.flatMap((property) => {
    const { SymbolFlags, TypeFormatFlags } = typescript
    const isOurs = property.declarations?.some(
      (one) => !one.getSourceFile().fileName.includes('node_modules'),
    )
    if (!isOurs || property.flags & SymbolFlags.Method || !/^[a-z]\w*$/i.test(property.name)) return []
    const type = checker.getTypeOfSymbolAtLocation(property, declaration)
    return {
      name: property.name,
      type: plain(checker.typeToString(type, declaration, TypeFormatFlags.NoTruncation)),
      isOptional: Boolean(property.flags & SymbolFlags.Optional),
      doc: typescript.displayPartsToString(property.getDocumentationComment(checker)).trim(),
    }
  })
}

/** A type as it would be written where everything is imported. @param {string} type */
const plain = (type) => type.replace(/import\("[^"]+"\)\./g, '').replace(/ \| undefined$/, '')

/** @param {string} name @param {typescript.Symbol} symbol @returns {Exported['kind']} */
function kindOf(name, symbol) {
  const { SymbolFlags } = typescript
  if (symbol.flags & SymbolFlags.Function) return 'function'
  if (symbol.flags & SymbolFlags.Method) return 'method'
  if (symbol.flags & SymbolFlags.Class) return 'class'
  if (symbol.flags & SymbolFlags.Value) return 'value'
  if (symbol.flags & SymbolFlags.Type) return 'type'
  throw new Error(`${name} is of an unknown kind.`)
}

/** @param {string} name @param {string} text */
function code(name, text) {
  const [, inside] = text.match(/^\s*```ts\n([\s\S]*?)\n```\s*$/) ?? []
  if (inside === undefined) throw new Error(`The example of ${name} is no \`\`\`ts block.`)
  return inside
}
