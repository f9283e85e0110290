// The layering rule of ARCHITECTURE.md holds for every import in lib/, and the checker sees what it should see.

import { layerViolations, nativeViolation, nativeViolations, violation } from '../../scripts/check-layers.mjs'

test('imports in lib/ go down only and name files', () => {
  expect(layerViolations()).toEqual([])
})

test.each([
  ['upwards', 'lib/base/assert.ts', '../native/addon.js'],
  ['between equal ranks', 'lib/kv/tree.ts', '../native/addon.js'],
  ['between the engine and the walk', 'lib/engine/local/session.ts', '../../run/run.js'],
  ['of the walk to the engine of this process', 'lib/run/run.ts', '../engine/local/local-engine.js'],
  ['of the walk to tokens', 'lib/run/walk/walk.ts', '../../native/addon.js'],
  ['of the contract to cells', 'lib/engine/engine.ts', '../kv/lineage.js'],
  ['of a floor above, in the engine', 'lib/engine/local/tokens/boundary.ts', '../hole/attempt.js'],
  ['out of lib', 'lib/native/load.ts', '../../scripts/cache-folder.mjs'],
  ['a folder instead of a file', 'lib/engine/engine.ts', '../constraint'],
  ['a file that does not exist', 'lib/engine/engine.ts', '../constraint/absent.js'],
  ['of a floor above', 'lib/constraint/json-schema/value/decimal.ts', '../shape/fits.js'],
  ['a module with effects in a pure room', 'lib/schedule/plan.ts', 'node:fs'],
])('refuses an import %s', (_, file, specifier) => {
  expect(violation(file, specifier)).not.toBeNull()
})

test.each([
  ['downwards', 'lib/engine/engine.ts', '../constraint/ir.js'],
  ['inside a room', 'lib/base/assert.ts', './errors.js'],
  ['of a floor below', 'lib/constraint/json-schema/shape/fits.ts', '../value/decimal.js'],
  ['of Node where effects live', 'lib/native/load.ts', 'node:fs'],
  ['from the top', 'lib/index.ts', './base/errors.js'],
])('allows an import %s', (_, file, specifier) => {
  expect(violation(file, specifier)).toBeNull()
})

test('Node-API stays in the bindings, llama.cpp out of the constraints', () => {
  expect(nativeViolations()).toEqual([])
  expect(nativeViolation('native/sampler.cc', 'node_api.h')).not.toBeNull()
  expect(nativeViolation('native/constraint/matcher.cc', 'llama.h')).not.toBeNull()
  expect(nativeViolation('native/constraint/matcher.cc', 'llama/api.h')).not.toBeNull()
  expect(nativeViolation('native/constraint/matcher.cc', 'constraint/trie.h')).toBeNull()
  expect(nativeViolation('native/bind_model.cc', 'node_api.h')).toBeNull()
})
