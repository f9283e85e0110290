// How a value ended is told with the stops its hole may end at: those that were given, any text where a pattern may
// match, none where there is no stop. Nothing here runs.
import {
  assistant,
  branches,
  checked,
  type GenOptions,
  gen,
  integer,
  type Model,
  prompt,
  type Transcript,
  user,
} from '../../lib/index.js'

declare const model: Model
declare const options: GenOptions

async function ends(): Promise<void> {
  const one = await model.run(
    prompt`${gen('a', { stop: '.' })} ${gen('b', { stop: ['!', '?'] })} ${integer('n')}`,
  )
  const a: '.' | undefined = one.ends.get('a')?.stop
  const b: '!' | '?' | undefined = one.ends.get('b')?.stop
  // @ts-expect-error: it may end at the question mark.
  const wrong: '!' | undefined = one.ends.get('b')?.stop
  const n: string | undefined = one.ends.get('n')?.stop
  const others: string | undefined = one.ends.get('branch.x')?.stop
  const pattern = await model.run(prompt`${gen('a', { stop: [/\d/, '.'] })}${gen('b', options)}`)
  const text: string | undefined = pattern.ends.get('a')?.stop
  // @ts-expect-error: a pattern may match any text.
  const dot: '.' | undefined = pattern.ends.get('a')?.stop
  const any: string | undefined = pattern.ends.get('b')?.stop
  const free = await model.run(prompt`${gen('a')}`)
  const none: undefined = free.ends.get('a')?.stop
  const reason: 'stop' | 'literal' | 'complete' | 'end' | 'limit' | undefined = free.ends.get('a')?.reason
  for (const [path, end] of one.ends) console.log(path.length, end.reason)
  const talk = await one.extend(prompt`${user`Hi`}${assistant`${gen('c', { stop: '\n' })}`}`)
  const c: '\n' | undefined = talk.ends.get('c')?.stop
  const inner = prompt`${gen('d', { stop: ';' })}`
  const nested = await model.run(prompt`${inner} ${checked(inner, () => true)}`)
  const d: string | undefined = nested.ends.get('d')?.stop
  for await (const event of model.stream(inner)) {
    if (event.type !== 'done') continue
    const e: ';' | undefined = event.run.ends.get('d')?.stop
    console.log(e)
  }
  const plain: Transcript<{ readonly a: string }> = await model.run(prompt`${gen('a', { stop: '.' })}`)
  const side = await model.run(prompt`${branches({ x: inner })}`)
  const x: string | undefined = side.ends.get('x.d')?.stop
  console.log(a, b, wrong, n, others, text, dot, any, none, reason, c, d, plain, x)
}

void ends
