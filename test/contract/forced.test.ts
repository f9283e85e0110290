// Goal: what a constraint leaves no choice about costs no draw and no way back to JavaScript, on the oracle and on a
// model. Method: values that are mostly keys and marks; draws, decodes and steps are counted, and every place of a
// value is asked again whether there was a choice.

import { tokenKind } from '../../lib/base/token-kind.js'
import type { Constraint } from '../../lib/constraint/constraint-type.js'
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { regex } from '../../lib/constraint/regex.js'
import { text as anyText } from '../../lib/constraint/text.js'
import { LocalEngine } from '../../lib/engine/local/local-engine.js'
import { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { GenerateRequest } from '../../lib/engine/local/serve/token-engine.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import { gen, integer, json, load, regex as pattern, prompt, select } from '../../lib/index.js'
import { Model } from '../../lib/model/model.js'
import type { NativeContext } from '../../lib/native/addon.js'
import { referenceConstraint } from '../support/fake-matcher.js'
import { greedy } from '../support/greedy.js'
import { OracleContext } from '../support/oracle.js'
import { hasChoice } from '../support/oracle-forced.js'
import { eos, oracleVocabulary } from '../support/oracle-vocabulary.js'
import { ReferenceGrammar } from '../support/reference-grammar.js'
import { closeTinyModels, openTinyContext, tinyVocabularyOf } from '../support/tiny-engine.js'

afterAll(closeTinyModels)

interface Side {
  readonly vocabulary: Vocabulary
  readonly context: NativeContext
  /** Rows that were drawn after; null where nobody can look. */
  readonly outputs: () => number | null
}

const sides: Readonly<Record<string, () => Promise<Side>>> = {
  oracle: async () => {
    let outputs = 0
    const vocabulary: Vocabulary = {
      ...oracleVocabulary,
      compile: (ir) => referenceConstraint(vocabulary, new ReferenceGrammar(ir), (inner) => inner),
    }
    const context = new OracleContext({
      vocabulary,
      isEog: (token) => token === eos,
      onDecode: (_, drawn) => {
        outputs += drawn
      },
    })
    return { vocabulary, context, outputs: () => outputs }
  },
  model: async () => {
    const context = await openTinyContext('llama', { cells: 1024, batch: 256 })
    return { vocabulary: await tinyVocabularyOf('llama'), context, outputs: () => null }
  },
}

const sheet = {
  type: 'object',
  properties: {
    age: { type: 'integer', minimum: 1, maximum: 150 },
    kind: { enum: ['wizard', 'warrior', 'thief'] },
    alive: { type: 'boolean' },
    note: { type: 'null' },
    level: { type: 'integer', minimum: 0, maximum: 20 },
    guild: { enum: ['bakers', 'bankers'] },
  },
  required: ['age', 'kind', 'alive', 'note', 'level', 'guild'],
  additionalProperties: false,
} as const

const requestOf = (
  { vocabulary }: Side,
  constraint: Constraint<unknown>,
  more: Partial<GenerateRequest> = {},
): GenerateRequest => ({
  tokens: Int32Array.from(vocabulary.tokenize(Buffer.from('A sheet: '))),
  matcher: vocabulary.compile(lowerConstraint(constraint)).matcher(new Uint8Array(0), Buffer.from('\n')),
  draw: greedy,
  tokensMax: 200,
  forbidden: [],
  signal: null,
  runsForced: true,
  onTokens: null,
  ...more,
})

/** Without host memory nothing is parked between two requests, so that all steps are theirs. */
const engineOf = ({ context, vocabulary }: Side): KvEngine =>
  new KvEngine({ context, vocabulary, guesses: false, hostBytesMax: 0, checksIntegrity: true })

const textOf = ({ vocabulary }: Side, tokens: Int32Array): string =>
  Buffer.concat(Array.from(tokens, (token) => vocabulary.tokenBytes(token))).toString()

describe.each(Object.keys(sides))('on the %s', (name) => {
  test.each([0, 1])(
    'a value is drawn only where there was a choice, in one step (temperature %d)',
    async (temperature) => {
      const side = await sides[name]!()
      const engine = engineOf(side)
      for (let seed = 0; seed < 5; seed++) {
        const before = { ...engine.totals, outputs: side.outputs() }
        const request = requestOf(side, jsonSchema(sheet), { draw: { ...greedy, temperature, seed } })
        const again = requestOf(side, jsonSchema(sheet)).matcher
        const { tokens, kinds, stop, usage } = await engine.generate(request)
        expect(stop).toBe('ended')
        expect(Object.keys(JSON.parse(textOf(side, tokens)))).toHaveLength(6)
        let choices = 0
        for (const token of tokens) {
          if (hasChoice(side.vocabulary, again)) choices++
          again.accept(token)
        }
        expect(kinds.filter((kind) => kind === tokenKind.drawn)).toHaveLength(choices)
        expect(choices).toBeLessThan(tokens.length / 2)
        expect(engine.totals.steps - before.steps).toBe(1)
        expect(usage.decodeCalls.reduce((sum, { from, until }) => sum + until - from, 0)).toBe(choices)
        if (before.outputs !== null) expect(side.outputs()! - before.outputs).toBe(choices)
      }
      await engine.dispose()
    },
  )

  test('what one is forced to does not end the run-ahead of another', async () => {
    const side = await sides[name]!()
    const engine = engineOf(side)
    const forcing = regex(/[0-9]: the number of the order, [a-z]{60}/)
    const ways = [forcing, anyText(), forcing].map((constraint, seed) =>
      engine.generate(
        requestOf(side, constraint, {
          tokensMax: 20,
          draw: { ...greedy, temperature: 1, seed, bias: new Map([[eos, -1000]]) },
        }),
      ),
    )
    const [first, free] = await Promise.all(ways)
    expect(first!.stop).toBe('limit')
    expect([...free!.kinds]).toEqual(Array.from({ length: 20 }, () => tokenKind.drawn))
    expect(textOf(side, first!.tokens)).toMatch(/^\d: the number of the order, [a-z]/)
    expect([...first!.kinds].filter((kind) => kind === tokenKind.forced).length).toBeGreaterThan(5)
    expect([engine.totals.steps, engine.totals.decodeCalls]).toEqual([1, 20])
    await engine.dispose()
  })

  test('JavaScript is entered once for each hole where nobody listens', async () => {
    const side = await sides[name]!()
    const engine = engineOf(side)
    const nowhere = { devices: [], layers: 1, gpuLayers: 0, adapters: [] }
    const info = {
      description: '',
      path: '',
      fingerprint: '',
      parameters: 0,
      contextTokens: 1024,
      ...nowhere,
    }
    const local = new LocalEngine({ tokens: engine })
    const model = new Model({ engine: local, chat: null, info, dispose: () => engine.dispose() })
    const template = prompt`First ${json('a', sheet)}\nand then ${json('b', sheet)}\nand ${gen('c', { tokensMax: 5 })}`
    const run = await model.run(template)
    expect(Object.keys(run.values.a as object)).toHaveLength(6)
    expect(engine.totals.steps).toBe(3)
    const { reused, prefilled, forced, sampled, healed, rolledBack, redecoded, spared } = run.ledger
    expect(forced).toBeGreaterThan(sampled)
    expect(reused + prefilled + forced + sampled + healed + rolledBack + redecoded).toBe(
      run.ledger.decoded + reused + spared,
    )
    await model.dispose()
  })
})

test.each([
  ['an option', select('x', ['good', 'bad'])],
  ['a number', integer('x', { min: 10, max: 99 })],
  ['a pattern', pattern('x', /[ab]{3}/)],
  ['JSON', json('x', { enum: [{ mood: 'good' }, { mood: 'bad' }] })],
])('a literal behind %s is prefilled, whoever spelled it', async (_, hole) => {
  const model = await load(undefined, { contextTokens: 512 })
  const literal = ' because the ticket says that all is well here.\n'
  const run = await model.run(prompt`Mood: ${hole}${literal}Next: ${gen('y', { tokensMax: 2 })}`)
  const written = await model.tokenize(`${literal}Next: `)
  // A token that stands half in the value is the value's.
  expect(run.ledger.prefilled).toBeGreaterThan(written.length - 3)
  expect(run.ledger.forced).toBeLessThan(8)
  await model.dispose()
})
