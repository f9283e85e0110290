// What stands in a template as a list, as a promise or as an async function is typed as what it becomes, and an input
// as what its format takes. Nothing here runs.
import {
  all,
  ask,
  collect,
  each,
  fork,
  gen,
  input,
  integer,
  join,
  type Model,
  oneOf,
  type PromptValues,
  prompt,
  race,
  select,
} from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_A, _B>(..._proof: Equal<_A, _B> extends true ? [] : [never]): void {}

declare const model: Model
declare const isLong: boolean

export function lists(): void {
  const tuple = prompt`${['a', gen('a'), [integer('n'), null]]}`
  same<PromptValues<typeof tuple>, { readonly a: string; readonly n: number }>()
  const many = [prompt`${gen('x')}`, prompt`${integer('y')}`]
  const listed = prompt`${many}`
  same<PromptValues<typeof listed>, { readonly x?: string; readonly y?: number }>()
  const texts: readonly string[] = ['a']
  same<PromptValues<typeof text>, Record<never, never>>()
  const text = prompt`${texts} ${[[texts]]}`
  // @ts-expect-error an object in a list is no part
  prompt`${[{}]}`
}

export async function promises(): Promise<void> {
  const later = prompt`${gen('a')} ${async ({ a }: { a: string }) => (a ? prompt`${integer('n')}` : null)}`
  same<PromptValues<typeof later>, { readonly a: string; readonly n?: number }>()
  const inner = prompt`${gen('b')} ${input('c')}`
  const promised = prompt`${Promise.resolve(inner)} ${isLong && Promise.resolve('text')}`
  same<PromptValues<typeof promised>, { readonly b: string }>()
  await model.run(promised, { c: 1n })
  // @ts-expect-error the input of what is promised is missing
  await model.run(promised)
}

export async function inputs(): Promise<void> {
  const dated = prompt`${input('day', { format: (day: Date) => day.toISOString() })} ${input('name')}`
  await model.run(dated, { day: new Date(), name: 5 })
  // @ts-expect-error a Date is wanted
  await model.run(dated, { day: '1 May', name: 'Ann' })
  // @ts-expect-error it is a Date only where its format says so
  await model.run(dated, { day: new Date(), name: new Date() })
  // @ts-expect-error a format returns text
  input('day', { format: (day: Date) => day })
}

const reply = oneOf('kind', {
  question: prompt`Question about ${gen('topic')} by ${input('who')}`,
  order: prompt`Order of ${integer('pieces')} on ${input('day', { format: (day: Date) => day.toISOString() })}`,
})

export async function chosen(): Promise<void> {
  const mail = prompt`${gen('subject')}\n${reply}`
  const { values } = await model.run(mail, { who: 'x', day: new Date() })
  same<typeof values.kind, 'question' | 'order'>()
  same<typeof values.subject, string>()
  if (values.kind === 'order') same<typeof values.pieces, number>()
  else same<typeof values.topic, string>()
  // @ts-expect-error only an order has pieces
  values.pieces
  await model.run(mail, { who: 'x', day: new Date(), kind: 'order', pieces: 3, subject: 'y' })
  // @ts-expect-error a question has no pieces
  await model.run(mail, { who: 'x', day: new Date(), kind: 'question', pieces: 3 })
  // @ts-expect-error no such key
  await model.run(mail, { who: 'x', day: new Date(), kind: 'complaint' })
  // @ts-expect-error whatever comes, its inputs are needed
  await model.run(mail, { who: 'x' })
  const mails = prompt`${each('mails', [1, 2], () => prompt`- ${reply}`)}`
  type Mail = PromptValues<typeof mails>['mails'][number]
  same<Mail['kind'], 'question' | 'order'>()
  const narrowed = (mail: Mail): string | number => (mail.kind === 'order' ? mail.pieces : mail.topic)
  const again = await (await model.run(mail, { who: 'x', day: new Date() })).extend(prompt`${gen('more')}`)
  if (again.values.kind === 'order') same<typeof again.values.pieces, number>()
  const next = await again.extend(prompt`${reply}`, { who: 'x', day: new Date() })
  same<typeof next.values.more, string>()
  if (next.values.kind === 'order') same<typeof next.values.pieces, number>()
  return void narrowed
}

export async function asides(): Promise<void> {
  const inner = prompt`${select('is', ['yes', 'no'])} ${integer('sure')} ${input('who')}`
  const all = prompt`${ask('city', inner, ({ is }) => is === 'yes')} ${ask('last', inner)} ${ask('text', prompt`x`)}`
  type All = { readonly city: boolean; readonly last: 'yes' | 'no' | number; readonly text: string }
  same<PromptValues<typeof all>, All>()
  const later = prompt`${ask('n', inner, async ({ sure }, { text }) => sure + text.length)}`
  same<PromptValues<typeof later>, { readonly n: number }>()
  await model.run(all, { who: 'x', city: false })
  // @ts-expect-error the input of what is asked is missing
  await model.run(all)
  // @ts-expect-error a known value has the type of what is picked
  await model.run(all, { who: 'x', city: 'yes' })
  // @ts-expect-error its values are captured nowhere else
  await model.run(all, { who: 'x', sure: 5 })
}

export async function collected(): Promise<void> {
  const thing = collect('things', integer('thing'))
  const list = prompt`${thing} ${thing} ${collect('words', gen('word'))}`
  same<PromptValues<typeof list>, { readonly things: readonly number[]; readonly words: readonly string[] }>()
  await model.run(list, { things: [1, 2] })
  // @ts-expect-error known values are a list
  await model.run(list, { things: 1 })
}

export async function forks(): Promise<void> {
  const base = await model.start(prompt`${gen('topic')}`)
  const [pro, con] = fork(base, 2)
  const first = pro.extend(prompt`${gen('claim')} ${() => con.value('topic')}`)
  const second = con.extend(prompt`${integer('n')} ${() => first.value('claim')} ${input('x')}`, { x: 'y' })
  same<
    Awaited<ReturnType<typeof second.transcript>>['values'],
    { readonly topic: string; readonly n: number }
  >()
  const n: number = await second.value('n')
  // @ts-expect-error no such value
  await first.value('n')
  // @ts-expect-error the input is missing
  con.extend(prompt`${input('x')}`)
  const listed = await join(base, [first, second])
  same<(typeof listed.values)[0]['claim'], string>()
  same<(typeof listed.values)[1]['n'], number>()
  same<typeof listed.values.topic, string>()
  const named = await join(base, { first, second: await second.transcript() }, { join: '\n' })
  same<typeof named.values.second.n, number>()
  const [a, b] = await all([first, second])
  same<typeof a.values.claim, string>()
  same<typeof b.values.n, number>()
  const won = await race([first, first.extend(prompt`${gen('more')}`)])
  same<typeof won.values.claim, string>()
  // @ts-expect-error two are made, not three
  const [, , third] = fork(base, 2)
  return void [n, third]
}
