// What changed between two releases of llama.cpp: two small releases that differ in one thing, and every such thing has
// to be found; what nobody uses must not be. Layouts are the compiler's.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { differences, usedNames } from '../../../scripts/llama-differences.mjs'
import { prepareLlamaHeaders } from '../../../scripts/llama-headers.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-releases-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const header = `#include <stdbool.h>
#include <stdint.h>
#define LLAMA_ANSWER 42
#define LLAMA_UNUSED 1
enum llama_kind { LLAMA_KIND_ONE = 1, LLAMA_KIND_TWO = 2, };
typedef bool (*llama_heard)(float progress, void * data);
struct llama_model;
struct llama_inner { int8_t first; int64_t second; };
struct llama_params {
  int32_t count; // how many
  enum llama_kind kind;
  const struct llama_inner * inner;
  llama_heard heard;
  bool flags[4];
};
extern "C" {
struct llama_params llama_model_default_params(void);
struct llama_model * llama_load(const char * path, struct llama_params params);
void llama_forgotten(int a);
}
`
const source = `struct llama_params llama_model_default_params() {
    llama_params result = {
        /*.count =*/ 7, // as before
    };
    return result;
}
`
const used = {
  functions: ['llama_model_default_params', 'llama_load'],
  words: new Set(['llama_load', 'LLAMA_ANSWER']),
}

function release(name: string, headerText: string, sourceText = source) {
  const tree = path.join(folder, name.replaceAll(/\W/g, '-'))
  mkdirSync(path.join(tree, 'include'), { recursive: true })
  mkdirSync(path.join(tree, 'src'))
  writeFileSync(path.join(tree, 'include', 'llama.h'), headerText)
  writeFileSync(path.join(tree, 'src', 'llama.cpp'), sourceText)
  return { release: name, tree }
}

const older = release('older', header)
const compare = (name: string, headerText: string, sourceText?: string) => {
  const { compared: _, ...kinds } = differences(older, release(name, headerText, sourceText), used)
  return Object.fromEntries(Object.entries(kinds).filter(([, lines]) => lines.length > 0))
}

test.each<[string, (text: string) => string]>([
  ['nothing', (text) => text],
  ['a comment and spaces', (text) => text.replace('// how many', '/* the count */').replaceAll('  ', '\t')],
  ['a function nobody uses', (text) => text.replace('llama_forgotten(int a)', 'llama_forgotten(long a)')],
  ['a constant nobody uses', (text) => text.replace('LLAMA_UNUSED 1', 'LLAMA_UNUSED 2')],
])('%s: no difference', (name, change) => {
  expect(compare(name, change(header))).toEqual({})
})

test.each<[string, string, string, string, RegExp]>([
  ['an argument', 'path, struct', 'path, int flags, struct', 'functions', /^llama_load:\n.*\n.*int flags/],
  [
    'a function that is gone',
    'struct llama_model * llama_load',
    'void llama_other',
    'functions',
    /^llama_load: gone/,
  ],
  [
    'a member more',
    'int32_t count;',
    'int32_t count; int64_t more;',
    'types',
    /^struct llama_params:.*48 bytes/s,
  ],
  [
    'two members in another order',
    'int8_t first; int64_t second;',
    'int64_t second; int8_t first;',
    'types',
    /llama_inner/,
  ],
  ['another type of the same size', 'int32_t count', 'float count', 'types', /0 float count/],
  ['a callback', 'float progress', 'double progress', 'types', /^typedef llama_heard/],
  [
    'an enumerator’s value',
    'LLAMA_KIND_TWO = 2',
    'LLAMA_KIND_TWO = 3',
    'constants',
    /^LLAMA_KIND_TWO:.*before: 2.*after: +3/s,
  ],
  [
    'an enumerator more',
    'LLAMA_KIND_TWO = 2,',
    'LLAMA_KIND_TWO = 2, LLAMA_KIND_NEW,',
    'constants',
    /^LLAMA_KIND_NEW: new: 3/,
  ],
  ['a macro', 'LLAMA_ANSWER 42', 'LLAMA_ANSWER 43', 'constants', /^LLAMA_ANSWER/],
])('%s is found, and nothing else', (name, from, to, kind, told) => {
  expect(header).toContain(from)
  const found = compare(name, header.replace(from, to))
  expect(Object.keys(found)).toEqual([kind])
  expect(found[kind]).toEqual([expect.stringMatching(told)])
})

test('a default that changed is found, a comment in it is not', () => {
  expect(compare('a comment in code', header, source.replace('// as before', ''))).toEqual({})
  const found = compare('a default', header, source.replace('7', '8'))
  expect(found).toEqual({ defaults: [expect.stringMatching(/^llama_model_default_params/)] })
})

test('every function of ours is declared in the pinned headers, and all their types are read', () => {
  const pinned = prepareLlamaHeaders()
  const tree = path.join(folder, 'pinned')
  for (const name of ['include', path.join('ggml', 'include')])
    cpSync(path.join(pinned, name), path.join(tree, name), { recursive: true })
  mkdirSync(path.join(tree, 'src'))
  const ours = usedNames()
  const same = { release: 'v0.5.0', tree }
  expect(differences(same, same, ours)).toMatchObject({
    functions: [],
    types: [],
    constants: [],
    defaults: [],
  })
  const text = readFileSync(path.join(tree, 'include', 'llama.h'), 'utf8')
  const changedTree = path.join(folder, 'changed')
  cpSync(tree, changedTree, { recursive: true })
  const changed = text.replace('uint32_t n_ubatch;', 'uint64_t n_ubatch;')
  expect(changed).not.toBe(text)
  writeFileSync(path.join(changedTree, 'include', 'llama.h'), changed)
  const { functions, types } = differences(same, { release: 'v0.6.0', tree: changedTree }, ours)
  expect(functions).toEqual([])
  expect(types).toEqual([expect.stringMatching(/^struct llama_context_params:/)])
})
