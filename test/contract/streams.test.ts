// `streams` of load(): a part of the cache for each text. Judges by values that they are what one cache for all gives,
// whatever a prompt does and however few streams there are, and by counts that nothing is computed twice for it.
import {
  branches,
  each,
  gen,
  load,
  type Model,
  type Prompt,
  prompt,
  select,
  type Transcript,
} from '../../lib/index.js'
import { demoFile } from '../native/demo.js'

const count = 4
let apart: Model
let shared: Model
beforeAll(async () => {
  const options = { gpu: false, threads: 1, contextTokens: 2048 } as const
  apart = await load(demoFile, { ...options, streams: count })
  shared = await load(demoFile, { ...options, guess: 'off' })
})
afterAll(async () => {
  await apart.dispose()
  await shared.dispose()
})

const ticket = 'Ticket: my parcel 48213 never came, and nobody answers. Customer: Rhys\n'
const kind = () => select('kind', ['delivery', 'invoice', 'account'])
let calls = 0
const prompts: Record<string, () => Prompt> = {
  'a choice': () => prompt`${ticket}Kind: ${kind()}\n`,
  'more branches than streams': () => {
    const one = (name: string) => prompt`${name}: ${kind()}`
    const six = Object.fromEntries(['A', 'B', 'C', 'D', 'E', 'F'].map((name) => [name, one(name)]))
    return prompt`${ticket}${branches(six)}`
  },
  'items side by side': () => {
    const lines = ['One', 'Two', 'Three', 'Four', 'Five']
    return prompt`${ticket}${each('lines', lines, (line) => prompt`${line}: ${kind()}`)}`
  },
  'an attempt that is rejected': () => {
    calls = 0
    const check = () => ++calls > 1 || 'another'
    return prompt`${ticket}Kind: ${select('kind', ['delivery', 'invoice'], { check })}\n`
  },
  'options by probability': () =>
    prompt`${ticket}Kind: ${select('kind', ['delivery', 'invoice'], { by: 'logprob' })}\n`,
}

const tied = (runs: readonly Transcript<unknown>[]) =>
  runs.flatMap(({ trace }) => trace.filter(({ type }) => type === 'near-tie')).length

test.each(Object.entries(prompts))('%s comes to the same as with one cache for all', async (_, make) => {
  const [left, right] = [await apart.run(make()), await shared.run(make())]
  // Rounding may turn a draw that was nearly another one.
  if (tied([left, right]) === 0) expect(left.values).toEqual(right.values)
})

test('conversations side by side compute what is new, turn by turn', async () => {
  const say = (name: string, turn: number) =>
    prompt`${name} asks again, ${String(turn)}: ${gen('answer', { tokensMax: 8 })}\n`
  const again = await Promise.all(
    ['Ann', 'Ben', 'Cai', 'Dee'].map(async (name) => {
      let run: Transcript = await apart.run(say(name, 0))
      const computed: number[] = []
      for (let turn = 1; turn < 4; turn++) {
        run = await run.extend(say(name, turn))
        computed.push(run.ledger.redecoded)
      }
      return computed
    }),
  )
  // The last token of a text whose end was only read may be computed once more, for its logits.
  for (const tokens of again.flat()) expect(tokens).toBeLessThanOrEqual(1)
})

test("what streams can't do names them", async () => {
  const going = apart.run(prompt`${ticket}${gen('more', { tokensMax: 4 })}`, {}, { overflow: 'shift' })
  await expect(going).rejects.toMatchObject({ code: 'NO_SHIFT', message: /streams/ })
})

test('a text has the tokens of one stream', async () => {
  expect(apart.info.contextTokens).toBe(2048 / count)
  await expect(apart.run(prompt`${'word '.repeat(700)}${kind()}`)).rejects.toMatchObject({
    code: 'PROMPT_TOO_LONG',
    message: expect.stringContaining('512'),
  })
})

test.each([1, 0, 256, 2.5, '4', null])('streams: %p is refused', async (streams) => {
  const loading = load(demoFile, { streams: streams as number })
  await expect(loading).rejects.toMatchObject({ code: 'ARGUMENT_INVALID', message: /streams/ })
})
