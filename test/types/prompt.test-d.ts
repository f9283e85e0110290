// What a template's types must be: values, inputs and known values of every kind of part, and the mistakes that must
// not compile. Nothing here runs.
import * as z from 'zod'
import {
  assistant,
  beam,
  bestOf,
  branches,
  type Constraint,
  checked,
  each,
  gen,
  grammar,
  hole,
  input,
  integer,
  json,
  type Model,
  number,
  type Prompt,
  type PromptValues,
  prompt,
  regex,
  repeat,
  select,
  system,
  user,
  vote,
} from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_A, _B>(..._proof: Equal<_A, _B> extends true ? [] : [never]): void {}

declare const model: Model

const triage = prompt`Ticket: ${input('ticket')}
Customer: ${gen('customer')}
Order: ${integer('order', { min: 1 })} ${number('price')}
Category: ${select('category', ['billing', 'delivery', 'defect'])}
Code: ${regex('code', /[A-Z]+/)}`

interface Triage {
  readonly customer: string
  readonly order: number
  readonly price: number
  readonly category: 'billing' | 'delivery' | 'defect'
  readonly code: string
}
same<PromptValues<typeof triage>, Triage>()

export async function runs(): Promise<void> {
  const run = await model.run(triage, { ticket: 'text' }, { seed: 7 })
  same<typeof run.values.category, 'billing' | 'delivery' | 'defect'>()
  same<typeof run.values.order, number>()
  await model.run(triage, { ticket: 'text', category: 'defect', order: 5 })
  // @ts-expect-error the input is missing
  await model.run(triage, {})
  // @ts-expect-error the input is missing, nothing given at all
  await model.run(triage)
  // @ts-expect-error no such name
  await model.run(triage, { ticket: 'text', kategory: 'defect' })
  // @ts-expect-error not one of the options
  await model.run(triage, { ticket: 'text', category: 'other' })
  // @ts-expect-error a number is known as a number
  await model.run(triage, { ticket: 'text', order: '5' })
  await model.run(triage, { ticket: 5 })
  // @ts-expect-error an input is text or a number
  await model.run(triage, { ticket: new Date() })
  // @ts-expect-error no such value
  run.values.kategory
}

export async function nothingNeeded(): Promise<void> {
  const plain = prompt`no holes`
  await model.run(plain)
  await model.run(plain, {})
  // @ts-expect-error no such name
  await model.run(plain, { any: 'x' })
  const one = prompt`${gen('a')}`
  const run = await model.run(one)
  same<typeof run.values, { readonly a: string }>()
  await model.run(one, { a: 'x' })
  // @ts-expect-error no such name
  await model.run(one, { b: 'x' })
}

export async function nested(): Promise<void> {
  const inner = prompt`Name: ${gen('name')} for ${input('who')}`
  const outer = prompt`${inner} aged ${integer('age')} ${3} ${'text'}`
  same<PromptValues<typeof outer>, { readonly name: string; readonly age: number }>()
  await model.run(outer, { who: 'x' })
  // @ts-expect-error the nested prompt's input is missing
  await model.run(outer, { name: 'x' })
}

export async function branching(): Promise<void> {
  const both = prompt`On ${input('topic')}: ${branches({
    pro: prompt`Pro: ${gen('text')} for ${input('reader')}`,
    con: prompt`Con: ${gen('text')} ${integer('weight')}`,
  })}`
  same<
    PromptValues<typeof both>,
    {
      readonly pro: { readonly text: string }
      readonly con: { readonly text: string; readonly weight: number }
    }
  >()
  await model.run(both, { topic: 'x', reader: 'y', pro: { text: 'known' }, con: { weight: 2 } })
  // @ts-expect-error the branch's input is missing
  await model.run(both, { topic: 'x' })
  // @ts-expect-error a known value of a branch has its type too
  await model.run(both, { topic: 'x', reader: 'y', con: { weight: '2' } })

  const line = (item: string, index: number) => prompt`${index} ${item}: ${select('ok', ['yes', 'no'])}`
  const list = prompt`${each('items', ['a', 'b'], line)}`
  same<PromptValues<typeof list>, { readonly items: readonly { readonly ok: 'yes' | 'no' }[] }>()
  await model.run(list, { items: [{ ok: 'yes' }, {}] })

  const many = prompt`${repeat('turns', prompt`- ${gen('thing')}\n`, { min: 1, max: 4 })}`
  same<PromptValues<typeof many>, { readonly turns: readonly { readonly thing: string }[] }>()
  // @ts-expect-error a repetition needs an end
  repeat('turns', prompt`- ${gen('thing')}\n`, { min: 1 })
}

