// @ts-check
// How an addon for Windows finds Node-API. An import from "node.exe" would fail in every program of another name, such as
// Electron's, so the addon imports nothing: each function is looked up in the program itself while the addon is loaded.
// Decides which functions: those the sources name. Where one is missing the addon refuses to load, and never runs.
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
 * A source in C. Calls of functions declared as imported go through pointers named __imp_NAME, which the linker makes
 * for an import; here they are ours.
 * @param {string} nodeApi
 */
export function hostImportsSource(nodeApi) {
  const names = calledFunctions(nodeApi)
  return `#include <windows.h>
${names.map((name) => `void * __imp_${name};`).join('\n')}
static const struct { const char * name; void ** slot; } wanted[] = {
${names.map((name) => `  {"${name}", &__imp_${name}},`).join('\n')}
};
static int is_filled(HMODULE host) {
  if (host == NULL) return 0;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    *wanted[i].slot = (void *)GetProcAddress(host, wanted[i].name);
    if (*wanted[i].slot == NULL) return 0;
  }
  return 1;
}
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void * reserved) {
  (void)self;
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  return is_filled(GetModuleHandleW(NULL)) || is_filled(GetModuleHandleW(L"node.dll")) ||
         is_filled(GetModuleHandleW(L"libnode.dll"));
}
`
}
