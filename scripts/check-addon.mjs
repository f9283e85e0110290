// @ts-check
// Compares both sides of the addon: the members that native/bind_*.cc defines on classes, objects and the module with
// those that lib/native declares, what it reads of requests likewise, and the codes of errors that C++ raises with
// those of lib/native/addon-codes.ts; and looks for codes that lib/ asks for and nobody raises. Prints one line a
// difference and exits with 1 where there is one. Also run as a test.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import typescript from 'typescript'
import { root, sourceFiles, sourceText } from './source-files.mjs'

/** @typedef {ReadonlyMap<string, string>} Sources C++ by file */

/** Where TypeScript says what the addon has; the seam's own types are reached from there. */
const DECLARED = ['lib/native/raw.ts', 'lib/native/addon-codes.ts']

/** C++ class, by the name JavaScript sees, and the interface of it. */
const CLASSES = {
  NativeVocab: 'NativeVocab',
  NativeConstraint: 'NativeConstraint',
  NativeMatcher: 'NativeMatcher',
  NativeModel: 'RawModel',
  NativeContext: 'RawContext',
  NativeEmbedder: 'RawEmbedder',
  NativeLog: 'RawLog',
}

/** Interfaces of plain objects that C++ makes, and those it reads. */
const WRITTEN = [
  'ContextCapabilities',
  'DeviceInfo',
  'EmbedderFacts',
  'GenerationResult',
  'NativeAdapter',
  'NearTie',
  'RawModelFacts',
  'StepFailure',
  'StepResult',
  'TokenLogprobs',
]
const READ = [
  'Chunk',
  'CompileLimits',
  'EmbedChunk',
  'KvOp',
  'RawContextRequest',
  'RawDraw',
  'RawEmbedderRequest',
  'RawGeneration',
  'RawLibraries',
  'RawModelRequest',
  'RawPlan',
  'RawVocabDescription',
  'RopeScaling',
]

/**
 * Codes that C++ puts together: what these files refuse is a ModelError whose code has one of the beginnings.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const BEGINNINGS = { 'native/gguf_file.cc': ['MODEL_', 'ADAPTER_'], 'native/adapter_file.cc': ['ADAPTER_'] }

/** @returns {Sources} */
export const nativeSources = () =>
  new Map(sourceFiles(['native'], /\.(cc|h)$/).map((file) => [file, sourceText(file)]))

/** @param {string} text @param {RegExp} pattern @returns {string[]} what the first group of each match holds */
const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

