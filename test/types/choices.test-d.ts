// What a prompt captures where it may become one of several: members that only some of them have are optional, and so
// are their inputs; what is missing is said by name. Nothing here runs.
import {
  branches,
  checked,
  each,
  gen,
  input,
  integer,
  type Model,
  type Prompt,
  type PromptValues,
  prompt,
  repeat,
  select,
  vote,
} from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_A, _B>(..._proof: Equal<_A, _B> extends true ? [] : [never]): void {}

declare const model: Model
declare const isLong: boolean

const named = prompt`Name: ${gen('name')} for ${input('who')}`
const coded = prompt`Code: ${integer('code')} ${select('kind', ['a', 'b'])}`

export async function functions(): Promise<void> {
  const either = prompt`${gen('first')} ${(values: { first: string }) => (values.first ? named : coded)}`
  type Either = {
    readonly first: string
    readonly name?: string
    readonly code?: number
    readonly kind?: 'a' | 'b'
  }
  same<PromptValues<typeof either>, Either>()
  const run = await model.run(either)
  // @ts-expect-error it may not have been captured
  const code: number = run.values.code
  await model.run(either, { who: 'x', code: 5 })
  // @ts-expect-error a known value has its type
  await model.run(either, { code: '5' })
  // @ts-expect-error no such name
  await model.run(either, { cod: 5 })
  return void code
}

export function orNothing(): void {
  const maybe = prompt`${gen('a')} ${isLong && named} ${() => (isLong ? coded : '')}`
  type Maybe = {
    readonly a: string
    readonly name?: string
    readonly code?: number
    readonly kind?: 'a' | 'b'
  }
  same<PromptValues<typeof maybe>, Maybe>()
  const both = prompt`${isLong ? prompt`${gen('x')} ${integer('n')}` : prompt`${integer('x')} ${integer('n')}`}`
  same<PromptValues<typeof both>, { readonly x: string | number; readonly n: number }>()
  const nothing = prompt`${isLong && 'text'} ${false}`
  same<PromptValues<typeof nothing>, Record<never, never>>()
  const empty = prompt`${null} ${undefined} ${[]} ${Promise.resolve(false as const)}`
  // @ts-expect-error true is no part
  prompt`${true}`
  same<PromptValues<typeof empty>, Record<never, never>>()
}

export async function insideOfOthers(): Promise<void> {
  const list = prompt`${each('items', [1, 2], (item) => (item > 1 ? named : coded))}`
  type Item = { readonly name?: string; readonly code?: number; readonly kind?: 'a' | 'b' }
  same<PromptValues<typeof list>, { readonly items: readonly Item[] }>()
  await model.run(list)
  await model.run(list, { who: 'x', items: [{ code: 1 }, { name: 'x' }] })
  const sides = prompt`${branches({ one: isLong ? named : coded, two: coded })}`
  same<PromptValues<typeof sides>['one'], Item>()
  await model.run(sides, { who: 'x' })
  await model.run(sides)
  const chosen = prompt`${vote(2, isLong ? named : coded)}`
  same<PromptValues<typeof chosen>, Item>()
}

export async function missing(): Promise<void> {
  const plain: Prompt<
    { readonly a: string },
    Record<never, never>,
    { readonly a?: string }
  > = prompt`${gen('a')}`
  await model.run(plain)
  await model.run(plain, {}, { seed: 1 })
  await model.run(plain, undefined, { seed: 1 })
  // @ts-expect-error the input is missing
  await model.run(named, undefined, { seed: 1 })
  const base = await model.start(plain)
  // @ts-expect-error the input is missing
  await model.start(named)
  // @ts-expect-error the input is missing
  await base.extend(named)
  // @ts-expect-error the input is missing
  model.stream(named)
  await base.extend(named, { who: 'x' })
  same<Awaited<ReturnType<typeof wrapped<{ readonly a: string }>>>, { readonly a: string }>()
  checked(named, ({ name }) => name !== '' || 'empty')
  repeat('r', named, { max: 2 })
}

/** A prompt of any values may be passed on. */
async function wrapped<V>(any: Prompt<V, Record<never, never>>): Promise<V> {
  return (await model.run(any)).values
}
