// Goal: on real cells a talk longer than the context goes on with overflow, and a dropped range is gone. Method: the
// demo model with the smallest context there is (llama.cpp rounds 128 tokens up).
import {
  assistant,
  CapacityError,
  gen,
  input,
  json,
  load,
  type Model,
  prompt,
  system,
  type Transcript,
  user,
} from '../../lib/index.js'

const start = prompt`${system`You answer questions about a shop that sells kettles.`}`
const turn = prompt`${user`${input('question')}`}${assistant`${gen('answer', { tokensMax: 16 })}`}`

let model: Model
let contextTokens: number
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 128, threads: 1 })
  contextTokens = model.info.contextTokens
})
afterAll(async () => {
  await model.dispose()
})

async function talk(turns: number, options: { overflow?: 'shift' }): Promise<Transcript<object>[]> {
  const told: Transcript<object>[] = [await model.start(start)]
  for (let index = 0; index < turns; index += 1) {
    const question = `Please tell me about order ${index} of last week.`
    told.push(await told.at(-1)!.extend(turn, { question }, options))
  }
  return told
}

test('a talk longer than the context is refused with the numbers', async () => {
  await expect(talk(12, {})).rejects.toThrow(CapacityError)
  await expect(talk(12, {})).rejects.toThrow(`the context holds ${contextTokens}`)
})

test('with overflow it goes on in the cells it has, keeping the system message', async () => {
  const told = await talk(20, { overflow: 'shift' })
  const shifted = told.filter((one, index) => one.tokens.length < (told[index - 1]?.tokens.length ?? 0))
  expect(shifted.length).toBeGreaterThan(2)
  const kept = told[0]!.tokens
  for (const one of told) {
    expect(one.tokens.length).toBeLessThanOrEqual(contextTokens)
    expect(one.tokens.slice(0, kept.length)).toEqual(kept)
  }
  // What a shift left is not decoded again: a turn decodes its question and its answer.
  for (const one of shifted) {
    expect(one.ledger.decoded).toBeLessThan(60)
    expect(one.ledger.reused).toBeGreaterThan(one.tokens.length - 60)
  }
  const last = told.at(-1)!
  expect(last.text.startsWith(told[0]!.text)).toBe(true)
  expect((last.values as { answer: string }).answer.length).toBeGreaterThan(0)
})

test('a text longer than what is left goes on where the start makes room', async () => {
  const long = await model.run(
    prompt`The kettle is made of steel and holds two litres. Its lid is blue. ${gen('story', { tokensMax: 230 })}`,
    {},
    { overflow: { keep: 4 } },
  )
  expect(long.tokens.length).toBeLessThanOrEqual(contextTokens)
  expect(long.text.endsWith(long.values.story)).toBe(true)
})

test('what a constraint forces past the end of the context goes on, too, where the start makes room', async () => {
  const base = await model.start(start)
  const talked = await base.extend(prompt`${user`${'word '.repeat(130)}`}`)
  const value = 'a sentence with words. '.repeat(20)
  const answer = prompt`${assistant`${json('answer', { const: value })}`}`
  const forced = await talked.extend(answer, {}, { overflow: 'shift' })
  expect(forced.values).toEqual({ answer: value })
  expect(forced.tokens.length).toBeLessThanOrEqual(contextTokens)
})

test('a dropped range is gone, and what follows goes on from the cells behind it', async () => {
  const base = await model.start(
    prompt`The kettle is made of steel. Its lid is blue. Its handle is made of wood.`,
  )
  const short = await base.drop({ from: 6, until: 12 })
  expect([...short.tokens]).toEqual([...base.tokens.slice(0, 6), ...base.tokens.slice(12)])
  const after = await short.extend(prompt` The colour of the lid is ${gen('colour', { tokensMax: 4 })}`)
  expect(after.ledger.reused).toBeGreaterThanOrEqual(short.tokens.length - 2)
  const again = await base.extend(prompt` The colour of the lid is ${gen('colour', { tokensMax: 4 })}`)
  expect(again.tokens.slice(0, base.tokens.length - 1)).toEqual(base.tokens.slice(0, -1))
})
