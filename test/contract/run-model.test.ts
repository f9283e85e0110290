// Goal: the walk on the embedded model fills real templates sensibly, computes nothing twice, and survives every
// mistake. Method: the demo's templates and the list of bad files and misuse, on llama.cpp.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  assistant,
  branches,
  each,
  gen,
  input,
  integer,
  json,
  load,
  type Model,
  prompt,
  regex,
  select,
  type TokenTie,
  user,
} from '../../lib/index.js'

const triage = prompt`Read the support ticket and fill in the form.

Ticket:
${input('ticket')}

JSON:
{
  "customer": "${gen('customer', { tokensMax: 24 })}",
  "order_id": "${regex('order', /[A-Z0-9-]{3,14}/)}",
  "category": "${select('category', ['shipping', 'billing', 'refund', 'defect', 'technical', 'question'])}",
  "urgency": "${select('urgency', ['low', 'medium', 'high'])}"
}
`
const ticket =
  'Hi, my name is Maria Silva. I ordered a kettle (order #48213) on March 3 and it arrived with a broken lid. ' +
  "I'm really upset, this was a birthday gift! Please send a replacement before Friday."

const story = prompt`Tell me a story.\n${gen('story', { tokensMax: 300, temperature: 1 })}`

/** Reads a stream; at its first token, when the run is surely in the midst of its work, something happens to it. */
async function told(stream: ReturnType<Model['stream']>, happens: () => unknown): Promise<void> {
  let tokens = 0
  for await (const event of stream) if (event.type === 'token' && tokens++ === 0) await happens()
}

let model: Model
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 2048, threads: 1 })
})
afterAll(async () => {
  await model.dispose()
})

test('a model says what it is in words for people', () => {
  expect(model.info).toMatchObject({ description: 'llama 5M Q8_0', parameters: 4_951_296 })
})

test('a ticket is read as a person would read it', async () => {
  const run = await model.run(triage, { ticket })
  expect(run.values).toEqual({ customer: 'Maria Silva', order: '48213', category: 'defect', urgency: 'high' })
  expect(run.ledger.decoded).toBeLessThanOrEqual(run.tokens.length + 4)
  expect(run.ledger.uncached).toBeGreaterThan(2 * run.ledger.decoded)
})

test('the second run finds the first, and known values are not generated', async () => {
  const again = await model.run(triage, { ticket })
  expect(again.ledger.prefilled + again.ledger.redecoded).toBeLessThan(20)
  expect(again.ledger.reused).toBeGreaterThan(50)
  const { customer, order, category, urgency } = again.values
  const known = await model.run(triage, { ticket, customer, order, category, urgency })
  expect(known.text).toBe(again.text)
  expect(known.ledger.sampled).toBe(0)
  expect(known.decodeCalls).toBe(0)
})

test('the same seed gives the same values whatever runs beside it, or a near tie is reported', async () => {
  const talk = prompt`Tell me a short story about ${input('what')}.\n\n${gen('story', { tokensMax: 40 })}`
  const things = ['a dog', 'the sea', 'a lost key', 'winter', 'two friends', 'a train', 'bread']
  const tiesOf = ({ trace }: Awaited<ReturnType<typeof tell>>): TokenTie[] =>
    trace.flatMap((event) => (event.type === 'near-tie' && event.hole === 'story' ? event.ties : []))
  const tell = (of: Model, what: string, seed: number, temperature: number) =>
    of.run(talk, { what }, { seed, temperature })
  // A model gives the same answer to the same request without computing it again; so one of its own for those alone.
  const lone = await load(undefined, { contextTokens: 2048, threads: 1 })
  let ties = 0
  for (const [seed, what] of things.entries()) {
    const temperature = seed % 2
    const alone = await tell(lone, what, seed, temperature)
    const others = things.filter((other) => other !== what).map((other) => tell(model, other, seed, 1))
    const [beside] = await Promise.all([tell(model, what, seed, temperature), ...others])
    const both = [...tiesOf(alone), ...tiesOf(beside!)]
    ties += both.length
    // The first token that differs.
    const at = alone.tokens.findIndex((token, index) => token !== beside!.tokens[index])
    if (at >= 0) expect(both.map(({ position }) => position)).toContain(at)
    else expect(beside!.values).toEqual(alone.values)
  }
  await lone.dispose()
  expect(ties).toBeGreaterThan(0)
}, 30_000)

