// @ts-check
// Checks that imports in lib/ go down only and name a file. The rule is the table; the rest applies it.
// Prints one line a violation and exits with 1 where there is one. Also run as a test.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { importGraph } from './check-circles.mjs'
import { importedFile, importsOf, root, sourceFiles, sourceText } from './source-files.mjs'

/**
 * Room to rank: a file may import from rooms of a lower rank and from its own. The longest matching folder counts, and
 * a file that is named is a room of its own.
 */
export const RANKS = {
  'lib/base': 0,
  'lib/async': 1,
  'lib/kv': 1,
  'lib/native': 1,
  'lib/constraint': 2,
  'lib/schedule': 2,
  'lib/prompt': 3,
  'lib/engine': 4,
  'lib/engine/local': 5,
  'lib/engine/remote': 5,
  'lib/run': 5,
  'lib/files': 5,
  'lib/trace': 6,
  'lib/model': 7,
  'lib/embed': 8,
  'lib/testing': 8,
  'lib/cli': 10,
  // It also loads vocabularies, which nothing else in its folder may.
  'lib/constraint/constraint.ts': 9,
  lib: 9,
}

/**
 * Rooms that only compute, and what they may import from outside of lib/: packages, and modules of Node's that do
 * nothing but compute. Nothing they import of another room, types aside, may come from one that does more.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const PURE = {
  'lib/base': [],
  'lib/kv': [],
  'lib/schedule': [],
  'lib/prompt': [],
  'lib/engine': [],
  // Patterns are read by regexpp, and tested within a time; ajv, the caller's to install, is used by its types here.
  'lib/constraint': ['@eslint-community/regexpp', 'ajv', 'node:url', 'node:vm'],
}

/** Imports that a pure room makes all the same. */
const EXCEPTIONS = {
  // Finds ajv where it is installed, once a lenient schema asks for it.
  'lib/constraint/json-schema/judge/lenient.ts': ['lib/native/package-root.ts'],
}

/**
 * Folders and files within a room, from the ground up: a file may import from its own and from those before it. What is
 * not named stands above all that is.
 */
export const FLOORS = {
  'lib/constraint': ['ir', 'constraint-type.ts', 'steps.ts', 'number', 'regex', 'gbnf', 'json-schema'],
  'lib/constraint/json-schema': ['refusal.ts', 'value', 'document', 'shape', 'write', 'judge'],
  'lib/engine/local': ['tokens', 'serve', 'text', 'account', 'session-context.ts', 'write', 'hole'],
  'lib/run': ['report', 'state', 'tools', 'chat', 'given', 'hole', 'walk'],
}

/** Rooms that must not know others, though these lie below: the walk and its contract speak of text. */
export const APART = {
  'lib/run': ['lib/native', 'lib/kv', 'lib/schedule'],
  'lib/engine': ['lib/native', 'lib/kv', 'lib/schedule'],
}

/** @param {string} file @param {string} target @returns {string | null} */
function floorViolation(file, target) {
  for (const [room, floors] of Object.entries(FLOORS)) {
    if (!file.startsWith(`${room}/`) || !target.startsWith(`${room}/`)) continue
    const nameOf = (/** @type {string} */ path) => path.slice(room.length + 1).replace(/\/.*/, '')
    const floorOf = (/** @type {string} */ path) => {
      const floor = floors.indexOf(nameOf(path))
      return floor < 0 ? floors.length : floor
    }
    if (floorOf(target) > floorOf(file)) {
      return `${file}: ${nameOf(file)} lies below ${nameOf(target)}, but imports ${target}`
    }
  }
  return null
}

/** What a pure room imports, types aside, of rooms that do more than compute. @returns {string[]} */
export function purityViolations() {
  return [...importGraph({ withTypes: false })].flatMap(([file, targets]) =>
    targets.flatMap((target) => impurity(file, target) ?? []),
  )
}

/** Why the import of a value is not allowed, or null. @param {string} file @param {string} target */
export function impurity(file, target) {
  const from = roomOf(file).room
  const to = roomOf(target).room
  if (from === to || !(from in PURE) || to in PURE) return null
  const excepted = Object.entries(EXCEPTIONS).find(([each]) => each === file)?.[1] ?? []
  return excepted.includes(target) ? null : `${file}: ${from} only computes, but imports ${target}`
}

/** @param {string} file */
function roomOf(file) {
  const rooms = Object.entries(RANKS).filter(([room]) => file === room || file.startsWith(`${room}/`))
  const [room, rank] = rooms.reduce((best, next) => (next[0].length > best[0].length ? next : best))
  return { room, rank }
}

/**
 * Why the import is not allowed, or null.
 * @param {string} file @param {string} specifier
 * @returns {string | null}
 */
export function violation(file, specifier) {
  const from = roomOf(file)
  const target = importedFile(file, specifier)
  if (target === null) {
    const allowed = PURE[from.room] ?? [specifier]
    return allowed.includes(specifier)
      ? null
      : `${file}: ${from.room} only computes, but imports ${specifier}`
  }
  if (!target.startsWith('lib/')) return `${file}: imports ${specifier} from outside lib/`
  if (!target.endsWith('.ts') || !existsSync(join(root, target))) return `${file}: ${specifier} names no file`
  const to = roomOf(target)
  if (to.room === from.room) return floorViolation(file, target)
  const isApart = APART[/** @type {keyof APART} */ (from.room)]?.includes(to.room) ?? false
  if (isApart) return `${file}: ${from.room} speaks of text, but imports ${specifier} of ${to.room}`
  if (to.rank < from.rank) return null
  return `${file}: ${from.room} (rank ${from.rank}) imports ${specifier} of ${to.room} (rank ${to.rank})`
}

/** @returns {string[]} */
export function layerViolations() {
  return sourceFiles(['lib'], /\.ts$/).flatMap((file) =>
    importsOf(file)
      .map((specifier) => violation(file, specifier))
      .filter((line) => line !== null),
  )
}

/** Which C++ files may include what: Node-API stays in the bindings, and constraints know nothing but themselves. */
const NATIVE_RULES = [
  {
    header: /^(node_api|js_native_api)\.h$/,
    allowed: /^native\/(addon|bind_\w+|decode_thread|pending_exception)\.(cc|h)$/,
  },
  { header: /^(llama|ggml.*|gguf)\.h$/, allowed: /^native\/(?!constraint\/|bind_)/ },
  { header: /^bind_\w+\.h$/, allowed: /^native\/(addon|bind_\w+)\.(cc|h)$/ },
  {
    header: /^(?!constraint\/).*\/|^(model|context|sampler|decode_thread).*\.h$/,
    allowed: /^native\/(?!constraint\/)/,
  },
]

/** @param {string} file @param {string} header @returns {string | null} */
export function nativeViolation(file, header) {
  const broken = NATIVE_RULES.find((rule) => rule.header.test(header) && !rule.allowed.test(file))
  return broken ? `${file}: must not include ${header}` : null
}

/** @returns {string[]} */
export function nativeViolations() {
  return sourceFiles(['native'], /\.(cc|h)$/).flatMap((file) =>
    [...sourceText(file).matchAll(/^\s*#include\s+["<]([^">]+)[">]/gm)]
      .map((match) => nativeViolation(file, match[1] ?? ''))
      .filter((line) => line !== null),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lines = [...layerViolations(), ...purityViolations(), ...nativeViolations()]
  for (const line of lines) console.error(line)
  process.exitCode = lines.length > 0 ? 1 : 0
}
