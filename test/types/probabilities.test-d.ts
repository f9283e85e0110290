// What is told of probabilities has types, and what can't be asked is refused by the compiler. Nothing here runs.
import {
  bestOf,
  type DrawView,
  gen,
  integer,
  type Model,
  prompt,
  type RankedFill,
  type ScoredText,
  select,
  type TokenAlternative,
  type TokenLogprobs,
} from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_A, _B>(..._proof: Equal<_A, _B> extends true ? [] : [never]): void {}

declare const model: Model

export async function told(): Promise<void> {
  const run = await model.run(prompt`A: ${gen('a', { logprobs: 2 })}`)
  const entries = run.logprobs.get('a')!
  same<typeof entries, readonly TokenLogprobs[]>()
  same<TokenLogprobs['origin'], 'drawn' | 'forced' | 'known'>()
  same<TokenLogprobs['alternatives'], readonly TokenAlternative[]>()
  same<ReturnType<typeof run.logprob>, number>()
  const rejected: string | undefined = run.ends.get('a')?.rejected
  const ranked = run.ranked.get('a')
  same<typeof ranked, readonly RankedFill[] | undefined>()
  return void rejected
}

export async function scored(): Promise<void> {
  const before = await model.start(prompt`A: `)
  const some = await before.score(['x'], { logprobs: 1 })
  same<typeof some, readonly ScoredText[]>()
  await model.score('A: ', ['x'])
  await model.score(prompt`A: `, ['x'])
  await model.score(before, ['x'])
  // @ts-expect-error texts are a list
  await model.score('A: ', 'x')
  // @ts-expect-error there is no such option
  await model.score('A: ', ['x'], { top: 1 })
}

export function options(): void {
  bestOf(2, integer('n'), 'logprob')
  // @ts-expect-error there is no such score
  bestOf(2, integer('n'), 'mean')
  select('a', ['b', 'c'], { by: 'logprob', draw: 'exact', calibrate: true })
  select('a', ['b', 'c'], { by: 'logprob', calibrate: 'A: ' })
  // @ts-expect-error it is true, or a text
  select('a', ['b', 'c'], { by: 'logprob', calibrate: false })
  // @ts-expect-error it is 'best' or 'exact'
  select('a', ['b', 'c'], { by: 'logprob', draw: 'some' })
  gen('a', { check: () => true, feedback: (reason) => reason.toUpperCase(), best: 'least bad' })
  gen('a', { check: () => true, feedback: async () => prompt`Again: ` })
  // @ts-expect-error feedback is text
  gen('a', { check: () => true, feedback: () => 3 })
  gen('a', { logits: (view: DrawView) => view.bias(view.top(1)[0]!.token, -1) })
}
