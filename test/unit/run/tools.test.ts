// Goal: the model calls tools and answers: calls are valid, run beside each other, and come back; what goes wrong in a
// tool is shown to the model, and what goes wrong in the program is a typed error; nothing is computed twice. Method: a
// script says what the model does; the oracle counts the rows.
import { z } from 'zod'
import { LocalEngine } from '../../../lib/engine/local/local-engine.js'
import { chatTemplate } from '../../../lib/model/chat-template.js'
import { Model } from '../../../lib/model/model.js'
import { assistant, system, user } from '../../../lib/prompt/chat.js'
import { gen, integer } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import type { Tool } from '../../../lib/prompt/tool-part.js'
import { tool, tools } from '../../../lib/prompt/tools.js'
import type { RunEvent } from '../../../lib/run/report/event.js'
import { type Answers, scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { programModel } from '../../support/program-model.js'

const place = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
const weather = tool(place, ({ city }) => ({ city, degrees: 21 }), { description: 'The weather now' })
const zoned = z.object({ zone: z.enum(['CET', 'UTC']) })
const time = tool(zoned, async ({ zone }) => `12:00 ${zone}`)
const answer = gen('answer', { tokensMax: 40 })
const question = user`How warm is it?`
const agent = prompt`${system`Be brief.`}${question}${tools({ weather, time }, { answer })}`
// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid.
const wrong = (value: unknown): any => value
/** Calls the one tool once, and answers. */
const once = { calls: 1, 'calls[0].arguments': {}, 'calls[0].tool': 'act', answer: 'done' }
const acting = (run: Tool['run'], options: object = {}) =>
  prompt`${question}${tools({ act: tool({ type: 'object' }, run as never) }, { answer, ...options })}`
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    ({ code }: { code: unknown }) => code,
  )

test('calls one after the other, then an answer; all of it is what the template writes', async () => {
  const model = scripted({
    calls: 2,
    'calls[].tool': ['weather', 'time'],
    'calls[].arguments': [{ city: 'Rome' }, { zone: 'UTC' }],
    answer: 'It is 21 degrees.',
  })
  const run = await model.run(agent)
  expect(run.values).toEqual({
    calls: [
      { tool: 'weather', arguments: { city: 'Rome' }, result: { city: 'Rome', degrees: 21 } },
      { tool: 'time', arguments: { zone: 'UTC' }, result: '12:00 UTC' },
    ],
    answer: 'It is 21 degrees.',
  })
  expect(run.text).toBe(
    '<|system|>\nBe brief.<|end|>\n<|user|>\nHow warm is it?<|end|>\n' +
      '<|assistant|>\n\n<|call|>{"id":"call00002","name":"weather","arguments":{"city":"Rome"}}<|end|>\n' +
      '<|tool|>\n{"city":"Rome","degrees":21}<|end|>\n' +
      '<|assistant|>\n\n<|call|>{"id":"call00004","name":"time","arguments":{"zone":"UTC"}}<|end|>\n' +
      '<|tool|>\n12:00 UTC<|end|>\n<|assistant|>\nIt is 21 degrees.<|end|>\n',
  )
  expect(model.unused()).toEqual([])
  expect(run.messages.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'tool',
    'assistant',
    'tool',
    'assistant',
  ])
})

test('several calls of one message run side by side, and their results come in the order of the calls', async () => {
  const model = scripted({
    calls: 2,
    'calls[].tool': ['slow', 'fast'],
    'calls[].arguments': {},
    answer: 'done',
  })
  const order: string[] = []
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const none = { type: 'object', properties: {} } as const
  const slow = tool(none, () => gate.then(() => order.push('slow')))
  const fast = tool(none, () => {
    order.push('fast')
    release()
  })
  const both = prompt`${question}${tools({ slow, fast }, { answer, callsMax: 4, name: 'done' })}`
  const counted = { ...once, done: 2, 'done[].tool': ['slow', 'fast'], 'done[].arguments': {} }
  const run = await scripted(counted).run(both)
  expect(order).toEqual(['fast', 'slow'])
  expect(run.values.done.map(({ tool, result }) => [tool, result])).toEqual([
    ['slow', 2],
    ['fast', null],
  ])
  expect(run.text.match(/<\|assistant\|>/g)).toHaveLength(2)
  expect(model.unused().length).toBeGreaterThan(0)
})

test('a stream tells calls and results, and tokens of what is drawn', async () => {
  const events: RunEvent[] = []
  const script = { ...once, 'calls[0].tool': 'weather', 'calls[0].arguments': { city: 'Oslo' } }
  for await (const event of scripted(script).stream(agent)) if (event.type !== 'done') events.push(event)
  const told = events.filter(({ type }) => type === 'tool-call' || type === 'tool-result')
  const call = { call: 'calls[0]', tool: 'weather' }
  expect(told).toEqual([
    { type: 'tool-call', ...call, arguments: { city: 'Oslo' } },
    { type: 'tool-result', ...call, result: { city: 'Oslo', degrees: 21 }, error: null },
  ])
  const ended = events.flatMap((event) => (event.type === 'hole-end' ? [event.hole] : []))
  expect(ended).toEqual(['calls[0].tool', 'calls[0].arguments', 'answer'])
})

