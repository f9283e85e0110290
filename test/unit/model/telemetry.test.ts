// Goal: what runs tell OpenTelemetry is true, has the conventions' names, hangs on the right parents, ends whatever
// happens, and holds no text unless somebody asked for it. Method: runs on the fake and the scripted engine under an
// SDK that keeps what it was told; and without one.
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { assistant, bestOf, gen, input, prompt, select, tool, tools, user } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { type Telemetry, telemetry } from '../../support/telemetry.js'

const captureName = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'
let told: Telemetry

beforeEach(() => {
  told = telemetry()
})

afterEach(async () => {
  delete process.env[captureName]
  await told.dispose()
})

function spanOf(name: string): ReadableSpan {
  const found = told.spans().filter((span) => span.name === name)
  expect(found.map((span) => span.name)).toEqual([name])
  return found[0]!
}

/** Name of each span, with its parents' before it. */
function paths(): readonly string[] {
  const spans = told.spans()
  const pathOf = (span: ReadableSpan): string => {
    const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)
    return parent === undefined ? span.name : `${pathOf(parent)} > ${span.name}`
  }
  return spans.map(pathOf).sort()
}

const form = prompt`Ticket: ${input('ticket')}
Urgency: ${select('urgency', ['low', 'high'])}
Reply: ${gen('reply', { tokensMax: 2, retries: 2, check: (text) => !text.startsWith('no') || `rejected ${text}` })}`
const model = () => fakeModel(answers({ 'Urgency: ': 'high\n', 'Reply: ': 'so be it' })).model

test('a run takes what it is given when it is called', async () => {
  const given = { ticket: '' }
  const runs = ['one', 'two'].map((ticket) => {
    given.ticket = ticket
    return model().run(form, given)
  })
  expect((await Promise.all(runs)).map(({ text }) => text.split('\n')[0])).toEqual([
    'Ticket: one',
    'Ticket: two',
  ])
})

test('a run is a span with the names of the conventions, and its holes are spans in it', async () => {
  const run = await model().run(form, { ticket: 'x' }, { seed: 7, temperature: 0.5, topK: 3, topP: 0.9 })
  const span = spanOf('text_completion fake')
  expect([span.kind, span.status.code, span.parentSpanContext]).toEqual([SpanKind.INTERNAL, 0, undefined])
  const { ledger } = run
  expect(span.attributes).toEqual({
    'gen_ai.operation.name': 'text_completion',
    'gen_ai.provider.name': 'espalier',
    'gen_ai.request.model': 'fake',
    'gen_ai.response.model': 'fake',
    'gen_ai.request.seed': 7,
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.top_k': 3,
    'gen_ai.request.top_p': 0.9,
    'gen_ai.usage.input_tokens':
      ledger.reused + ledger.restored + ledger.prefilled + ledger.healed + ledger.redecoded,
    'gen_ai.usage.output_tokens': ledger.forced + ledger.sampled + ledger.rolledBack,
    'gen_ai.usage.cache_read.input_tokens': ledger.reused + ledger.restored,
    'gen_ai.response.finish_reasons': ['stop', 'length'],
    'espalier.tokens.decoded': ledger.decoded,
    'espalier.tokens.uncached': ledger.uncached,
    'espalier.decode_calls': run.decodeCalls,
  })
  expect(paths()).toEqual([
    'text_completion fake',
    'text_completion fake > fill reply',
    'text_completion fake > fill urgency',
  ])
  expect(spanOf('fill urgency').attributes).toEqual({
    'espalier.hole.path': 'urgency',
    'espalier.hole.end': 'literal',
    'espalier.hole.attempts': 1,
  })
})

test('attempts given up are events of their hole', async () => {
  const scriptedModel = scripted({ urgency: 'low', reply: ['no', 'nono', 'yes'] })
  await scriptedModel.run(form, { ticket: 'x' })
  const { events, attributes } = spanOf('fill reply')
  expect(attributes['espalier.hole.attempts']).toBe(3)
  expect(events.map(({ name, attributes: own }) => [name, own])).toEqual(
    Array(2).fill(['espalier.rollback', { 'espalier.hole.path': 'reply' }]),
  )
})