export async function everyKindOfHole(own: Constraint<Date>): Promise<void> {
  const all = prompt`${gen('a')} ${select('b', ['x', 'y'], { by: 'logprob' })} ${regex('c', 'x+')} ${integer('d')}
${number('e', { decimalsMax: 2 })} ${json('f', { type: 'array', items: { type: 'boolean' } })}
${grammar('g', 'root ::= "x"')} ${hole('h', own)}`
  interface All {
    readonly a: string
    readonly b: 'x' | 'y'
    readonly c: string
    readonly d: number
    readonly e: number
    readonly f: readonly boolean[]
    readonly g: string
    readonly h: Date
  }
  same<PromptValues<typeof all>, All>()
  await model.run(all, { a: 'x', b: 'y', c: 'x', d: 1, e: 1.5, f: [true], g: 'x', h: new Date(0) })
  // @ts-expect-error an element is no boolean
  await model.run(all, { f: ['true'] })
  // @ts-expect-error the constraint's own value is a date
  await model.run(all, { h: '1970-01-01' })
  // @ts-expect-error no such way to choose
  select('s', ['x'], { by: 'score' })
}

export async function manyOfThem(): Promise<void> {
  const line = (item: string) => prompt`${item} for ${input('who')}: ${select('ok', ['yes', 'no'])}`
  const list = prompt`${each('items', ['a', 'b'], line)}`
  await model.run(list, { who: 'x' })
  // @ts-expect-error what an item needs is missing
  await model.run(list, {})
  // @ts-expect-error not one of the options
  await model.run(list, { who: 'x', items: [{ ok: 'maybe' }] })
  // @ts-expect-error no such name in an item
  await model.run(list, { who: 'x', items: [{ okay: 'yes' }] })
  // @ts-expect-error items are an array
  await model.run(list, { who: 'x', items: { ok: 'yes' } })

  const turn = prompt`- ${gen('thing')} ${each('parts', ['p'], () => prompt`${integer('count')}`)}\n`
  const many = prompt`${repeat('turns', turn, { max: 4 })}`
  type Turn = { readonly thing: string; readonly parts: readonly { readonly count: number }[] }
  same<PromptValues<typeof many>, { readonly turns: readonly Turn[] }>()
  await model.run(many, { turns: [{ thing: 'x', parts: [{ count: 1 }, {}] }, {}] })
  // @ts-expect-error a count is a number
  await model.run(many, { turns: [{ parts: [{ count: '1' }] }] })
  // @ts-expect-error no such name in a turn
  await model.run(many, { turns: [{ things: 'x' }] })
  // @ts-expect-error a turn is no text
  await model.run(many, { turns: ['x'] })

  const tree = prompt`${branches({ left: prompt`${branches({ leaf: prompt`${integer('n')}` })}`, right: many })}`
  type Tree = {
    readonly left: { readonly leaf: { readonly n: number } }
    readonly right: { readonly turns: readonly Turn[] }
  }
  same<PromptValues<typeof tree>, Tree>()
  await model.run(tree, { left: { leaf: { n: 1 } } })
  // @ts-expect-error no such branch
  await model.run(tree, { middle: {} })
  // @ts-expect-error no such leaf
  await model.run(tree, { left: { leaves: { n: 1 } } })
}

export async function whatIsChosenOrChecked(): Promise<void> {
  const voted = prompt`${vote(3, prompt`${gen('why')} ${integer('answer')} ${input('who')}`)}`
  same<PromptValues<typeof voted>, { readonly why: string; readonly answer: number }>()
  await model.run(voted, { who: 'x', answer: 3 })
  // @ts-expect-error a known value of a candidate has its type too
  await model.run(voted, { who: 'x', answer: '3' })
  bestOf(2, integer('n'), ({ n }) => n)
  // @ts-expect-error the score sees the values of its own part
  bestOf(2, integer('n'), ({ m }) => m)
  const searched = prompt`${beam(2, prompt`${gen('a')} ${integer('b')}`)}`
  same<PromptValues<typeof searched>, { readonly a: string; readonly b: number }>()
  // @ts-expect-error a beam fills holes
  beam(2, input('a'))
  vote(2, prompt`${gen('why')} ${integer('n')}`, { by: ({ n }) => n % 2 })
  // @ts-expect-error what counts is one of the part's own values
  vote(2, integer('n'), { by: ({ m }) => m })
  gen('a', { heal: false })
  // @ts-expect-error heal is true or false
  gen('a', { heal: 'no' })

  const sum = checked(prompt`${integer('a')} ${integer('b')}`, ({ a, b }) => a < b || 'not in order')
  same<PromptValues<typeof sum>, { readonly a: number; readonly b: number }>()
  // @ts-expect-error the check sees the prompt's own values
  checked(sum, ({ c }) => c > 0 || 'no')
}

export async function choosing(): Promise<void> {
  const longest = bestOf(3, gen('a', { temperature: 1 }), (values) => values.a.length)
  const best = prompt`A: ${longest} B: ${vote(3, integer('b'))} C: ${beam(2, select('c', ['x', 'y']))}`
  same<PromptValues<typeof best>, { readonly a: string; readonly b: number; readonly c: 'x' | 'y' }>()
}