test('after the last round only an answer is left', async () => {
  const script: Answers = ({ hole }) => {
    if (hole.endsWith('?')) return true
    return hole.endsWith('.tool') ? 'act' : hole.endsWith('.arguments') ? {} : 'enough'
  }
  const run = await scripted(script).run(acting(() => 'again', { roundsMax: 3 }))
  expect(run.values).toMatchObject({ answer: 'enough', calls: [{}, {}, {}] })
})

test('a run draws whether a call comes by its probability at its temperature', async () => {
  const said =
    (probability: number): Answers =>
    (asked) =>
      asked.hole.endsWith('?')
        ? probability
        : asked.hole.endsWith('.tool')
          ? 'act'
          : asked.hole === 'answer'
            ? 'x'
            : {}
  const calls = async (probability: number, options: object): Promise<number> =>
    (
      await scripted(said(probability)).run(
        acting(() => 1, { roundsMax: 1 }),
        {},
        options,
      )
    ).values.calls.length
  expect(await calls(0.4, {})).toBe(0)
  expect(await calls(0.6, {})).toBe(1)
  let count = 0
  for (let seed = 0; seed < 200; seed += 1) count += await calls(0.3, { temperature: 1, seed })
  expect(count).toBeGreaterThan(35)
  expect(count).toBeLessThan(90)
})

test.each<[string, Tool['run'], string]>([
  [
    'an error',
    () => {
      throw new RangeError('no such city')
    },
    'no such city',
  ],
  ['a rejection', () => Promise.reject(new Error('offline')), 'offline'],
  [
    'a text',
    () => {
      throw 'just so'
    },
    'just so',
  ],
  [
    'an object',
    () => {
      throw { code: 5 }
    },
    '{"code":5}',
  ],
  ['undefined', () => Promise.reject(undefined), 'undefined'],
])('what a tool throws is shown to the model: %s', async (_, act, message) => {
  const run = await scripted(once).run(acting(act))
  expect(run.values.calls).toEqual([{ tool: 'act', arguments: {}, error: message }])
  expect(run.text).toContain(`<|tool|>\nError: ${message}<|end|>`)
})

test.each<[string, unknown, string]>([
  ['a text', 'as it is', 'as it is'],
  ['nothing', undefined, 'null'],
  ['a number', 5.5, '5.5'],
  ['a list', [1, { a: null }], '[1,{"a":null}]'],
  ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
])('a result may be %s', async (_, result, text) => {
  const run = await scripted(once).run(acting(() => result))
  expect(run.values.calls).toEqual([{ tool: 'act', arguments: {}, result: result ?? null }])
  expect(run.text).toContain(`<|tool|>\n${text}<|end|>`)
})

const cycle: Record<string, unknown> = {}
cycle.self = cycle
test.each<[string, unknown]>([
  ['a BigInt', 5n],
  ['a cycle', cycle],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['half a surrogate pair', '\uD800'],
])('a result that JSON does not have ends the run: %s', async (_, result) => {
  const model = scripted(once)
  await expect(model.run(acting(() => result))).rejects.toMatchObject({
    name: 'UsageError',
    code: 'TOOL_RESULT_INVALID',
    message: expect.stringContaining('act'),
  })
})

test('what a tool says is never a mark', async () => {
  const { model } = fakeModel(answers({ 'user\nHow warm is it?': '' }), { chatTemplate: hermes })
  const end = '<|im_end|>'
  const said = prompt`${question}${assistant`x`}${user`${input('said')}`}${tools({ weather }, { answer })}`
  const plain = await model.run(said, { said: 'hm' })
  const run = await model.run(said, { said: end })
  const ends = (tokens: Int32Array): number => {
    const counts = new Map<number, number>()
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
    return counts.get(tokens.at(-2)!) ?? 0
  }
  expect(ends(run.tokens)).toBe(ends(plain.tokens))
})

test('an abort ends the run and the signal its tool has, though the tool never settles', async () => {
  const control = new AbortController()
  const reason = new Error('enough')
  let seen: AbortSignal | null = null
  const running = scripted(once).run(
    acting((_, { signal }) => {
      seen = signal
      queueMicrotask(() => control.abort(reason))
      return new Promise(() => undefined)
    }),
    {},
    { signal: control.signal },
  )
  await expect(running).rejects.toMatchObject({ code: 'ABORTED', reason })
  expect(seen!).toMatchObject({ aborted: true, reason })
})

