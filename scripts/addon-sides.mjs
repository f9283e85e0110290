// @ts-check
// What each side of the addon says of itself: TypeScript by its compiler, C++ by the few forms in which native/ defines
// members, reads them and raises codes. Only collects; check-addon.mjs compares.
import { join } from 'node:path'
import typescript from 'typescript'
import { root, sourceFiles, sourceText } from './source-files.mjs'

/** @typedef {ReadonlyMap<string, string>} Sources C++ by file */

/** Where TypeScript says what the addon has; the seam's own types are reached from there. */
const DECLARED = ['lib/native/raw.ts', 'lib/native/addon-codes.ts']

/**
 * Codes that C++ puts together: what these files refuse is a ModelError whose code has one of the beginnings.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const BEGINNINGS = {
  'native/gguf_file.cc': ['MODEL_', 'ADAPTER_'],
  'native/gguf_reader.h': ['MODEL_', 'ADAPTER_'],
  'native/adapter_file.cc': ['ADAPTER_'],
}

/** @returns {Sources} */
export const nativeSources = () =>
  new Map(sourceFiles(['native'], /\.(cc|h)$/).map((file) => [file, sourceText(file)]))

/** @param {string} text @param {RegExp} pattern @returns {string[]} what the first group of each match holds */
export const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

/** @param {Sources} sources @returns {string[]} of the bindings alone */
export const bindings = (sources) =>
  [...sources].filter(([file]) => file.startsWith('native/bind_')).map(([, text]) => text)

/**
 * Member names of each interface and type that is reached from DECLARED, those of every unnamed one, and the codes.
 * @param {(file: string) => string | undefined} [read] instead of the file's own text
 */
export function declared(read = () => undefined) {
  const host = typescript.createCompilerHost({}, true)
  const plain = host.getSourceFile.bind(host)
  host.getSourceFile = (file, options) => {
    const text = read(file.slice(root.length + 1))
    return text === undefined ? plain(file, options) : typescript.createSourceFile(file, text, options, true)
  }
  const options = {
    strict: true,
    lib: ['lib.es2022.d.ts'],
    types: [],
    module: typescript.ModuleKind.NodeNext,
  }
  const program = typescript.createProgram(
    DECLARED.map((file) => join(root, file)),
    options,
    host,
  )
  const checker = program.getTypeChecker()
  /** @type {Map<string, Set<string>>} */
  const named = new Map()
  /** @type {Set<string>[]} */
  const unnamed = []
  /** @type {Map<string, Set<string>>} */
  const codes = new Map()
  const namesOf = (/** @type {import('typescript').Type} */ type) =>
    new Set(
      (type.isUnion() ? type.types : [type])
        .flatMap((one) => one.getProperties())
        .map((property) => property.getName())
        .filter((name) => !name.startsWith('__@')),
    )
  const literalsOf = (/** @type {import('typescript').Type} */ type) =>
    new Set(
      (type.isUnion() ? type.types : [type]).flatMap((one) => (one.isStringLiteral() ? [one.value] : [])),
    )
  const visit = (/** @type {import('typescript').Node} */ node) => {
    if (typescript.isInterfaceDeclaration(node) || typescript.isTypeAliasDeclaration(node)) {
      const type = checker.getTypeAtLocation(node.name)
      named.set(node.name.text, namesOf(type))
      if (node.name.text === 'StepCode') codes.set('StepCode', literalsOf(type))
      if (node.name.text === 'AddonCodes')
        for (const property of type.getProperties())
          codes.set(property.getName(), literalsOf(checker.getTypeOfSymbol(property)))
    }
    if (typescript.isTypeLiteralNode(node)) unnamed.push(namesOf(checker.getTypeAtLocation(node)))
    typescript.forEachChild(node, visit)
  }
  for (const file of program.getSourceFiles()) if (file.fileName.includes('/lib/')) visit(file)
  return { named, unnamed, codes }
}

/** @typedef {ReturnType<typeof declared>} Declared */

/**
 * Members of each class, by the class's JavaScript name.
 * @param {Sources} sources
 * @returns {Map<string, string[]>}
 */
export function classesOf(sources) {
  /** @type {Map<string, string[]>} */
  const found = new Map()
  const everything = bindings(sources).join('\n')
  const nameOf = new Map(
    [...everything.matchAll(/struct (\w+) \{\n.* tag = .*\n.* name = "(\w+)";/g)].map((match) => [
      match[1],
      match[2],
    ]),
  )
  const objectOf = new Map(
    [...everything.matchAll(/using (\w+) = Wrapped<(\w+)>;/g)].map((match) => [match[1], match[2]]),
  )
  for (const [, wrapped, body] of everything.matchAll(/(\w+)::define\(([^;]*)\);/g)) {
    const name = nameOf.get(objectOf.get(wrapped ?? ''))
    if (name !== undefined) found.set(name, all(body ?? '', /\{"(\w+)",/g))
  }
  return found
}

/**
 * Members of each plain object that C++ makes, with the function that makes it.
 * @param {Sources} sources
 * @returns {{ place: string, names: Set<string> }[]}
 */
export function objectsOf(sources) {
  return [...sources]
    .flatMap(([file, text]) =>
      text.split(/^(?=\S.*\) (?:const )?\{$)/m).flatMap((body) => {
        const made = all(body, /\bNewObject (\w+)\(/g)
        const place = `${file}, ${/(\w+)\(/.exec(body)?.[1]}`
        return made.map((variable) => ({
          place,
          names: new Set(all(body, new RegExp(`\\b${variable}\\.set\\("(\\w+)"`, 'g'))),
        }))
      }),
    )
    .filter(({ names }) => names.size > 0)
}

/**
 * Names of members that C++ asks objects for, by whatever reader.
 * @param {Sources} sources
 * @returns {Set<string>}
 */
export function readNames(sources) {
  const readers =
    /\b(?:get|whole\w*|number|boolean|text|ids|list\w*|named|count|sequence|position|read\w*)\((?:\w+, )*"(\w+)"/g
  return new Set(bindings(sources).flatMap((text) => all(text, readers)))
}

/**
 * Codes by class.
 * @param {Sources} sources
 * @returns {Map<string, Set<string>>}
 */
export function codesOf(sources) {
  /** @type {Map<string, Set<string>>} */
  const found = new Map()
  const add = (/** @type {string} */ kind, /** @type {readonly string[]} */ codes) =>
    found.set(kind, new Set([...(found.get(kind) ?? []), ...codes]))
  for (const [file, text] of sources) {
    for (const [, kind, code] of text.matchAll(/"(\w+Error)",\s*"([A-Z_]+)"/g)) add(kind ?? '', [code ?? ''])
    add('UsageError', all(text, /\busage_error\("([A-Z_]+)"/g))
    if (file.startsWith('native/constraint/')) add('ConstraintError', all(text, /\bfail\("([A-Z_]+)"/g))
    const bare = all(text, /\b(?:refuse\(|gguf_fail\([\w.()]+, )"([A-Z_]+)"/g)
    for (const beginning of BEGINNINGS[file] ?? [])
      add(
        'ModelError',
        bare.map((code) => beginning + code.replace(/^_/, '')),
      )
    if (file.startsWith('native/context')) add('StepCode', [...bare, ...all(text, /\.code = "([A-Z_]+)"/g)])
  }
  return found
}