export async function chatting(): Promise<void> {
  const chat = prompt`${system`You are ${input('who')}.`}${user`Hello`}${assistant`${gen('answer')}`}`
  same<PromptValues<typeof chat>, { readonly answer: string }>()
  await model.run(chat, { who: 'x' })
  // @ts-expect-error a known answer is text
  await model.run(chat, { who: 'x', answer: 5 })
  // @ts-expect-error the message's input is missing
  await model.run(chat)
  const talk = await model.start(chat, { who: 'x' }, { history: 'verbatim' })
  await talk.extend(prompt`${user`More`}`, {}, { history: 'template' })
  // @ts-expect-error there is no such history
  await talk.extend(prompt`${user`More`}`, {}, { history: 'old' })
}

export async function computing(): Promise<void> {
  const more = prompt`${select('kind', ['a', 'b'])} ${(values: { kind: 'a' | 'b' }) =>
    values.kind === 'a' ? prompt`${gen('left')}` : prompt`${integer('right')}`}`
  const run = await model.run(more)
  same<typeof run.values.kind, 'a' | 'b'>()
  const text = prompt`${gen('a')} ${(values: { a: string }) => values.a.toUpperCase()}`
  same<PromptValues<typeof text>, { readonly a: string }>()
}

export async function jsonHoles(): Promise<void> {
  const sheet = prompt`${json('sheet', {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: 'integer' },
      kind: { enum: ['elf', 'orc'] },
      items: { type: 'array', items: { type: 'string' } },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
    required: ['name', 'age', 'kind', 'items'],
  })}`
  interface Sheet {
    readonly name: string
    readonly age: number
    readonly kind: 'elf' | 'orc'
    readonly items: readonly string[]
    readonly note?: string | null
  }
  same<PromptValues<typeof sheet>['sheet'], Sheet>()
  await model.run(sheet, { sheet: { name: 'x', age: 1, kind: 'elf', items: [] } })
  // @ts-expect-error no such kind
  await model.run(sheet, { sheet: { name: 'x', age: 1, kind: 'cat', items: [] } })
  const zod = prompt`${json('point', z.object({ x: z.number(), y: z.number().optional() }))}`
  same<PromptValues<typeof zod>['point'], { x: number; y?: number | undefined }>()
}

export function checks(): void {
  gen('a', { check: (value) => value.length > 1 || 'short', checkEvery: 'word' })
  integer('b', { check: (value) => value % 2 === 0 || 'odd' })
  select('c', ['x', 'y'], { check: (value) => value === 'x' || { from: 0, reason: 'not x' } })
  // @ts-expect-error checkEvery is for values that are text
  integer('d', { check: () => true, checkEvery: 'word' })
  // @ts-expect-error a number is no text
  integer('e', { check: (value) => value.startsWith('1') })
  // @ts-expect-error an object is no part
  prompt`${{}}`
}

export async function transcripts(): Promise<void> {
  const base = await model.start(prompt`You are ${input('who')}.`, { who: 'x' })
  const next = await base.extend(prompt`Say: ${gen('word')}`)
  same<typeof next.values, { readonly word: string }>()
  // @ts-expect-error no such name
  await base.extend(prompt`Say: ${gen('word')}`, { wort: 'x' })
  const again = await next.extend(prompt`${integer('word')}${select('kind', ['a', 'b'])}`)
  same<typeof again.values, { readonly word: number; readonly kind: 'a' | 'b' }>()
  const either = (values: { word: number }) =>
    values.word > 1 ? prompt`${gen('word')}` : prompt`${gen('other')}`
  const maybe = await again.extend(prompt`${either}`)
  same<
    typeof maybe.values,
    { readonly word: number | string; readonly kind: 'a' | 'b'; readonly other?: string }
  >()
  same<(typeof maybe.messages)[number]['role'], 'system' | 'user' | 'assistant'>()
  const back = await maybe.at('word')
  same<typeof back.values.kind, 'a' | 'b' | undefined>()
  // @ts-expect-error messages are read only
  maybe.messages.length = 0
  const untyped = await again.extend(prompt`x` as Prompt)
  same<typeof untyped.values, unknown>()
  const end = next.ends.get('word')
  same<NonNullable<typeof end>['reason'], 'stop' | 'literal' | 'complete' | 'end' | 'limit'>()
  // @ts-expect-error no such name
  base.stream(prompt`Say: ${gen('word')}`, { wort: 'x' })
  for await (const event of base.stream(prompt`Say: ${gen('word')}`)) {
    if (event.type === 'done') same<typeof event.run.values, { readonly word: string }>()
  }
  for await (const event of model.stream(triage, { ticket: 'x' })) {
    if (event.type === 'done') same<typeof event.run.values.category, 'billing' | 'delivery' | 'defect'>()
  }
}