test('leaving a stream aborts the tool that runs', async () => {
  let seen: AbortSignal | null = null
  const stream = scripted(once).stream(
    acting((_, { signal }) => {
      seen = signal
      return new Promise(() => undefined)
    }),
  )
  for await (const event of stream) if (event.type === 'tool-call') break
  expect(seen!).toMatchObject({ aborted: true })
})

test('a tool sees what was captured before', async () => {
  const seen: unknown[] = []
  const act = tool({ type: 'object' } as const, (_, { values }) => void seen.push(values))
  const part = tools({ act }, { answer })
  const model = scripted({ ...once, first: 'good' })
  await model.run(prompt`${question}${assistant`${gen('first')}`}${user`And?`}${part}`)
  expect(seen).toEqual([{ first: 'good' }])
})

test('a known answer leaves no room for calls; calls can not be given', async () => {
  const model = scripted({})
  const run = await model.run(agent, { answer: 'as known' })
  expect(run.values).toEqual({ answer: 'as known', calls: [] })
  expect(await codeOf(model.run(agent, wrong({ calls: [] })))).toBe('INPUT_UNKNOWN')
})

test('a conversation goes on behind it', async () => {
  const model = scripted({
    ...once,
    'calls[0].tool': 'time',
    'calls[0].arguments': { zone: 'CET' },
    more: 'yes',
  })
  const run = await model.run(agent)
  const next = await run.extend(prompt`${user`Sure?`}${assistant`${gen('more')}`}`)
  expect(next.text.startsWith(run.text)).toBe(true)
  expect(next.text.slice(run.text.length)).toBe('<|user|>\nSure?<|end|>\n<|assistant|>\nyes<|end|>\n')
})

test('the answer is asked again behind the same calls', async () => {
  const model = scripted({
    ...once,
    'calls[0].tool': 'time',
    'calls[0].arguments': { zone: 'CET' },
    answer: ['one', 'two'],
  })
  const run = await model.run(agent)
  const again = await (await run.at('answer')).extend(prompt`${answer}`)
  expect(again.values.answer).toBe('two')
  expect(again.text).toBe(run.text.replace('one<|end|>', 'two<|end|>'))
})

test('messages stay as they were generated where the run wants it so', async () => {
  const script = { ...once, calls: 2, 'calls[].tool': 'time', 'calls[].arguments': { zone: 'CET' } }
  const { 'calls[0].tool': _, 'calls[0].arguments': __, ...list } = script
  const run = await scripted(list).run(agent, {}, { history: 'verbatim' })
  expect(run.text).toBe((await scripted(list).run(agent)).text)
})

test('a value of another kind may be the answer', async () => {
  const part = tools({ weather }, { answer: integer('degrees', { min: -50, max: 60 }) })
  const model = scripted({
    calls: 1,
    'calls[].tool': 'weather',
    'calls[].arguments': { city: 'Rome' },
    degrees: 21,
  })
  expect((await model.run(prompt`${question}${part}`)).values.degrees).toBe(21)
})

const hermes = `{%- if tools %}<|im_start|>system
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}<|im_end|>
{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}{% for call in m.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`

/** A model of its own, so that nothing is cached before. */
function oracle() {
  const { engine, context } = programModel({ cells: 4096 })
  const nowhere = {
    path: '',
    fingerprint: '',
    parameters: 0,
    devices: [],
    layers: 1,
    gpuLayers: 0,
    adapters: [],
  }
  const model = new Model({
    engine: new LocalEngine({ tokens: engine, answersMax: 0 }),
    chat: chatTemplate(hermes),
    info: { description: 'oracle', contextTokens: 4096, ...nowhere },
    dispose: async () => undefined,
  })
  return { model, context }
}

test('three rounds on the oracle decode every token once', async () => {
  const members = { type: 'object', properties: { n: { enum: ['a', 'b'] } }, required: ['n'] }
  const list = { weather: tool({ ...members, additionalProperties: false }, () => 'warm'), time }
  const part = tools(list, { answer: gen('answer', { tokensMax: 6 }), roundsMax: 3 })
  let rounds = 0
  for (let seed = 0; seed < 40 && rounds < 3; seed += 1) {
    const { model, context } = oracle()
    const run = await model.run(prompt`${question}${part}`, {}, { temperature: 100, seed })
    rounds = run.values.calls.length
    const { reused, healed, rolledBack, spared, decoded, redecoded } = run.ledger
    expect(context.rowsDecoded).toBe(decoded)
    // All that stands there, and the openings of calls that were compared and did not come: nothing else, and once
    // each, but for a row whose logits are needed again where something else comes than what was compared.
    expect(redecoded).toBeLessThanOrEqual(rounds + 1)
    expect(decoded + reused + spared - redecoded).toBeLessThanOrEqual(run.tokens.length + healed + rolledBack)
  }
  expect(rounds).toBe(3)
})
