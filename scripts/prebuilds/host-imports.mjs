// @ts-check
// How an addon for Windows finds Node-API. An import from "node.exe" would fail in every program of another name, such
// as Electron's, so the addon imports nothing: each function is looked up in the program while the addon is loaded.
// Decides which functions: those the sources name. Where one is missing the addon refuses to load, and never runs.
// The same file chooses what guards the addon's frames, anew in each process: zig's own value is always the same.
import { createRequire } from 'node:module'
import path from 'node:path'
import { sourceFiles, sourceText } from '../source-files.mjs'

/** Node-API's functions that the sources call. @param {string} nodeApi folder of its headers @returns {string[]} */
function calledFunctions(nodeApi) {
  const { symbols } = createRequire(import.meta.url)(path.join(nodeApi, 'index.js'))
  const known = new Set([...symbols.v8.js_native_api_symbols, ...symbols.v8.node_api_symbols])
  const text = sourceFiles(['native'], /\.(cc|h)$/)
    .map(sourceText)
    .join('\n')
  const named = new Set(text.match(/\bnapi_\w+/g))
  return [...named].filter((name) => known.has(name)).sort()
}

/**
 * A source in C that defines each function as a jump to what was found.
 * @param {string} nodeApi
 */
export function hostImportsSource(nodeApi) {
  const names = calledFunctions(nodeApi)
  return `#include <stdint.h>
#include <windows.h>
uintptr_t __stack_chk_guard;
__attribute__((noreturn)) void __stack_chk_fail(void) { __fastfail(FAST_FAIL_STACK_COOKIE_CHECK_FAILURE); }
${names.map((name) => `void * host_${name};`).join('\n')}
#if defined(__x86_64__)
#define JUMP(name) __asm__(".globl " #name "\\n" #name ": jmpq *host_" #name "(%rip)");
#else
#define JUMP(name) \\
  __asm__(".globl " #name "\\n.p2align 2\\n" #name ": adrp x16, host_" #name "\\n" \\
          "ldr x16, [x16, :lo12:host_" #name "]\\nbr x16");
#endif
__asm__(".text");
${names.map((name) => `JUMP(${name})`).join('\n')}
static const struct { const char * name; void ** slot; } wanted[] = {
${names.map((name) => `  {"${name}", &host_${name}},`).join('\n')}
};
static int is_filled(HMODULE host) {
  if (host == NULL) return 0;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    *wanted[i].slot = (void *)GetProcAddress(host, wanted[i].name);
    if (*wanted[i].slot == NULL) return 0;
  }
  return 1;
}
__attribute__((no_stack_protector)) static void choose_guard(void) {
  FILETIME time;
  LARGE_INTEGER ticks;
  GetSystemTimeAsFileTime(&time);
  QueryPerformanceCounter(&ticks);
  uint64_t guard = ((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime) ^ (uint64_t)ticks.QuadPart << 16;
  guard ^= (uint64_t)GetCurrentProcessId() << 40 ^ (uint64_t)GetCurrentThreadId() << 24 ^ (uintptr_t)&time;
  // Its lowest byte ends a text that is copied over it.
  __stack_chk_guard = (uintptr_t)(guard * 0x9e3779b97f4a7c15) & ~(uintptr_t)0xff;
}
__attribute__((no_stack_protector)) BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void * reserved) {
  (void)self;
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  choose_guard();
  return is_filled(GetModuleHandleW(NULL)) || is_filled(GetModuleHandleW(L"node.dll")) ||
         is_filled(GetModuleHandleW(L"libnode.dll"));
}
`
}