/** @param {Sources} sources @returns {string[]} of the bindings alone */
const bindings = (sources) =>
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
function classesOf(sources) {
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
function objectsOf(sources) {
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
function readNames(sources) {
  const readers =
    /\b(?:get|whole|number|boolean|text|ids|optional\w*|sequence|position|read\w*)\((?:\w+, )*"(\w+)"/g
  return new Set(bindings(sources).flatMap((text) => all(text, readers)))
}

/**
 * Codes by class.
 * @param {Sources} sources
 * @returns {Map<string, Set<string>>}
 */
function codesOf(sources) {
  /** @type {Map<string, Set<string>>} */
  const found = new Map()
  const add = (/** @type {string} */ kind, /** @type {readonly string[]} */ codes) =>
    found.set(kind, new Set([...(found.get(kind) ?? []), ...codes]))
  for (const [file, text] of sources) {
    for (const [, kind, code] of text.matchAll(/"(\w+Error)",\s*"([A-Z_]+)"/g)) add(kind ?? '', [code ?? ''])
    add('UsageError', all(text, /\busage_error\("([A-Z_]+)"/g))
    if (file.startsWith('native/constraint/')) add('ConstraintError', all(text, /\bfail\("([A-Z_]+)"/g))
    const bare = all(text, /\b(?:refuse\(|fail\((?:kind_?|reader\.kind\(\)), )"([A-Z_]+)"/g)
    for (const beginning of BEGINNINGS[file] ?? [])
      add(
        'ModelError',
        bare.map((code) => beginning + code.replace(/^_/, '')),
      )
    if (file.startsWith('native/context')) add('StepCode', [...bare, ...all(text, /\.code = "([A-Z_]+)"/g)])
  }
  return found
}

/** @param {Iterable<string>} names @param {ReadonlySet<string>} others */
const missing = (names, others) => [...names].filter((name) => !others.has(name))

/** @param {ReadonlySet<string>} a @param {ReadonlySet<string>} b */
const same = (a, b) => missing(a, b).length === 0 && missing(b, a).length === 0

/** @param {Sources} sources @param {Declared} known @returns {string[]} */
function classDifferences(sources, known) {
  const classes = classesOf(sources)
  const pairs = Object.entries(CLASSES).map(
    ([name, type]) => /** @type {const} */ ([name, classes.get(name) ?? [], type]),
  )
  const exported = bindings(sources).flatMap((text) => all(text, /export_function\(env, exports, "(\w+)"/g))
  const lines = [...pairs, /** @type {const} */ (['the module', exported, 'RawAddon'])].flatMap(
    ([name, members, type]) => {
      const names = known.named.get(type) ?? new Set()
      return [
        ...missing(members, names).map((one) => `${name}: C++ defines ${one}, ${type} does not declare it`),
        ...missing(names, new Set(members)).map(
          (one) => `${name}: ${type} declares ${one}, C++ does not define it`,
        ),
      ]
    },
  )
  const unknown = missing(classes.keys(), new Set(Object.keys(CLASSES)))
  return [...lines, ...unknown.map((name) => `${name}: C++ defines the class, no interface is known for it`)]
}

/** @param {Sources} sources @param {Declared} known @returns {string[]} */
function objectDifferences(sources, known) {
  const objects = objectsOf(sources)
  const declaredSets = [...known.named.values(), ...known.unnamed]
  const undeclared = objects
    .filter(({ names }) => !declaredSets.some((one) => same(one, names)))
    .map(({ place, names }) => `${place}: makes { ${[...names].join(', ')} }, which no type declares`)
  const unmade = WRITTEN.filter((type) => {
    const names = known.named.get(type)
    return names === undefined || !objects.some((one) => same(one.names, names))
  }).map((type) => `${type}: no object of C++ has exactly its members`)
  return [...undeclared, ...unmade]
}

/** @param {Sources} sources @param {Declared} known @returns {string[]} */
function requestDifferences(sources, known) {
  const read = readNames(sources)
  const asked = new Set(READ.flatMap((type) => [...(known.named.get(type) ?? [])]))
  const others = new Set(known.unnamed.flatMap((names) => [...names]))
  const absent = READ.filter((type) => !known.named.has(type)).map((type) => `${type}: is not declared`)
  return [
    ...absent,
    ...missing(asked, read).map((name) => `${name}: declared of a request, C++ does not read it`),
    ...missing(read, new Set([...asked, ...others])).map(
      (name) => `${name}: C++ reads it, no request declares it`,
    ),
  ]
}

/** @param {Sources} sources @param {Declared} known @returns {string[]} */
function codeDifferences(sources, known) {
  const raised = codesOf(sources)
  const kinds = new Set([...raised.keys(), ...known.codes.keys()])
  const lines = [...kinds].flatMap((kind) => {
    const [ours, theirs] = [raised.get(kind) ?? new Set(), known.codes.get(kind) ?? new Set()]
    return [
      ...missing(ours, theirs).map(
        (code) => `${kind} ${code}: C++ raises it, addon-codes.ts does not know it`,
      ),
      ...missing(theirs, ours).map(
        (code) => `${kind} ${code}: addon-codes.ts knows it, C++ does not raise it`,
      ),
    ]
  })
  // So that a code raised in another way than those above does not slip by.
  const found = new Set([...raised.values()].flatMap((codes) => [...codes]))
  const stray = [...sources].flatMap(([file, text]) =>
    all(text, /"([A-Z]{2,}(?:_[A-Z]+)+)"/g)
      .filter((code) => !found.has(code) && !(file in BEGINNINGS))
      .map((code) => `${file}: "${code}" looks like a code, but is raised in no way that this script knows`),
  )
  return [...lines, ...stray]
}

/**
 * Codes that lib/ compares with. Node's own are not ours to raise.
 * @param {Sources} sources @param {ReadonlyMap<string, string>} lib its files
 * @returns {string[]}
 */
function askedDifferences(sources, lib) {
  const asking = /[!=]== '((?!ERR_|MODULE_NOT_FOUND)[A-Z]{2,}(?:_[A-Z]+)+)'/g
  const texts = [...lib.values()]
  const named = texts.flatMap((text) => all(text.replace(asking, ''), /'([A-Z]+(?:_[A-Z]+)+)'/g))
  const raised = new Set([...named, ...[...codesOf(sources).values()].flatMap((codes) => [...codes])])
  return [...lib].flatMap(([file, text]) =>
    missing(all(text, asking), raised).map((code) => `${file}: asks for ${code}, which nothing raises`),
  )
}

const libSources = () =>
  new Map(
    sourceFiles(['lib'], /\.ts$/)
      .filter((file) => file !== 'lib/native/addon-codes.ts')
      .map((file) => [file, sourceText(file)]),
  )

/**
 * @param {Sources} [sources] @param {Declared} [known] @param {ReadonlyMap<string, string>} [lib]
 * @returns {string[]} one line a difference
 */
export function addonDifferences(sources = nativeSources(), known = declared(), lib = libSources()) {
  const compared = [classDifferences, objectDifferences, requestDifferences, codeDifferences]
  return [...compared.flatMap((compare) => compare(sources, known)), ...askedDifferences(sources, lib)]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lines = addonDifferences()
  for (const line of lines) console.error(line)
  process.exitCode = lines.length > 0 ? 1 : 0
}
