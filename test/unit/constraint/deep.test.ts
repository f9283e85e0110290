// Constraints as deep and as long as a caller likes: each is compiled or refused by an error of this library, and none
// takes time out of proportion (jest's timeout judges: what is not linear here takes minutes).
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { EspalierError } from '../../../lib/base/errors.js'
import { compile, jsonSchema } from '../../../lib/constraint/constraint.js'
import { createVocab } from '../../../lib/native/native.js'
import { deep } from '../../support/deep.js'

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const vocab = createVocab({ tokens: [...bytes, new Uint8Array()], special: [256], eog: [256] })

// As long as they get: in the worker below, where the stack is small, too.
describe.each([10, 1000])('%d', (size) => {
  test.each(Object.entries(deep))('%s', (_name, make) => {
    try {
      expect(compile(make(size), vocab).matcher().mask().length).toBe(9)
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error
      expect(error.message).toMatch(/\d|itself/)
      expect(error.message.length).toBeLessThan(1000)
    }
  })
})

test('of 4,000 and of 20,000 levels in a worker with a stack of 1 MB', () => {
  const script = path.join(__dirname, '..', '..', 'support', 'deep-worker.mjs')
  const sizes = ['4000', '20000']
  const { stdout, stderr } = spawnSync(process.execPath, [script, '1', ...sizes], { encoding: 'utf8' })
  const nests = Object.keys(deep).filter((name) => !/many|for ever|of beginnings/.test(name))
  const made = [`4000: made ${nests.length}`, `20000: made ${Object.keys(deep).length}`]
  expect([stdout.trim().split('\n'), stderr]).toEqual([made.map((line) => JSON.stringify(line)), ''])
  expect(nests.length).toBeGreaterThan(50)
}, 120_000)

test('what must work does', () => {
  for (const name of [
    'rules down',
    'rules up',
    'rules in a ring',
    'an enum of many',
    'a const of many items',
  ]) {
    expect(compile(deep[name]!(20_000), vocab).matcher().mask().length).toBe(9)
  }
  expect(compile(deep['an enum of many']!(60_000), vocab).matcher().mask().length).toBe(9)
  expect(compile(deep['oneOf many constants']!(10_000), vocab).matcher().mask().length).toBe(9)
  expect(compile(deep['many required members']!(10_000), vocab).matcher().mask().length).toBe(9)
  expect(compile(deep['a shared part']!(60), vocab).matcher().mask().length).toBe(9)
})

test.each([
  ['in a member', (schema: object) => ({ properties: { a: schema } })],
  ['in a list', (schema: object) => ({ enum: [[schema]] })],
])('a schema that holds itself is refused: %s', (_name, around) => {
  const schema = {}
  Object.assign(schema, around(schema))
  expect(() => jsonSchema(schema)).toThrow(
    expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringContaining('holds itself') }),
  )
})
