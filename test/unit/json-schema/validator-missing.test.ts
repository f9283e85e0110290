// Where ajv is not there, or another one, a lenient schema that needs it says so at once, and strict ones need none.

import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { lowerConstraint } from '../../../lib/constraint/lower.js'

const installed: { modules: Record<string, unknown> } = { modules: {} }
jest.mock('../../../lib/native/package-root.js', () => ({
  packageRequire: () => (name: string) => {
    if (name in installed.modules) return installed.modules[name]
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })
  },
}))

/** A look-ahead can't be a mask. */
const schema = { type: 'string', pattern: '^(?=a)[a-z]+$' }

test.each([
  ['nothing', {}, 'neither was found'],
  [
    'an old ajv, as linters bring along',
    { 'ajv/package.json': { version: '6.12.6' } },
    'ajv 6.12.6 was found',
  ],
  ['ajv alone', { 'ajv/package.json': { version: '8.20.0' } }, 'ajv 8.20.0 was found, and no ajv-formats'],
])('with %s installed', (_, modules, seen) => {
  installed.modules = modules
  const lower = () => lowerConstraint(jsonSchema(schema, { lenient: true }))
  expect(lower).toThrow(expect.objectContaining({ code: 'VALIDATOR_MISSING' }))
  expect(lower).toThrow(seen)
  expect(lower).toThrow('npm install ajv@8 ajv-formats@3')
  expect(() => lowerConstraint(jsonSchema({ type: 'integer' }, { lenient: true }))).not.toThrow()
})
