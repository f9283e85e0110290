// @ts-check
// What an addon for Linux takes from the system and not from zig's own static libraries. Two unwinders in one process
// can't read each other's frames, and llama.cpp's exceptions cross the addon's, so both use the system's; the value
// that guards frames is the system's, too, since zig's is the same in every process.
// Decides the names; the linker gets an empty library with them in place of the real one, which is found at run time.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../source-files.mjs'

const UNWINDER = [
  ...['RaiseException', 'Resume', 'Resume_or_Rethrow', 'ForcedUnwind', 'DeleteException', 'Backtrace'],
  ...['GetLanguageSpecificData', 'GetRegionStart', 'GetIP', 'GetIPInfo', 'SetIP', 'GetGR', 'SetGR', 'GetCFA'],
  ...['GetDataRelBase', 'GetTextRelBase', 'FindEnclosingFunction', 'Find_FDE'],
].map((name) => `_Unwind_${name}`)

/** All that an addon shows to those who load it: its own `operator new` must serve nobody else, and nobody's it. */
const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']

/** By library: what is taken from it. @typedef {Readonly<Record<string, readonly string[]>>} Libraries */

/** @type {Record<'glibcX64' | 'glibcArm64' | 'musl', Libraries>} */
export const systemLibraries = {
  glibcX64: { 'libgcc_s.so.1': UNWINDER, 'libc.so.6': ['__stack_chk_fail'] },
  glibcArm64: {
    'libgcc_s.so.1': UNWINDER,
    'libc.so.6': ['__stack_chk_fail'],
    'ld-linux-aarch64.so.1': ['__stack_chk_guard'],
  },
  musl: { 'libgcc_s.so.1': UNWINDER, 'libc.so': ['__stack_chk_fail', '__stack_chk_guard'] },
}

/**
 * Makes the libraries and the list of exports in a folder; returns what the linker is to be told.
 * @param {string} folder relative to the repository @param {string} triple @param {Libraries} libraries
 * @param {import('./compiler.mjs').Compiler} compile
 */
export async function systemStubs(folder, triple, libraries, compile) {
  mkdirSync(path.join(root, folder), { recursive: true })
  const list = path.join(folder, 'exports.map')
  writeFileSync(path.join(root, list), `{ global: ${EXPORTED.join('; ')}; local: *; };\n`)
  const made = []
  for (const [name, symbols] of Object.entries(libraries)) {
    const source = path.join(folder, `${name}.c`)
    const isValue = (/** @type {string} */ symbol) => symbol.endsWith('_guard')
    const lines = symbols.map((symbol) => (isValue(symbol) ? `void * ${symbol};` : `void ${symbol}(void) {}`))
    writeFileSync(path.join(root, source), `${lines.join('\n')}\n`)
    const file = path.join(folder, name)
    const flags = [
      '-shared',
      '-nostdlib',
      '-fno-builtin',
      '-fno-stack-protector',
      '-w',
      `-Wl,-soname,${name}`,
    ]
    await compile(['cc', '-target', triple, ...flags, source, '-o', file])
    made.push(file)
  }
  return [...made, `-Wl,--version-script=${list}`]
}
