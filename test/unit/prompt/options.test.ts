// Goal: an option that nobody reads is refused wherever options are taken, by name, and the message says which one was
// meant. Method: one list of everything that takes options, each with a name it doesn't know and one that is known.
import * as constraint from '../../../lib/constraint/constraint.js'
import * as espalier from '../../../lib/index.js'
import * as expert from '../../../lib/native/native.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const { branches, each, gen, grammar, hole, input, integer, json, number, prompt, regex, repeat, select } =
  espalier
const { beam, bestOf, checked, vote } = espalier

// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid.
type Wrong = any
const made = () => prompt`x ${gen('a')}`
const schema = { type: 'string', maxLength: 3 }

/** Makes something with these options. */
type Take = (options: Wrong) => unknown

const builders: readonly [string, Take, Record<string, unknown>][] = [
  ['gen', (options) => gen('x', options), { tokensMax: 3, stop: '.', checkEvery: 'word' }],
  ['input', (options) => input('x', options), { format: String }],
  ['select', (options) => select('x', ['a'], options), { by: 'logprob', score: 'sum' }],
  ['regex', (options) => regex('x', /b+/, options), { temperature: 1, checkEvery: 'line' }],
  ['integer', (options) => integer('x', options), { min: 1, max: 3, retries: 1 }],
  ['number', (options) => number('x', options), { min: 1, decimalsMax: 3 }],
  ['grammar', (options) => grammar('x', 'root ::= "a"', options), { seed: 3 }],
  ['hole', (options) => hole('x', constraint.text(), options), { backtrack: 1 }],
  ['json', (options) => json('x', schema, options), { whitespace: 'pretty', tokensMax: 3 }],
  ['branches', (options) => branches({ x: made() }, options), { join: '' }],
  ['each', (options) => each('x', ['a'], made, options), { join: null }],
  ['repeat', (options) => repeat('x', made(), { max: 3, ...options }), { min: 1, separator: ';' }],
  ['checked', (options) => checked(made(), () => true, options), { retries: 1 }],
  ['vote', (options) => vote(2, gen('x'), options), { by: () => 1 }],
  ['penalties', (options) => gen('x', { penalties: options }), { repeat: 1.1, lastN: 3 }],
  ['constraint integer', (options) => constraint.integer(options), { min: 1 }],
  ['constraint number', (options) => constraint.number(options), { decimalsMax: 1 }],
  ['constraint text', (options) => constraint.text(options), { charactersMax: 1 }],
  ['constraint until', (options) => constraint.until('.', options), { bytesMax: 1 }],
  ['constraint limit', (options) => constraint.limit(constraint.text(), options), { charactersMin: 1 }],
  ['jsonSchema', (options) => constraint.jsonSchema(schema, options), { order: 'any', lenient: true }],
  ['compile', (options) => constraint.compile(constraint.text(), vocab, options), { fuelMax: 1e6 }],
  ['tokenize', (options) => vocab.tokenize(Uint8Array.of(97), options), { special: true }],
  ['createVocab', (options) => expert.createVocab({ ...letters, ...options }), { bos: null }],
]

const letters = { tokens: [Uint8Array.of(97), new Uint8Array(0)], special: [1], eog: [1] }
const vocab = expert.createVocab(letters)

const unknown = (name: string) =>
  expect.objectContaining({
    name: 'UsageError',
    code: 'OPTION_UNKNOWN',
    message: expect.stringContaining(name),
  })

test.each(builders)('%s refuses an option nobody reads, and takes its own', (_name, take, known) => {
  for (const name of ['nonsense', 'Temperature ', 'constructor', '__proto__', 'x'.repeat(10_000)]) {
    const options = JSON.parse(`{${JSON.stringify(name)}: 1}`)
    expect(() => take(options)).toThrow(unknown(name.slice(0, 40)))
    expect(() => take({ ...known, ...options })).toThrow(unknown(name.slice(0, 40)))
  }
  expect(() => take({ nonsense: undefined })).toThrow(unknown('nonsense'))
  take(known)
  for (const none of [null, 5, 'text', [], new Date(), new Map(), /x/, AbortSignal.abort()]) {
    if (_name === 'repeat' || _name === 'createVocab') continue
    expect(() => take(none)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/_INVALID$|OPTION_UNKNOWN/) }),
    )
  }
})

