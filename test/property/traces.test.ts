// Goal: whatever a file holds, reading it as a trace either gives one that can be shown, or throws a typed error; what
// a model recorded is always read. Method: made traces and a real one, damaged at random places by random values.
import fc from 'fast-check'
import { UsageError } from '../../lib/base/errors.js'
import { gen, load, prompt, select } from '../../lib/index.js'
import { scripted } from '../../lib/testing/testing.js'
import { readTrace } from '../../lib/trace/read.js'
import { traceText } from '../../lib/trace/text.js'
import { type Trace, traceVersion } from '../../lib/trace/trace.js'
import { chat, fanOut, large, treeOfThought, triage } from '../support/made-traces.js'

const made = { triage, treeOfThought, fanOut: () => fanOut(4), chat: () => chat(4) }
const copy = (value: unknown) => JSON.parse(JSON.stringify(value))

test.each(Object.entries(made))('a trace is read, itself: %s', (_, make) => {
  const json = copy(make())
  expect(readTrace(json)).toBe(json)
})

test('what a model recorded is read, and so is a large one', async () => {
  const model = await load()
  const recording = model.record()
  const form = prompt`Mood: ${select('mood', ['good', 'bad'], { by: 'logprob' })}\nWhy: ${gen('why', { tokensMax: 4 })}`
  const run = await model.run(form, {}, { temperature: 1 })
  await run.extend(prompt`${gen('more', { tokensMax: 2 })}`)
  await model
    .run(prompt`A: ${gen('a', { check: () => 'no', retries: 1, tokensMax: 2 })}`)
    .catch(() => undefined)
  readTrace(copy(recording.stop()))
  await model.dispose()
  readTrace(copy(large(2000, 20)))
})

interface Place {
  readonly holder: Record<string, unknown>
  readonly name: string
}

/** Where the numbers lead, each choosing a member of what the one before led to. */
function placeIn(value: unknown, way: readonly number[]): Place | null {
  let place: Place | null = null
  let at = value
  for (const step of way) {
    if (typeof at !== 'object' || at === null) break
    const names = Object.keys(at)
    if (names.length === 0) break
    place = { holder: at as Record<string, unknown>, name: names[step % names.length]! }
    at = place.holder[place.name]
  }
  return place
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, -1, 0.5, 1e308, 2 ** 53, 16_000_000, 'x', '', [], {}, true, [null], {
    length: 3,
  }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.nat(),
)
const damage = fc.record({
  way: fc.array(fc.nat(), { minLength: 1, maxLength: 7 }),
  how: fc.constantFrom('replaced', 'removed', 'doubled', 'swapped'),
  value: odd,
})

function damaged(
  trace: Trace,
  damages: readonly { way: readonly number[]; how: string; value: unknown }[],
): unknown {
  const json = copy(trace)
  for (const { way, how, value } of damages) {
    const place = placeIn(json, way)
    if (place === null) continue
    const { holder, name } = place
    if (how === 'replaced') holder[name] = value
    else if (Array.isArray(holder) && how === 'removed') holder.splice(Number(name), 1)
    else if (Array.isArray(holder) && how === 'doubled') holder.push(holder[Number(name)])
    else if (Array.isArray(holder) && how === 'swapped') holder.reverse()
    else if (how === 'removed') delete holder[name]
  }
  return json
}

function readOrRefused(json: unknown): Trace | null {
  try {
    return readTrace(json)
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).code).toBe('TRACE_INVALID')
    expect((error as UsageError).message.length).toBeLessThan(600)
    return null
  }
}

test('a damaged trace is shown or refused', () => {
  const sources = Object.values(made).map((make) => make())
  let read = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (source, damages) => {
        const trace = readOrRefused(damaged(source, damages))
        if (trace === null) return
        read += 1
        expect(typeof traceText(trace, { columns: 60 })).toBe('string')
      },
    ),
    { numRuns: 400 },
  )
  expect(read).toBeGreaterThan(20)
})

test('any JSON value is no trace', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(readOrRefused(json)).toBeNull()
    }),
  )
})

test('the fault is said by its path, with what was seen and what was expected', () => {
  const faultOf = (change: (json: Record<string, never>) => void) => {
    const json = copy(triage())
    change(json)
    return expect(() => readTrace(json))
  }
  const said = (message: string) =>
    expect.objectContaining({ code: 'TRACE_INVALID', message: expect.stringContaining(message) })
  const wrong = (json: unknown): Record<string, unknown> => json as Record<string, unknown>
  faultOf((json) => Object.assign(json, { version: 9 })).toThrow(
    said(`version is 9; this espalier reads ${traceVersion}`),
  )
  faultOf((json) => Object.assign(json, { format: 'x' })).toThrow(
    said('whose format is "x"; expected "espalier-trace"'),
  )
  faultOf((json) => {
    wrong((json as unknown as Trace).lines[1]).at = 'late'
  }).toThrow(said('lines[1].at is "late"; expected a number'))
  expect(() => readTrace('text')).toThrow(said('It is "text"; expected an object.'))
  const later = {
    ...copy(triage()),
    note: 1,
    lines: copy(triage()).lines.map((line: object) => ({ ...line, more: 1 })),
  }
  expect(readTrace(later)).toBe(later)
})

test('a few numbers make nobody allocate more than the file could need', () => {
  const whole = copy(fanOut(4)) as { lines: Record<string, unknown>[] }
  const bombs: ((line: Record<string, unknown>) => void)[] = [
    (line) => {
      for (const text of (line.texts as Record<string, unknown>[]) ?? [])
        text.kept = { run: 0, pieces: 1, tokens: 1e12 }
    },
    (line) => {
      for (const text of (line.texts as Record<string, unknown>[]) ?? []) text.costs = [['drawn', 1e12]]
    },
    (line) => {
      for (const node of (line.nodes as Record<string, unknown>[]) ?? []) node.tokensFrom = 1e9
    },
    (line) => {
      for (const node of (line.nodes as Record<string, unknown>[]) ?? []) node.length = 1e9
    },
  ]
  for (const [index, bomb] of bombs.entries()) {
    const json = copy(whole)
    const type = index < 2 ? 'end' : 'tree'
    for (const line of json.lines) if (line.type === type) bomb(line)
    expect(() => readTrace(json)).toThrow(/at most/)
  }
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  const json = {
    ...whole,
    lines: whole.lines.map((line) => (line.type === 'end' ? { ...line, values: { deep } } : line)),
  }
  expect(() => readTrace(json)).toThrow(/values\.deep is an array; expected a value with at most/)
})

test("a scripted model's trace, whose room has no end, is read back and shown", async () => {
  const model = scripted({ word: ['x', 'hello'] })
  const recording = model.record()
  await model.run(prompt`Say ${gen('word', { check: (word) => word.length > 2 || 'too short' })}.`)
  const trace = recording.stop()
  expect(copy(trace)).toEqual(trace)
  expect(traceText(readTrace(copy(trace)))).toMatch(/any number of tokens.*too short.*hello/s)
})
