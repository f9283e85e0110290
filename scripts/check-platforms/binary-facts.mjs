// @ts-check
// What an addon's file says of itself: ELF, Mach-O and PE, as LLVM's readobj and objdump read them. Decides only how
// their text is taken apart; what may stand there is binaries.mjs's business.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { run, Skipped, temporary } from '../check-package/workshop.mjs'
import { found } from './emulators.mjs'

/**
 * @typedef {object} Facts
 * @property {string} format as LLVM names it: 'elf64-x86-64', 'Mach-O arm64', 'COFF-ARM64', ...
 * @property {readonly string[]} libraries that are loaded with it
 * @property {readonly string[]} imports names it takes from others; of ELF with '@' and the version
 * @property {readonly string[]} exports names it gives to others
 * @property {string} text all that was read, for marks
 */

const READ = {
  elf: [
    '--file-headers',
    '--program-headers',
    '--dynamic-table',
    '--needed-libs',
    '--dyn-symbols',
    '--notes',
  ],
  macho: ['--file-headers', '--needed-libs', '--macho-version-min', '--symbols'],
  pe: ['--file-headers', '--needed-libs', '--coff-imports', '--coff-exports'],
}

/** The tool and its version as some distributions name it. @param {string} name */
function llvm(name) {
  const names = [name, ...Array.from({ length: 20 }, (_, i) => `${name}-${30 - i}`)]
  const command = found(names)
  if (command === null) throw new Skipped(`${name} is missing; on Debian: apt-get install llvm`)
  return command
}

/** @param {string} file @param {'elf' | 'macho' | 'pe'} format @returns {Facts} */
export function factsOf(file, format) {
  const text = run(llvm('llvm-readobj'), [...READ[format], file], temporary)
  const kind = /^Format: (.*)$/m.exec(text)?.[1] ?? 'none'
  const libraries = [...(/^NeededLibraries \[\n([^\]]*)\]/m.exec(text)?.[1] ?? '').matchAll(/\S+/g)].map(
    ([name]) => name,
  )
  const names = { elf: elfNames, macho: machoNames, pe: peNames }[format](text, file)
  return { format: kind, libraries, ...names, text }
}

/** The blocks `Symbol { ... }` of the text. @param {string} text */
const symbols = (text) =>
  [...text.matchAll(/^ {2}Symbol \{\n([\s\S]*?)^ {2}\}/gm)].map(([, body]) => body ?? '')

/** @param {string} text */
function elfNames(text) {
  const named = symbols(text).map((body) => ({
    name: /Name: (\S*)/.exec(body)?.[1] ?? '',
    isImport: /Section: Undefined/.test(body),
    isLocal: /Binding: Local/.test(body),
  }))
  const shared = named.filter(({ name, isLocal }) => name !== '(0)' && !isLocal)
  return {
    imports: shared.filter(({ isImport }) => isImport).map(({ name }) => name),
    exports: shared.filter(({ isImport }) => !isImport).map(({ name }) => name),
  }
}

/** @param {string} text */
function machoNames(text) {
  const named = symbols(text).map((body) => ({
    name: (/Name: (\S*)/.exec(body)?.[1] ?? '').replace(/^_/, ''),
    // Another field, RefType, has such words, too.
    isImport: /^ +Type: Undef/m.test(body),
    isShared: /^ +Extern$/m.test(body),
  }))
  return {
    imports: named.filter(({ isImport }) => isImport).map(({ name }) => name),
    exports: named.filter(({ isImport, isShared }) => isShared && !isImport).map(({ name }) => name),
  }
}

/** @param {string} text */
function peNames(text) {
  const block = (/** @type {string} */ name) =>
    [...text.matchAll(new RegExp(`^${name} \\{\\n([\\s\\S]*?)^\\}`, 'gm'))].map(([, body]) => body ?? '')
  const names = (/** @type {readonly string[]} */ bodies, /** @type {RegExp} */ pattern) =>
    bodies.flatMap((body) => [...body.matchAll(pattern)].map((match) => match[1] ?? ''))
  return {
    imports: names([...block('Import'), ...block('DelayImport')], /Symbol: (\S+)/g),
    exports: names(block('Export'), /Name: (\S+)/g),
  }
}

/** Magic numbers and fields of Apple's code signatures, all of them with the high byte first. */
const SUPER_BLOB = 0xfade0cc0
const CODE_DIRECTORY = 0xfade0c02
const AD_HOC = 0x2
const SHA256 = 2

/**
 * The code signature of a Mach-O file: whether it has one, nobody's ("ad hoc"), and whether its hash of every page is
 * that of the bytes there. LLVM's tools tell only where it lies.
 * @param {string} file
 */
export function signatureOf(file) {
  const none = { signature: false, isAdHoc: false, isWhole: false }
  const text = run(llvm('llvm-objdump'), ['--macho', '--private-headers', file], temporary)
  const at = /LC_CODE_SIGNATURE\s+cmdsize 16\s+dataoff (\d+)/.exec(text)?.[1]
  if (at === undefined) return none
  const bytes = readFileSync(file)
  const blob = bytes.subarray(Number(at))
  if (blob.readUInt32BE(0) !== SUPER_BLOB) return none
  for (let slot = 0; slot < blob.readUInt32BE(8); slot++) {
    const directory = blob.subarray(blob.readUInt32BE(16 + 8 * slot))
    if (directory.readUInt32BE(0) === CODE_DIRECTORY)
      return { signature: true, ...judgedDirectory(directory, bytes) }
  }
  return none
}

/** @param {Buffer} directory @param {Buffer} bytes of the whole file */
function judgedDirectory(directory, bytes) {
  const isAdHoc = (directory.readUInt32BE(12) & AD_HOC) !== 0
  const [hashes, count, limit] = [16, 28, 32].map((at) => directory.readUInt32BE(at))
  const [size, kind, page] = [directory[36] ?? 0, directory[37], 1 << (directory[39] ?? 0)]
  const isWhole = Array.from({ length: count ?? 0 }, (_, index) => index).every((index) => {
    const content = bytes.subarray(index * page, Math.min((index + 1) * page, limit ?? 0))
    const kept = directory.subarray((hashes ?? 0) + index * size, (hashes ?? 0) + (index + 1) * size)
    return createHash('sha256').update(content).digest().subarray(0, size).equals(kept)
  })
  return { isAdHoc, isWhole: isWhole && kind === SHA256 && (count ?? 0) > 0 }
}
