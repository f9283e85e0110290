// Goal: an error keeps its class, code and details across threads and processes, and a run is whole as JSON and
// short on the console. Method: every class through JSON and through a structured clone; a run over the fake engine.
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import * as espalier from '../../lib/index.js'
import { answers, fakeModel } from '../support/fake-model.js'

const { AbortError, CapacityError, errorFrom, FillError, gen, prompt, select } = espalier
const detail = { hole: 'items[2].name', attempts: [{ text: 'x', reason: 'no' }], partialText: 'A: x' }

const classes = [
  espalier.CapabilityError,
  CapacityError,
  espalier.ConstraintError,
  espalier.EngineError,
  espalier.InternalError,
  espalier.ModelError,
  espalier.PromptError,
  espalier.UsageError,
]
const errors: espalier.EspalierError[] = [
  ...classes.map((Class) => new Class('CODE', 'A sentence.')),
  new CapacityError('CODE', 'With a cause.', { cause: new FillError('INNER', 'Inner.', detail) }),
  new CapacityError('CODE', 'With a foreign cause.', { cause: new TypeError('foreign') }),
  new FillError('DEAD_END', 'It ended.', detail),
  new FillError('DEAD_END', 'It ended.', detail, { cause: new AbortError('why') }),
  new AbortError(new Error('enough')),
  new AbortError('enough'),
  new AbortError(undefined),
]

function posted(value: unknown): unknown {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(value)
  const { message } = receiveMessageOnPort(port2) as { message: unknown }
  port1.close()
  return message
}

/** What a program can ask of an error. */
function asked(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, cause } = error
  const { code, hole, attempts, partialText, reason } = error as Partial<InstanceType<typeof FillError>> & {
    reason?: unknown
  }
  const isOne = error instanceof espalier.EspalierError && error.constructor.name
  return {
    name,
    message,
    code,
    hole,
    attempts,
    partialText,
    isOne,
    cause: asked(cause),
    reason: asked(reason),
  }
}

test.each(errors.map((error) => [error.name, error.message, error] as const))(
  '%s (%s) comes back',
  (_, __, error) => {
    for (const passed of [
      JSON.parse(JSON.stringify(error)),
      posted(error.toJSON()),
      posted({ ...error.toJSON() }),
    ]) {
      const back = errorFrom(passed)
      expect(asked(back)).toEqual(asked(error))
      expect(back.constructor).toBe(error.constructor)
    }
  },
)

test.each([
  undefined,
  null,
  5,
  'text',
  {},
  [],
  { name: 'Error', message: 'x' },
  { name: 'constructor', code: 'X', message: 'x' },
])('%p is no error of this library', (json) => {
  expect(() => errorFrom(json)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
})

test('a cause that is no error becomes text where it can be no data', () => {
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const error = new CapacityError('CODE', 'x', { cause: cyclic })
  expect(posted(error.toJSON())).toEqual({
    name: 'CapacityError',
    code: 'CODE',
    message: 'x',
    cause: 'an object',
  })
})

const revokedError = Proxy.revocable(new Error('gone'), {})
revokedError.revoke()
const wordless = Object.assign(new Error(), { message: Symbol('x'), name: 5n })

test.each([5n, Symbol('x'), Object.create(null), revokedError.proxy, wordless, () => 1])(
  'whatever a signal was aborted with: %#',
  async (reason) => {
    const { model } = fakeModel(answers({ 'A: ': 'good\n' }))
    const leaving = new AbortController()
    const run = model.run(prompt`A: ${gen('a')}\n`, {}, { signal: leaving.signal })
    leaving.abort(reason)
    const error = await run.catch((error) => error)
    expect(error).toBeInstanceOf(AbortError)
    expect(error.reason === reason).toBe(true)
    expect(errorFrom(JSON.parse(JSON.stringify(error)))).toMatchObject({
      code: 'ABORTED',
      message: error.message,
    })
    expect(posted(error.toJSON())).toMatchObject({ code: 'ABORTED' })
  },
)

test('a run is whole as JSON', async () => {
  const { model } = fakeModel(answers({ 'A: ': 'good\n' }))
  const long = 'word '.repeat(200)
  const run = await model.run(
    prompt`${long}A: ${gen('a', { logprobs: 1 })}\nB: ${select('b', ['x', 'y'], { by: 'logprob' })}`,
  )
  const { asked, model: made, versions, saved, record, seed, ...json } = JSON.parse(JSON.stringify(run))
  expect([made.description, seed, versions.node]).toEqual(['fake', 0, process.version])
  expect(asked.prompt[0]).toBe(`${long}A: `)
  expect([saved.checksum, record.checksum]).toEqual([expect.any(String), expect.any(String)])
  expect(json).toEqual({
    values: run.values,
    text: run.text,
    tokens: [...run.tokens],
    ledger: { ...run.ledger },
    ends: { a: { reason: 'literal' }, b: { reason: 'complete' } },
    choices: { b: run.choices.get('b') },
    votes: {},
    ranked: {},
    logprobs: { a: run.logprobs.get('a') },
    decodeCalls: run.decodeCalls,
    ms: run.ms,
  })
})
