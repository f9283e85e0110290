// Values that no text can show, that hold themselves, or that can't be read: refused wherever they are given, by an
// error of ours. A list with holes has as many items as it is long.
import { Fork } from '../../../lib/model/fork.js'
import { all, race } from '../../../lib/model/forks.js'
import { load } from '../../../lib/model/load.js'
import type { Model } from '../../../lib/model/model.js'
import { Transcript } from '../../../lib/model/transcript.js'
import { each, repeat } from '../../../lib/prompt/branches.js'
import { gen, number } from '../../../lib/prompt/hole.js'
import { json } from '../../../lib/prompt/json.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { tool } from '../../../lib/prompt/tools.js'
import { scripted } from '../../../lib/testing/testing.js'
import { answers, fakeModel } from '../../support/fake-model.js'

// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the types forbid.
const wrong = (value: unknown): any => value
const gone = Proxy.revocable({}, {})
gone.revoke()
const bare: unknown = Object.create(null)
const cyclic: { self?: unknown } = {}
cyclic.self = cyclic
const simple = prompt`A: ${gen('a')}\n`
const turns = (min: unknown) => repeat('a', simple, { min: wrong(min), max: 2 })

test.each<readonly [string, () => unknown, string]>([
  ['heal', () => gen('a', { heal: wrong(bare) }), 'OPTION_INVALID'],
  ['fewest turns', () => turns(bare), 'OPTION_INVALID'],
  ['fewest turns by a symbol', () => turns(Symbol('x')), 'OPTION_INVALID'],
  ['a type of arguments', () => tool({ type: wrong(5n) }, () => 1), 'OPTION_INVALID'],
  ['a type that holds itself', () => tool({ type: wrong(cyclic) }, () => 1), 'OPTION_INVALID'],
  [
    'a fork made by new',
    () =>
      new Fork(
        wrong(() => 1),
        wrong(() => 1),
      ),
    'NOT_CONSTRUCTIBLE',
  ],
  ['a transcript', () => new Transcript(wrong(gone.proxy), wrong({}), []), 'NOT_CONSTRUCTIBLE'],
])('%s is refused at once', (_, mistake, code) => {
  expect(mistake).toThrow(expect.objectContaining({ code }))
})

const known = (x: unknown) => (model: Model) => model.run(prompt`A: ${number('x')}`, { x: wrong(x) })

test.each<readonly [string, (model: Model) => Promise<unknown>, string]>([
  ['history', (model) => model.run(simple, {}, { history: wrong(bare) }), 'OPTION_INVALID'],
  ['a symbol as a number', known(Symbol('x')), 'KNOWN_VALUE_INVALID'],
  ['an object as a number', known(bare), 'KNOWN_VALUE_INVALID'],
  ['a bigint as a number', known(5n), 'KNOWN_VALUE_INVALID'],
  ['a date as a number', known(new Date()), 'KNOWN_VALUE_INVALID'],
  ['a file', async () => load(wrong(gone.proxy)), 'ARGUMENT_INVALID'],
  ['tokens', (model) => model.detokenize(wrong(gone.proxy)), 'ARGUMENT_INVALID'],
  ['forks that are none', () => all(wrong(new Array(3))), 'ARGUMENT_INVALID'],
  ['a race of nothing', () => race(wrong(new Array(3))), 'ARGUMENT_INVALID'],
  ['a race of what can not be read', () => race(wrong([gone.proxy])), 'ARGUMENT_INVALID'],
  [
    'an unknown option of explain',
    (model) => model.explain(simple, {}, wrong({ sead: 1 })),
    'OPTION_UNKNOWN',
  ],
  ['options of explain', (model) => model.explain(simple, {}, wrong(gone.proxy)), 'OPTION_INVALID'],
  ['an aborted explain', (model) => model.explain(simple, {}, { signal: AbortSignal.abort() }), 'ABORTED'],
])('%s: refused by a run', async (_, mistake, code) => {
  await expect(mistake(fakeModel(answers({})).model)).rejects.toMatchObject({ code })
})

test.each([
  ['holds itself', 'KNOWN_VALUE_INVALID', cyclic],
  ['has no end', 'PROMPT_TOO_LONG', Array.from({ length: 60 }).reduce((part) => [part, part], [])],
])(
  'a known value that %s is refused by a script, too, whose context may be of any length',
  async (_, code, x) => {
    const model = scripted([])
    const anything = prompt`A: ${json('x', {})}`
    await expect(model.run(anything, { x: x as never })).rejects.toMatchObject({ code })
  },
)

test('items that a sparse array lacks are undefined, also where a function gives it', async () => {
  const holes: unknown[] = new Array(2)
  const made = (item: unknown, index: number) => prompt`${index}${String(item)} `
  const { text } = await fakeModel(answers({})).model.run(prompt`A ${each('x', () => holes, made)}`)
  expect(text).toBe('A 0undefined 1undefined ')
})
