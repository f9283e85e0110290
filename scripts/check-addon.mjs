// @ts-check
// Compares both sides of the addon: the members that native/bind_*.cc defines on classes, objects and the module with
// those that lib/native declares, what it reads of requests likewise, and the codes of errors that C++ raises with
// those of lib/native/addon-codes.ts; and looks for codes that lib/ asks for and nobody raises. Prints one line a
// difference and exits with 1 where there is one. Also run as a test.
import { pathToFileURL } from 'node:url'
import {
  all,
  BEGINNINGS,
  bindings,
  classesOf,
  codesOf,
  declared,
  nativeSources,
  objectsOf,
  readNames,
} from './addon-sides.mjs'
import { sourceFiles, sourceText } from './source-files.mjs'

/** @typedef {import('./addon-sides.mjs').Sources} Sources */
/** @typedef {import('./addon-sides.mjs').Declared} Declared */

/** C++ class, by the name JavaScript sees, and the interface of it. */
const CLASSES = {
  NativeVocab: 'RawVocab',
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
  'VocabTable',
]
const READ = [
  'Ban',
  'Chunk',
  'CompileLimits',
  'DryDraw',
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