const without: readonly [string, Take][] = [
  ['beam', (extra) => (beam as Wrong)(2, gen('x'), extra)],
  ['bestOf', (extra) => (bestOf as Wrong)(2, gen('x'), () => 1, extra)],
  ['choice', (extra) => (constraint.choice as Wrong)(['a'], extra)],
  ['regex', (extra) => (constraint.regex as Wrong)('a', extra)],
  ['gbnf', (extra) => (constraint.gbnf as Wrong)('root ::= "a"', extra)],
  ['and', (extra) => (constraint.and as Wrong)(constraint.text(), constraint.text(), extra)],
  ['not', (extra) => (constraint.not as Wrong)(constraint.text(), extra)],
]

test.each(without)('%s takes no options, and says so', (_name, take) => {
  expect(() => take({ default: 'y' })).toThrow(unknown('default'))
  expect(() => take('i')).toThrow(unknown('given "i".'))
  take(undefined)
  // As in parts.map(make).
  take(1)
})

test.each<[string, Take, string, string]>([
  ['gen', (options) => gen('x', options), 'maxTokens', 'tokensMax'],
  ['gen', (options) => gen('x', options), 'max_tokens', 'tokensMax'],
  ['gen', (options) => gen('x', options), 'maxtoken', 'tokensMax'],
  ['gen', (options) => gen('x', options), 'n_predict', 'tokensMax'],
  ['gen', (options) => gen('x', options), 'top_p', 'topP'],
  ['gen', (options) => gen('x', options), 'topp', 'topP'],
  ['gen', (options) => gen('x', options), 'top-k', 'topK'],
  ['gen', (options) => gen('x', options), 'temprature', 'temperature'],
  ['gen', (options) => gen('x', options), 'temp', 'temperature'],
  ['gen', (options) => gen('x', options), 'tempreature', 'temperature'],
  ['gen', (options) => gen('x', options), 'stopSequences', 'stop'],
  ['gen', (options) => gen('x', options), 'stops', 'stop'],
  ['gen', (options) => gen('x', options), 'repeatPenalty', 'penalties'],
  ['gen', (options) => gen('x', options), 'frequency_penalty', 'penalties'],
  ['gen', (options) => gen('x', options), 'logit_bias', 'bias'],
  ['gen', (options) => gen('x', options), 'logProbs', 'logprobs'],
  ['gen', (options) => gen('x', options), 'validate', 'check'],
  ['gen', (options) => gen('x', options), 'checkevery', 'checkEvery'],
  ['gen', (options) => gen('x', options), 'retry', 'retries'],
  ['integer', (options) => integer('x', options), 'minimum', 'min'],
  ['integer', (options) => integer('x', options), 'maxs', 'max'],
  ['number', (options) => number('x', options), 'maxDecimals', 'decimalsMax'],
  ['number', (options) => number('x', options), 'precision', 'decimalsMax'],
  ['json', (options) => json('x', schema, options), 'whiteSpace', 'whitespace'],
  ['each', (options) => each('x', ['a'], made, options), 'separator', 'join'],
  ['repeat', (options) => repeat('x', made(), { max: 3, ...options }), 'join', 'separator'],
  ['repeat', (options) => repeat('x', made(), { max: 3, ...options }), 'minItems', 'min'],
  ['text', (options) => constraint.text(options), 'maxLength', 'charactersMax'],
  ['compile', (options) => constraint.compile(constraint.text(), vocab, options), 'fuel', 'fuelMax'],
  ['penalties', (options) => gen('x', { penalties: options }), 'repetition', 'repeat'],
])('%s: for %s (here as %s) it names %s', (_name, take, wrong, right) => {
  expect(() => take({ [wrong]: 1 })).toThrow(unknown(`Did you mean ${right}?`))
})

test('an option of something else is said to be one', () => {
  expect(() => regex('x', /b+/, { stop: 'c' } as Wrong)).toThrow(unknown('It is an option of gen()'))
  expect(() => integer('x', { checkEvery: 'word' } as Wrong)).toThrow(unknown('It is an option of'))
})

