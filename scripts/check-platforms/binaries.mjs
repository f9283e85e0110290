// @ts-check
// Looks into every addon of the tarball, whether or not it can be run here: for the right processor, giving nothing but
// what Node asks for, asking for nothing but Node-API and the system's own libraries, on systems as old as README.md
// says, hardened, and with nothing in it of the machine it was built on. The table below is all there is to know of a
// format and a platform; it is checked against the platforms prebuilds/targets.mjs builds.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.mjs'
import { check, project, run, Skipped } from '../check-package/workshop.mjs'
import { targets } from '../prebuilds/targets.mjs'
import { root } from '../source-files.mjs'
import { factsOf, signatureOf } from './binary-facts.mjs'

/**
 * @typedef {object} Expected
 * @property {string} format as LLVM names it
 * @property {RegExp} libraries each that it loads
 * @property {RegExp} imports each name it asks for
 * @property {RegExp} exports each name it gives
 * @property {Record<string, RegExp>} marks what LLVM has to print, by what it means
 * @property {Record<string, RegExp>} unwanted what it must not print
 */

const ENTRY = 'napi_register_module_v1'
/** Node looks for the one, and calls the other if it is there. */
const EXPORTS = /^(napi_register_module_v1|node_api_module_get_api_version_v1)$/
/**
 * zig's linker for macOS hides neither its own marks nor C++'s functions for memory. Those are weak and the same as the
 * system's (malloc and free), so it does not matter whose are taken.
 */
const MAC_EXPORTS =
  /^(napi_register_module_v1|node_api_\w+|_mh_dylib_header|__dso_handle|_Z(nw|na|dl|da)\w+)$/
const ELF_MARKS = {
  'read-only after relocation': /PT_GNU_RELRO/,
  'bound at once': /^ *\S+ FLAGS(_1)? .*NOW/m,
  'a stack that is no code': /PT_GNU_STACK/,
}
const ELF_UNWANTED = {
  'a stack that is code': /PT_GNU_STACK[^}]*PF_X/,
  'relocations in code': /TEXTREL/,
  'a path to look for libraries': /RUNPATH|RPATH/,
}
/**
 * What a system has always had: no C++ library, which would have to be of some age, but the unwinder that Node's own
 * C++ library needs, since exceptions of llama.cpp pass through the addon.
 */
const GLIBC = /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-.*|libgcc_s\.so\.1)$/
const MUSL = /^(libc\.so|libc\.musl-\w+\.so\.1|libgcc_s\.so\.1)$/
/** glibc's names have a version. Without one are Node-API's, the unwinder's and what is taken only if it is there. */
const GLIBC_NAMES = /^(napi_\w+|_Unwind_\w+|__cxa_finalize|__gmon_start__|_ITM_\w+|__tls_get_addr|[\w.]+@.*)$/
/** No names of C++: what is not the system's has to be inside. */
const C_NAMES = /^(?!_Z)[\w.$]+$/
const GLIBC_NEWEST = 34
const PE_MARKS = {
  'loaded anywhere': /DYNAMIC_BASE[\s\S]*BaseRelocationTableSize: 0x[1-9A-F]/,
  'in all of the address space': /HIGH_ENTROPY_VA/,
  'no code where data is': /NX_COMPAT/,
}
/** Node-API is not asked for by name: a program that embeds Node is not called node.exe. */
const WINDOWS_NAMES = /^(?!napi_|_Z|\?)\S+$/
const WINDOWS = /^(kernel32|ntdll|advapi32|ucrtbase|api-ms-win-crt-[\w-]+)\.dll$/i
const APPLE_SILICON = 'Mach-O arm64'
/** Its own name is listed with those it loads. */
const MACOS = /^(\/usr\/lib\/libSystem\.B\.dylib|(.*\/)?espalier\.node)$/

/** @param {string} format @param {RegExp} libraries @param {RegExp} imports @returns {Expected} */
const elf = (format, libraries, imports) => ({
  format,
  libraries,
  imports,
  exports: EXPORTS,
  marks: ELF_MARKS,
  unwanted: ELF_UNWANTED,
})

/** @param {string} format @returns {Expected} */
const mac = (format) => ({
  format,
  libraries: MACOS,
  imports: C_NAMES,
  exports: MAC_EXPORTS,
  marks: { 'for macOS 14.0': /Platform: macos\s+Version: 14\.0/ },
  unwanted: {},
})

