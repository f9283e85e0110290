// @ts-check
// What is linked into an addon for Linux so that it goes well with the system's own libraries. Two unwinders in one
// process can't read each other's frames, and llama.cpp's exceptions cross the addon's: both use the system's, for
// which the linker gets an empty library of that name. The addon shows nobody but its two entries, so its own
// `operator new` serves nobody else, and nobody's it. Where the value that guards frames is a variable it is the
// process's, as the system's own is: zig's is always the same.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../source-files.mjs'

const UNWINDER = 'libgcc_s.so.1'
const UNWINDER_CALLS = [
  ...['RaiseException', 'Resume', 'Resume_or_Rethrow', 'ForcedUnwind', 'DeleteException', 'Backtrace'],
  ...['GetLanguageSpecificData', 'GetRegionStart', 'GetIP', 'GetIPInfo', 'SetIP', 'GetGR', 'SetGR', 'GetCFA'],
  ...['GetDataRelBase', 'GetTextRelBase', 'FindEnclosingFunction', 'Find_FDE'],
]
const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']

// x86-64 has it in the thread's own memory, where the C library put it.
const FRAME_GUARD = `#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#if defined(__aarch64__)
#define OURS __attribute__((visibility("hidden")))
OURS uintptr_t __stack_chk_guard;
OURS __attribute__((noreturn)) void __stack_chk_fail(void) { abort(); }
__attribute__((constructor(101), no_stack_protector)) static void choose_guard(void) {
  const void * random = (const void *)getauxval(AT_RANDOM);
  uintptr_t guard = (uintptr_t)&guard;
  if (random != NULL) memcpy(&guard, random, sizeof guard);
  __stack_chk_guard = guard << 8;
}
#endif
`

/**
 * Makes the parts in a folder; returns what the linker is to be told.
 * @param {string} folder relative to the repository @param {string} triple
 * @param {import('./compiler.mjs').Compiler} compile
 */
export async function systemParts(folder, triple, compile) {
  mkdirSync(path.join(root, folder), { recursive: true })
  const write = (/** @type {string} */ name, /** @type {string} */ text) => {
    writeFileSync(path.join(root, folder, name), text)
    return path.join(folder, name)
  }
  const build = (/** @type {readonly string[]} */ args) =>
    compile(['cc', '-target', triple, '-O2', '-g0', '-fno-sanitize=all', ...args])
  const exported = write('exports.map', `{ global: ${EXPORTED.join('; ')}; local: *; };\n`)
  const calls = write('unwinder.c', UNWINDER_CALLS.map((name) => `void _Unwind_${name}(void) {}\n`).join(''))
  const [unwinder, guard] = [path.join(folder, UNWINDER), path.join(folder, 'frame-guard.o')]
  await build(['-shared', '-nostdlib', `-Wl,-soname,${UNWINDER}`, calls, '-o', unwinder])
  await build(['-fPIC', '-c', write('frame-guard.c', FRAME_GUARD), '-o', guard])
  return [unwinder, guard, `-Wl,--version-script=${exported}`]
}