test('the active span is the parent, and spans of the caller’s functions are children, across promises', async () => {
  const tracer = trace.getTracer('test')
  const later = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return tracer.startActiveSpan('look up', async (span) => {
      await Promise.resolve()
      span.end()
      return 'found'
    })
  }
  await tracer.startActiveSpan('request', async (span) => {
    await Promise.resolve()
    await scripted({ a: 'x' }).run(prompt`${later}A: ${gen('a')}\n`)
    span.end()
  })
  expect(paths()).toEqual([
    'request',
    'request > text_completion script',
    'request > text_completion script > fill a',
    'request > text_completion script > look up',
  ])
})

test('runs at once keep their spans apart', async () => {
  const one = model()
  const tracer = trace.getTracer('test')
  await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      tracer.startActiveSpan(`request ${index}`, async (span) => {
        await one.run(form, { ticket: `number ${index}` }, { seed: index })
        span.end()
      }),
    ),
  )
  const expected = Array.from({ length: 8 }, (_, index) => [
    `request ${index}`,
    `request ${index} > text_completion fake`,
    `request ${index} > text_completion fake > fill reply`,
    `request ${index} > text_completion fake > fill urgency`,
  ])
  expect(paths()).toEqual(expected.flat())
})

test('fills of one hole side by side are spans of their own', async () => {
  const three = bestOf(3, prompt`A: ${gen('a')}\n`, ({ a }) => a.length)
  await scripted({ a: ['x', 'yy', 'z'] }).run(prompt`${three}`)
  const fills = told.spans().filter(({ name }) => name === 'fill a')
  expect(fills.map(({ attributes }) => attributes['espalier.candidate'])).toEqual([[0], [1], [2]])
})

test('a stream and a turn of a conversation say so', async () => {
  const talk = await scripted({ a: 'Hello.', b: 'Bye.' }).run(prompt`${user`Hi`}${assistant`${gen('a')}`}`)
  for await (const _ of talk.stream(prompt`${gen('b')}`)) void _
  const [first, second] = told.spans().filter(({ name }) => name === 'chat script')
  expect(first!.attributes['gen_ai.request.stream']).toBeUndefined()
  expect(second!.attributes['gen_ai.request.stream']).toBe(true)
})

test('tools that are called are spans, and the one that throws has an error', async () => {
  const act = tool({ type: 'object' }, ({ n }: { n?: number }) => {
    if (n === 1) throw new Error('SECRET')
    return 'SECRET'
  })
  const script = {
    calls: 2,
    'calls[].tool': ['act', 'act'],
    'calls[].arguments': [{ n: 0 }, { n: 1 }],
    answer: 'done',
  }
  await scripted(script).run(prompt`${user`Do it.`}${tools({ act }, { answer: gen('answer') })}`)
  const called = told.spans().filter(({ name }) => name === 'execute_tool act')
  const about = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.provider.name': 'espalier',
    'gen_ai.tool.name': 'act',
    'gen_ai.tool.type': 'function',
  }
  expect(called.map(({ attributes }) => attributes)).toEqual([
    { ...about, 'espalier.tool.call': 'calls[0]' },
    { ...about, 'espalier.tool.call': 'calls[1]', 'error.type': 'tool_error' },
  ])
  expect(paths()).toContain('chat script > execute_tool act')
})

const hidden = 'SECRET'

async function everything(): Promise<void> {
  const check = (value: string) => value !== hidden || `it is ${value}`
  const secret = scripted({ a: [hidden, `more ${hidden}`], b: `${hidden} b`, c: hidden })
  const asked = prompt`${hidden}${input('given')}${gen('a', { check })}\n${gen('b')}\n`
  const run = await secret.run(asked, { given: hidden })
  await run.extend(prompt`${user`${hidden}`}${assistant`${gen('known')}`}`, { known: hidden })
  await secret
    .run(prompt`${gen('c', { check: () => `${hidden} is bad`, retries: 0 })}\n`)
    .catch((error) => expect(error.code).toBe('ATTEMPTS_SPENT'))
  await secret.run(prompt`${() => Promise.reject(new Error(hidden))}`).catch(() => undefined)
}

function everyText(): string {
  return JSON.stringify(
    told.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  )
}

test('no text, value, reason or message leaves the process unless somebody asked for it', async () => {
  await everything()
  const points = await told.metrics()
  expect(everyText()).not.toContain(hidden)
  expect(JSON.stringify([...points])).not.toContain(hidden)
  expect(everyText()).toContain('espalier.rollback')
})