const speak = answers({ 'A: ': 'good\n' })
const simple = prompt`A: ${gen('a')}\n`

test.each([
  ['temprature', 'Did you mean temperature?'],
  ['maxTokens', 'a run'],
  ['tokensMax', 'It is an option of'],
  ['contextTokens', 'It is an option of load()'],
  ['abortSignal', 'Did you mean signal?'],
  ['random_seed', 'Did you mean seed?'],
])('run, start, stream and extend refuse %s', async (name, told) => {
  const { model, engine } = fakeModel(speak)
  const options = { [name]: 1 } as Wrong
  const base = await model.start(prompt`B. `)
  const before = engine.decoded
  await expect(model.run(simple, {}, options)).rejects.toEqual(unknown(told))
  await expect(model.start(simple, {}, options)).rejects.toEqual(unknown(told))
  await expect(model.stream(simple, {}, options).next()).rejects.toEqual(unknown(told))
  await expect(base.extend(simple, {}, options)).rejects.toEqual(unknown(told))
  await expect(base.pin(options)).rejects.toEqual(unknown('pin()'))
  await expect(base.drop({ from: 1, until: 2 }, options)).rejects.toEqual(unknown('drop()'))
  await expect(base.drop({ from: 1, to: 2 } as Wrong)).rejects.toEqual(unknown('Did you mean until?'))
  expect(engine.decoded).toBe(before)
  expect((await model.run(simple, {}, { temperature: 0, seed: 3 })).values).toEqual({ a: 'good' })
})

test('what is nested in the options of a run is looked at too', async () => {
  const { model } = fakeModel(speak)
  const run = (options: Wrong) => model.run(simple, {}, options)
  await expect(run({ penalties: { repeatPenalty: 1 } })).rejects.toEqual(unknown('Did you mean repeat?'))
  await expect(run({ overflow: { keep: 5, keeps: 1 } })).rejects.toEqual(unknown('Did you mean keep?'))
})

test('options in the place of inputs are told their place', async () => {
  const { model } = fakeModel(speak)
  for (const options of [{ temperature: 1 }, { temprature: 1 }, { signal: AbortSignal.abort() }]) {
    await expect(model.run(simple, options as Wrong)).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN',
      message: expect.stringContaining('run(prompt, {}, options)'),
    })
  }
  // A function may make a part of any name, so there is a warning instead.
  const open = prompt`A: ${gen('a')}\n${() => 'end'}`
  const { trace } = await model.run(open, { temperature: 1, seed: 5 } as Wrong)
  const warned = trace.flatMap((event) => (event.type === 'warning' ? [event.hole] : []))
  expect(warned).toEqual(['temperature', 'seed'])
  const named = prompt`A: ${input('temperature')} ${gen('seed')}\n`
  expect((await model.run(named, { temperature: 'warm', seed: 'wheat' })).text).toBe('A: warm wheat\n')
  await expect(model.run(named, { temperatur: 'warm' } as Wrong)).rejects.toMatchObject({
    message: expect.stringContaining('Did you mean temperature?'),
  })
})

test.each([
  ['contextSize', 'contextTokens'],
  ['n_ctx', 'contextTokens'],
  ['contextLength', 'contextTokens'],
  ['n_gpu_layers', 'gpuLayers'],
  ['cacheType', 'kvType'],
  ['n_threads', 'threads'],
  ['onLoadProgress', 'onProgress'],
  ['hostBytes', 'hostBytesMax'],
])('load refuses %s before it looks at the file: %s was meant', async (wrong, right) => {
  const options = { [wrong]: 1 } as Wrong
  await expect(espalier.load('no-such-file.gguf', options)).rejects.toEqual(unknown(`Did you mean ${right}?`))
})

test('what opens files for experts refuses them too', async () => {
  await expect(expert.openModel('x.gguf', { gpuLayer: 1 } as Wrong)).rejects.toEqual(unknown('gpuLayers?'))
  await expect((constraint.loadVocab as Wrong)('x.gguf', { gpu: false })).rejects.toEqual(unknown('gpu'))
})
