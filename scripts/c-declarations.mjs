// @ts-check
// Reads C headers: the functions asked for, every type they reach with its layout, and constants. Decides what a type
// consists of by the compiler at hand, never by counting itself; reads only headers of llama.cpp's plain style.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const compiler = process.env.CXX ?? 'c++'

/** @typedef {Map<string, string>} Texts by name */

/**
 * @param {string} tree with include/ and ggml/include/
 * @param {readonly string[]} headers
 * @param {{ functions: readonly string[], words: ReadonlySet<string> }} used
 * @returns {{ functions: Texts, types: Texts, constants: Texts }}
 */
export function declarationsOf(tree, headers, used) {
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-headers-'))
  try {
    const includes = ['include', path.join('ggml', 'include')].map((name) => `-I${path.join(tree, name)}`)
    const head = headers.map((name) => `#include <${name}>\n`).join('')
    const file = path.join(folder, 'headers.cc')
    writeFileSync(file, head)
    const run = (/** @type {readonly string[]} */ args) =>
      execFileSync(compiler, ['-std=c++17', ...includes, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
    const text = plain(run(['-E', '-P', file]))
    const functions = new Map(used.functions.flatMap((name) => entry(name, functionIn(text, name))))
    const reached = reach(text, [...functions.values(), ...used.words])
    const macros = macrosIn(run(['-dM', '-E', file]), used.words)
    const program = path.join(folder, 'layout')
    writeFileSync(`${program}.cc`, layoutProgram(head, reached))
    run([`${program}.cc`, '-o', program])
    const layout = JSON.parse(execFileSync(program, { encoding: 'utf8' }))
    const types = new Map(reached.typedefs)
    for (const [name, members] of reached.structs)
      types.set(`struct ${name}`, `${layout.sizes[name]} bytes: ${membersText(name, members, layout)}`)
    const constants = new Map(macros)
    for (const name of reached.enumerators) constants.set(name, String(layout.values[name]))
    return { functions, types, constants }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} text */
const plain = (text) =>
  text
    .replace(/__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)/g, ' ')
    .replace(/\[\[[^\]]*\]\]/g, ' ')
    .replace(/extern "C"( \{)?/g, ' ')
    .replace(/\s+/g, ' ')

/** @param {string} name @param {string | undefined} text @returns {[string, string][]} */
const entry = (name, text) => (text === undefined ? [] : [[name, text]])

/** @param {string} text @param {string} name */
function functionIn(text, name) {
  const found = new RegExp(`[;{}]([^;{}]*\\b${name}\\s*\\([^;{}]*\\))\\s*;`).exec(text)?.[1]
  return found?.replace(/\bextern\b/g, '').trim()
}

/** @typedef {{ type: string, name: string }} Member */

/**
 * Structures, enumerators and typedefs named in the texts, and what those name in turn.
 * @param {string} text @param {readonly string[]} texts
 */
function reach(text, texts) {
  /** @type {Map<string, Member[]>} */
  const structs = new Map()
  /** @type {Texts} */
  const typedefs = new Map()
  /** @type {Set<string>} */
  const enumerators = new Set()
  /** @type {Set<string>} */
  const seen = new Set()
  const visit = (/** @type {string} */ from) => {
    for (const [name] of from.matchAll(/\b(?:llama|ggml|gguf)_\w+/g)) {
      if (seen.has(name)) continue
      seen.add(name)
      const body = new RegExp(`\\bstruct ${name} \\{([^{}]*)\\}`).exec(text)?.[1]
      if (body !== undefined) {
        structs.set(name, membersOf(body))
        visit(body)
      }
      const listed = new RegExp(`\\benum ${name} \\{([^{}]*)\\}`).exec(text)?.[1]
      for (const part of listed?.split(',') ?? []) {
        const enumerator = /^\s*(\w+)/.exec(part)?.[1]
        if (enumerator !== undefined) enumerators.add(enumerator)
      }
      const typedef = new RegExp(`\\btypedef ([^;{}]*\\b${name}\\b[^;{}]*);`).exec(text)?.[1]
      if (typedef !== undefined) {
        typedefs.set(`typedef ${name}`, typedef.trim())
        visit(typedef)
      }
    }
  }
  for (const one of texts) visit(one)
  return { structs, typedefs, enumerators }
}

/** @param {string} body @returns {Member[]} */
function membersOf(body) {
  return body
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const pointer = /\(\s*\*\s*(\w+)\s*\)/.exec(part)?.[1]
      if (pointer !== undefined) return [{ type: part, name: pointer }]
      return part.split(',').flatMap((one) => {
        const name = /(\w+)\s*(?:\[[^\]]*\]\s*)*$/.exec(one)?.[1]
        return name === undefined ? [] : [{ type: part, name }]
      })
    })
}

/** @param {string} name @param {readonly Member[]} members @param {any} layout */
const membersText = (name, members, layout) =>
  members.map((member) => `${layout.offsets[`${name}.${member.name}`]} ${member.type}`).join('; ')

/** @param {string} listed @param {ReadonlySet<string>} words @returns {Texts} */
function macrosIn(listed, words) {
  const all = [...listed.matchAll(/^#define (\w+) (.+)$/gm)]
  return new Map(
    all.filter(([, name]) => words.has(name ?? '')).map(([, name = '', value = '']) => [name, value]),
  )
}

/**
 * A program that prints sizes, offsets and values as JSON.
 * @param {string} head @param {ReturnType<typeof reach>} of
 */
function layoutProgram(head, { structs, enumerators }) {
  const line = (/** @type {string} */ key, /** @type {string} */ value) =>
    `std::printf("%s\\"${key}\\":%lld", sep, (long long)(${value})); sep = ",";`
  const section = (/** @type {string} */ name, /** @type {readonly string[]} */ lines) =>
    `std::printf("\\"${name}\\":{"); sep = ""; ${lines.join('\n')} std::printf("}");`
  const offsets = [...structs].flatMap(([name, members]) =>
    members.map((member) => line(`${name}.${member.name}`, `offsetof(struct ${name}, ${member.name})`)),
  )
  const sections = [
    section(
      'sizes',
      [...structs.keys()].map((name) => line(name, `sizeof(struct ${name})`)),
    ),
    section('offsets', offsets),
    section(
      'values',
      [...enumerators].map((name) => line(name, name)),
    ),
  ]
  return [
    `${head}#include <cstddef>`,
    '#include <cstdio>',
    'int main() {',
    'const char * sep = "";',
    'std::printf("{");',
    sections.join('\nstd::printf(",");\n'),
    'std::printf("}\\n");',
    '}\n',
  ].join('\n')
}
