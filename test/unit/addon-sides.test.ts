// Both sides of the addon have the same members and the same codes, and a difference on either side is seen: each of
// the changes below is made in a copy of the sources alone.

import { declared, nativeSources } from '../../scripts/addon-sides.mjs'
import { addonDifferences } from '../../scripts/check-addon.mjs'
import { sourceText } from '../../scripts/source-files.mjs'

const sources = nativeSources()
const known = declared()

test('C++ defines, reads and raises what lib/native declares, and the other way round', () => {
  expect(addonDifferences(sources, known)).toEqual([])
})

/** The files with one place of one of them changed. */
function changed(file: string, from: string, to: string) {
  const text = sources.get(file)!
  expect(text.split(from)).toHaveLength(2)
  return new Map(sources).set(file, text.replace(from, to))
}

test.each([
  [
    'a method without a declaration',
    'native/bind_constraint.cc',
    '{"canEnd",',
    '{"mayEnd",',
    /mayEnd.*not declare/,
  ],
  ['a getter', 'native/bind_context.cc', '{"threads",', '{"threadCount",', /threadCount.*not declare/],
  ['a function of the module', 'native/bind_model.cc', '"llamaFolder"', '"folder"', /folder.*not declare/],
  ['a member of a result', 'native/bind_context_result.cc', '"opMicros"', '"micros"', /makes .*micros/],
  ['a member of a part of it', 'native/bind_context_result.cc', '"gap"', '"distance"', /makes .*distance/],
  ['an option', 'native/bind_model_request.cc', '"mlock"', '"lock"', /^lock: C\+\+ reads it/],
  ['a member of a plan', 'native/bind_context_plan.cc', '"tokensMax"', '"limit"', /^limit: C\+\+ reads it/],
  [
    'a code',
    'native/bind_constraint.cc',
    '"MATCHER_EXPECTED"',
    '"MATCHER_WANTED"',
    /UsageError MATCHER_WANTED/,
  ],
  [
    'a code of a constraint',
    'native/constraint/constraint.cc',
    '"CONSTRAINT_EMPTY"',
    '"NOTHING_LEFT"',
    /NOTHING_LEFT/,
  ],
  ['a code of a file', 'native/gguf_file.cc', '"_NOT_GGUF"', '"_NO_GGUF"', /ModelError ADAPTER_NO_GGUF/],
])('sees %s that only C++ has', (_, file, from, to, expected) => {
  const lines = addonDifferences(changed(file, from, to), known)
  expect(lines).toContainEqual(expect.stringMatching(expected))
  // And what is gone is missed.
  expect(lines.length).toBeGreaterThan(1)
})

test('a code raised in a way the script does not know is seen', () => {
  const raised = new Map(sources).set('native/new.cc', 'raise_somehow("LOAD_BROKEN");')
  expect(addonDifferences(raised, known)).toEqual([
    expect.stringContaining('"LOAD_BROKEN" looks like a code'),
  ])
})

test.each([
  [
    'lib/native/raw.ts',
    'vocabOnly: boolean',
    'vocabOnly: boolean\n  readonly other: boolean',
    'other: declared',
  ],
  ['lib/native/step-result.ts', 'opMicros:', 'micros:', 'StepResult: no object'],
  ['lib/native/vocab-type.ts', 'canEnd(): boolean', 'canEnd(): boolean\n  canBegin(): boolean', 'canBegin'],
  ['lib/native/addon-codes.ts', "'NATIVE'", "'NATIVE' | 'OTHER_BUG'", 'InternalError OTHER_BUG: addon-codes'],
])('sees what only TypeScript has: %s', (file, from, to, expected) => {
  expect(sourceText(file)).toContain(from)
  const other = declared((name) => (name === file ? sourceText(file).replace(from, to) : undefined))
  expect(addonDifferences(sources, other)).toContainEqual(expect.stringContaining(expected))
})

test('a code that lib/ asks for and nobody raises is seen', () => {
  const lib = new Map([
    ['lib/a.ts', "if (error.code === 'LLAMA_VERSION' || error.code === 'LLAMA_GONE') throw error"],
  ])
  expect(addonDifferences(sources, known, lib)).toEqual([
    'lib/a.ts: asks for LLAMA_GONE, which nothing raises',
  ])
})
