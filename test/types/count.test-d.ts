// What counting gives: a number for a text, two for a prompt, whose inputs have to be there. Nothing here runs.
import { gen, input, load, prompt } from '../../lib/index.js'

export async function counts(): Promise<void> {
  const model = await load('x.gguf')
  const text: number = await model.count('x', { special: true })
  const form = prompt`${input('x')}${gen('y')}`
  const size: { readonly tokens: number; readonly tokensMax: number } = await model.count(form, { x: 'x' })
  await model.count(form, { x: 'x', y: 'known' })
  await model.count(prompt`x`)
  // @ts-expect-error an input is missing
  await model.count(form)
  // @ts-expect-error a text has no inputs
  await model.count('x', { x: 'x' })
  // @ts-expect-error no such option
  await model.tokenize('x', { specials: true })
  const tokens: Int32Array = await model.tokenize('x')
  await model.detokenize(tokens)
  await model.detokenize([1, 2])
  void text
  void size
}