test('what a run would decode without a cache counts what was forced, too', async () => {
  for (const tokensMax of [1, 3, 50]) {
    const cold = await load(undefined, { threads: 1 })
    const say = prompt`Say: ${regex('words', /abc def/, { tokensMax })}. The end`
    const { ledger } = await cold.run(say)
    await cold.dispose()
    expect(ledger.uncached).toBeGreaterThanOrEqual(ledger.decoded)
  }
})

test('a value nobody draws a token of needs no more of them than it may have', async () => {
  const value = 'fixed words are here'
  const said = await model.run(prompt`Say: ${json('words', { const: value }, { tokensMax: 1 })}\n`)
  expect(said.values.words).toBe(value)
  expect(said.ledger.sampled).toBeLessThanOrEqual(1)
})

test('what is kept of a rejected value and was forced costs nothing of tokensMax', async () => {
  let attempts = 0
  const check = (value: string) => {
    attempts += 1
    return attempts > 1 || { from: value.length - 1, reason: 'the last letter is wrong' }
  }
  const words = regex('words', /(?:hello world ){10}[ab]{3}/, { tokensMax: 10, check })
  const said = await model.run(prompt`Say: ${words}\n`)
  expect(said.values.words).toMatch(/^(?:hello world ){10}[ab]{3}$/)
  expect(attempts).toBe(2)
})

test('two extensions of one transcript share it', async () => {
  const base = await model.start(prompt`Ticket: ${input('ticket')}\n\n`, { ticket })
  const [who, what] = await Promise.all([
    base.extend(prompt`Q: Who wrote this?\nA: ${gen('answer', { tokensMax: 12 })}\n`),
    base.extend(prompt`Q: What is the order number?\nA: ${gen('answer', { tokensMax: 12 })}\n`),
  ])
  expect(who.values.answer).toBe('Maria Silva')
  expect(what.values.answer).toBe('48213')
  expect(who.ledger.reused).toBeGreaterThanOrEqual(base.tokens.length - 2)
  expect(what.ledger.reused).toBeGreaterThanOrEqual(base.tokens.length - 2)
  const pin = await base.pin()
  pin.dispose()
})

test('branches, items, scores, chat and JSON all run on the model', async () => {
  const tones = select('tone', ['positive', 'neutral', 'negative'], { by: 'logprob' })
  const number = integer('order', { min: 1, max: 99999 })
  const sides = branches({
    who: prompt`Q: Who wrote this?\nA: ${gen('name', { tokensMax: 12 })}\n`,
    tone: prompt`Q: What is the tone (positive, neutral, negative)?\nA: ${tones}\n`,
  })
  const again = each('again', [1, 2], () => prompt`Q: What is the order number?\nA: ${number}\n`)
  const many = prompt`Ticket: ${input('ticket')}\n\n${sides}${again}`
  const run = await model.run(many, { ticket })
  expect(run.values).toEqual({
    who: { name: 'Maria Silva' },
    tone: { tone: 'negative' },
    again: [{ order: 48213 }, { order: 48213 }],
  })
  const chat = await model.run(prompt`${user`Who are you?`}${assistant`${gen('answer', { tokensMax: 40 })}`}`)
  expect(chat.values.answer).toContain('demo model')
  const schema = {
    type: 'object',
    properties: { title: { type: 'string' }, time: { type: 'string', pattern: '^[0-9]{2}:[0-9]{2}$' } },
    required: ['title', 'time'],
    additionalProperties: false,
  } as const
  const event = await model.run(prompt`Extract title and time.

Hi all, the summer concert is on June 21, 2025 at 7:30 pm in the old theatre. See you there! Clara

${json('event', schema, { whitespace: 'pretty' })}`)
  expect(event.values.event).toEqual({ title: 'summer concert', time: '19:30' })
})

test('a rejected value is drawn again and the prefix is not', async () => {
  const check = (text: string) =>
    /sorry/.test(text) ? { from: text.indexOf('sorry'), reason: 'no excuses' } : true
  const reply = gen('reply', { tokensMax: 40, retries: 5, check })
  const letter = prompt`Ticket: ${input('ticket')}\n\nQ: Write a short reply.\nA: ${reply}\n`
  const run = await model.run(letter, { ticket })
  expect(run.values.reply).not.toMatch(/sorry/)
  expect(run.ledger.rolledBack).toBeGreaterThan(0)
  expect(run.ledger.decoded).toBeLessThan(run.tokens.length + run.ledger.rolledBack + 4)
})

