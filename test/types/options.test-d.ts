// A table of options is its type's names, all of them and no others, so that neither can change alone; and what takes
// options takes no unknown ones. Nothing here runs.
import type { OptionTable } from '../../lib/base/options.js'
import { branches, gen, input, load, prompt, vote } from '../../lib/index.js'

interface Options {
  readonly one?: number
  readonly other: string
}

export const whole: OptionTable<Options> = { one: true, other: true }
// @ts-expect-error a name is missing
export const less: OptionTable<Options> = { other: true }
// @ts-expect-error a name is nobody's
export const more: OptionTable<Options> = { one: true, other: true, another: true }

export async function unknownOptions(): Promise<void> {
  // @ts-expect-error no such option
  gen('x', { maxTokens: 3 })
  // @ts-expect-error no such option
  branches({ x: prompt`x` }, { separator: ',' })
  gen('x', {
    ban: ['As an AI'],
    biasText: { ' yes': 2 },
    dry: { multiplier: 0.8 },
    xtc: { probability: 0.5 },
  })
  // @ts-expect-error texts, not one text
  gen('x', { ban: 'As an AI' })
  // @ts-expect-error no such option of dry
  gen('x', { dry: { strength: 1 } })
  // @ts-expect-error an input takes no options
  input('x', { default: 'y' })
  // @ts-expect-error a vote takes none either
  vote(2, gen('x'), { temperature: 1 })
  // @ts-expect-error no such option
  await load('x.gguf', { contextSize: 4096 })
}

export async function drafts(): Promise<void> {
  await load('x.gguf', { draft: 'small.gguf', guess: 'auto' })
  await load('x.gguf', { streams: 4 })
  // @ts-expect-error one path or name
  await load('x.gguf', { draft: ['small.gguf'] })
}

export async function adapters(): Promise<void> {
  const model = await load('x.gguf', {
    adapters: { poet: 'poet.gguf', clerk: { file: 'c.gguf', scale: 0.5 } },
  })
  await load('x.gguf', {
    adapters: ['poet.gguf', { file: 'c.gguf' }],
    log: (level, text) => `${level}: ${text}`,
  })
  await model.run(prompt`x`, {}, { adapters: ['poet'] })
  const run = await model.run(prompt`x`, {}, { adapters: { poet: 0.7 } })
  const scale: number | undefined = run.adapters.poet
  void scale
  // @ts-expect-error a scale is a number
  await model.run(prompt`x`, {}, { adapters: { poet: '1' } })
  // @ts-expect-error no such option
  await load('x.gguf', { adapters: [{ path: 'poet.gguf' }] })
  // @ts-expect-error a log takes a level and a text
  await load('x.gguf', { log: (level: number) => level })
}