test.each(['true', 'SPAN_ONLY', 'span_and_event'])('with %s texts are told', async (asked) => {
  process.env[captureName] = asked
  await everything()
  const [run] = told.spans().filter(({ name }) => name === 'text_completion script')
  expect(run!.attributes['espalier.text']).toContain(hidden)
  const chat = spanOf('chat script')
  expect(JSON.parse(String(chat.attributes['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: hidden }], finish_reason: 'stop' },
  ])
  expect(JSON.parse(String(chat.attributes['gen_ai.input.messages']))).toHaveLength(1)
  expect(everyText()).toContain(`it is ${hidden}`)
  expect(everyText()).toContain(`"exception.message":"${hidden}"`)
})

test.each(['false', 'no_content', 'event_only', ''])('with %p they are not', async (asked) => {
  process.env[captureName] = asked
  await everything()
  expect(everyText()).not.toContain(hidden)
})

test('runs that fail, are aborted or left end their spans, with the code of the error', async () => {
  const one = model()
  const failing = prompt`Reply: ${gen('reply', { check: () => 'never', retries: 0, tokensMax: 2 })}`
  const controller = new AbortController()
  const endless = prompt`${() => new Promise<string>(() => controller.abort(new Error('enough')))}`
  await one.run(failing).catch(() => undefined)
  await one.run(endless, {}, { signal: controller.signal }).catch(() => undefined)
  await one.run(prompt`${input('x')}`, {} as never).catch(() => undefined)
  for await (const _ of one.stream(form, { ticket: 'x' })) break
  await one.dispose()
  await one.run(form, { ticket: 'x' }).catch(() => undefined)
  const runs = told.spans().filter(({ name }) => name.startsWith('text_completion'))
  expect(runs.map(({ attributes }) => attributes['error.type'])).toEqual([
    'ATTEMPTS_SPENT',
    'ABORTED',
    'INPUT_MISSING',
    'ABORTED',
  ])
  for (const { status, events } of runs) {
    expect(status.code).toBe(SpanStatusCode.ERROR)
    expect(events.at(-1)!.name).toBe('exception')
  }
  expect(spanOf('fill reply').attributes['error.type']).toBe('ATTEMPTS_SPENT')
})

test('what runs cost is counted, by where tokens came from', async () => {
  const one = model()
  const runs = [await one.run(form, { ticket: 'x' }), await one.run(form, { ticket: 'x' }, { fresh: true })]
  await one.run(prompt`${input('x')}`, {} as never).catch(() => undefined)
  const points = await told.metrics()
  const about = {
    'gen_ai.operation.name': 'text_completion',
    'gen_ai.provider.name': 'espalier',
    'gen_ai.request.model': 'fake',
    'gen_ai.response.model': 'fake',
  }
  const origins = new Map(
    points
      .get('espalier.tokens')!
      .map(({ value, attributes }) => [attributes['espalier.token.origin'], value]),
  )
  const sum = (of: (ledger: (typeof runs)[0]['ledger']) => number) =>
    runs.reduce((all, run) => all + of(run.ledger), 0)
  expect(origins.get('drawn')).toBe(sum(({ sampled }) => sampled))
  expect(origins.get('reused')).toBe(sum(({ reused }) => reused))
  expect(origins.get('rolled_back')).toBe(sum(({ rolledBack }) => rolledBack) || undefined)
  const usage = points.get('gen_ai.client.token.usage')!
  expect(usage.map(({ attributes }) => attributes)).toEqual([
    { ...about, 'gen_ai.token.type': 'input' },
    { ...about, 'gen_ai.token.type': 'output' },
  ])
  expect(usage[1]!.value).toMatchObject({ count: 2, sum: sum((l) => l.forced + l.sampled + l.rolledBack) })
  const durations = points.get('gen_ai.client.operation.duration')!
  expect(durations.map(({ attributes }) => attributes)).toEqual([
    about,
    { ...about, 'error.type': 'INPUT_MISSING' },
  ])
  expect(durations[0]!.value).toMatchObject({ count: 2 })
})

test('an SDK may come and go', async () => {
  const one = model()
  await one.run(form, { ticket: 'x' })
  await told.dispose()
  const without = await one.run(form, { ticket: 'x' })
  told = telemetry()
  const again = await one.run(form, { ticket: 'x' })
  expect(again.text).toBe(without.text)
  expect(paths()).toHaveLength(3)
  expect((await told.metrics()).get('espalier.tokens')).toBeDefined()
})