test('a stream tells the text as it grows', async () => {
  let text = ''
  for await (const event of model.stream(prompt`The capital of France is${gen('city', { tokensMax: 5 })}.`)) {
    if (event.type === 'token') text += event.text
    if (event.type === 'done') expect(event.run.values.city).toBe(' Paris')
  }
  expect(text).toBe(' Paris')
})

test('penalties look at the last N tokens, however a run is split into steps', async () => {
  // Each on a model of its own: what another run left in the cache changes the rounding.
  const drawn = async (work: (fresh: Model) => Promise<unknown>): Promise<unknown> => {
    await using fresh = await load(undefined, { contextTokens: 256, threads: 1 })
    return await work(fresh)
  }
  for (const lastN of [0, 8, 64]) {
    const penalties = { repeat: 1.3, frequency: 0.2, lastN }
    const story = prompt`Once upon a time${gen('t', { tokensMax: 100, temperature: 1, penalties })}`
    const whole = await drawn(async (fresh) => (await fresh.run(story, {}, { seed: 1 })).values.t)
    // Who listens gets a word every few tokens.
    const told = await drawn(async (fresh) => {
      for await (const event of fresh.stream(story, {}, { seed: 1 })) {
        if (event.type === 'done') return event.run.values.t
      }
    })
    expect(told).toBe(whole)
  }
})

describe('bad input', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-'))
  const file = (name: string, bytes: Uint8Array | string): string => {
    const at = path.join(folder, name)
    writeFileSync(at, bytes)
    return at
  }
  const whole = readFileSync(path.join(__dirname, '../../models/espalier-demo-q8_0.gguf'))
  afterAll(() => rmSync(folder, { recursive: true }))

  const files: readonly [string, string][] = [
    ['a missing file', path.join(folder, 'none.gguf')],
    ['a folder', folder],
    ['an empty file', file('empty.gguf', '')],
    ['a file of another kind', file('text.gguf', 'this is no model at all, only text')],
    ['a truncated file', file('cut.gguf', whole.subarray(0, whole.length >> 1))],
    ['a header only', file('header.gguf', whole.subarray(0, 24))],
  ]
  test.each(files)('%s is a ModelError', async (_name, at) => {
    await expect(load(at)).rejects.toMatchObject({ name: 'ModelError' })
  })

  test('options that can’t be are a UsageError', async () => {
    const wrong = [
      { contextTokens: -1 },
      { contextTokens: Number.NaN },
      { threads: 0.5 },
      { threads: 512 },
      { hostBytesMax: -1 },
      { answersMax: 0.5 },
      { guess: true },
      { guess: 'always' },
      { gpu: 'yes' },
      null,
      5,
    ]
    for (const options of wrong) {
      await expect(load(undefined, options as never)).rejects.toMatchObject({ name: 'UsageError' })
    }
    await expect(load(5 as never)).rejects.toMatchObject({ name: 'UsageError' })
    await expect(load(undefined, { signal: AbortSignal.abort('no') })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })

  test('a context too small for the prompt is a CapacityError before any work', async () => {
    const small = await load(undefined, { contextTokens: 64, threads: 1 })
    await expect(small.run(triage, { ticket: ticket.repeat(9) })).rejects.toMatchObject({
      name: 'CapacityError',
      code: 'PROMPT_TOO_LONG',
    })
    const run = await small.run(prompt`The capital of France is${gen('city', { tokensMax: 5 })}.`)
    expect(run.values.city).toBe(' Paris')
    await small.dispose()
  })

  test('disposing during a run ends it with a typed error', async () => {
    const other = await load(undefined, { contextTokens: 512, threads: 1 })
    await expect(told(other.stream(story), () => other.dispose())).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(other.run(triage, { ticket })).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('a signal during a run ends it, and the model goes on', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const stream = model.stream(story, {}, { signal: stop.signal })
    await expect(told(stream, () => stop.abort(reason))).rejects.toMatchObject({ code: 'ABORTED', reason })
    expect((await model.run(triage, { ticket })).values.customer).toBe('Maria Silva')
  })
})