/** @param {string} format @returns {Expected} */
const windows = (format) => ({
  format,
  libraries: WINDOWS,
  imports: WINDOWS_NAMES,
  exports: EXPORTS,
  marks: PE_MARKS,
  unwanted: {},
})

/** @type {Record<string, Expected>} */
const EXPECTED = {
  'linux-x64': elf('elf64-x86-64', GLIBC, GLIBC_NAMES),
  'linux-arm64': elf('elf64-littleaarch64', GLIBC, GLIBC_NAMES),
  'linux-x64-musl': elf('elf64-x86-64', MUSL, C_NAMES),
  'linux-arm64-musl': elf('elf64-littleaarch64', MUSL, C_NAMES),
  'darwin-arm64': mac(APPLE_SILICON),
  'darwin-x64': mac('Mach-O 64-bit x86-64'),
  'win32-x64': windows('COFF-x86-64'),
  'win32-arm64': windows('COFF-ARM64'),
}

/** @param {string} tarball */
export function checkBinaries(tarball) {
  const folder = project('binaries')
  run('tar', ['-xzf', tarball], folder)
  for (const [platform, { format }] of Object.entries(targets)) {
    check(`${platform}: the addon's file`, () => {
      const file = join(folder, 'package', 'prebuilds', platform, 'espalier.node')
      if (!existsSync(file)) throw new Skipped('it is not in the tarball; run "npm run build:prebuilds"')
      const expected = EXPECTED[platform]
      if (expected === undefined) throw new Error('nothing is known of what it should be.')
      return judged(file, factsOf(file, format), expected)
    })
  }
}

/**
 * @param {string} file @param {import('./binary-facts.mjs').Facts} facts @param {Expected} expected
 * @returns {string} what is told of a sound one
 */
function judged(file, facts, expected) {
  const wrong = [
    ...(facts.format === expected.format ? [] : [`it is ${facts.format}, not ${expected.format}`]),
    ...others(facts.libraries, expected.libraries).map((name) => `it loads ${name}`),
    ...others(facts.imports, expected.imports).map((name) => `it asks for ${name}`),
    ...others(facts.exports, expected.exports).map((name) => `it gives ${name}`),
    ...(facts.exports.includes(ENTRY) ? [] : [`it does not give ${ENTRY}`]),
    ...Object.entries(expected.marks).flatMap(([what, mark]) =>
      mark.test(facts.text) ? [] : [`not ${what}`],
    ),
    ...Object.entries(expected.unwanted).flatMap(([what, mark]) => (mark.test(facts.text) ? [what] : [])),
    ...machinePaths(file),
    ...(expected.format === APPLE_SILICON ? unsigned(file) : []),
  ]
  const glibc = newestGlibc(facts.imports)
  if (glibc > GLIBC_NEWEST) wrong.push(`it needs glibc 2.${glibc}, and 2.${GLIBC_NEWEST} is promised`)
  if (wrong.length > 0) throw new Error(`${wrong.join('; ')}.`)
  const since = glibc > 0 ? `, glibc 2.${glibc}` : ''
  return `${facts.format}${since}, ${facts.imports.length} imports, loads ${facts.libraries.join(', ')}`
}

/** @param {readonly string[]} names @param {RegExp} expected */
const others = (names, expected) => names.filter((name) => !expected.test(name)).slice(0, 8)

/** @param {readonly string[]} imports @returns {number} N of the newest GLIBC_2.N; 0: none is asked for */
function newestGlibc(imports) {
  return Math.max(0, ...imports.map((name) => Number(/@GLIBC_2\.(\d+)/.exec(name)?.[1] ?? 0)))
}

/** @param {string} file @returns {string[]} folders of this machine that stand in it */
function machinePaths(file) {
  const text = readFileSync(file, 'latin1')
  const folders = [root, cacheFolder(), homedir()].filter((folder) => folder.length > 1)
  return folders
    .filter((folder) => text.includes(`${folder}/`))
    .map((folder) => `it holds the path ${folder}`)
}

/** Apple's own processors run nothing without a signature, be it one of nobody ("ad hoc"). @param {string} file */
function unsigned(file) {
  const { signature, isAdHoc, isWhole } = signatureOf(file)
  if (!signature) return ['it has no signature']
  if (!isAdHoc) return ['its signature is not ad hoc']
  return isWhole ? [] : ['its signature is of other bytes']
}
