// Goal: runs that look at probabilities are asked again as any other: scores against neutral text, exact draws,
// feedback, beams over prompts. Method: each is saved as JSON and replayed on another model of the same kind.
import { beam, bestOf, input, integer, type Prompt, prompt, regex, select } from '../../../lib/index.js'
import { programModel } from '../../support/program-model.js'

const names = ['alpha', 'beta', 'gamma'] as const
const odd = (n: number) => n % 2 === 1 || `${n} is even`
const warm = { temperature: 1 } as const

const prompts: Readonly<Record<string, Prompt>> = {
  'calibrated scores': prompt`${input('who')} is ${select('x', names, { by: 'logprob', calibrate: true })}.`,
  'calibrated by a text': prompt`It is ${select('x', names, { by: 'logprob', calibrate: 'Is ' })}.`,
  'an exact draw': prompt`It is ${select('x', names, { by: 'logprob', draw: 'exact', temperature: 30 })}.`,
  feedback: prompt`n = ${integer('x', { min: 0, max: 99, check: odd, retries: 20, feedback: (why) => `(${why}) ` })}.`,
  'the least bad': prompt`n = ${integer('x', { min: 0, max: 9, check: () => 'never', best: 'least bad' })}.`,
  'the best by log-probability': prompt`It is ${bestOf(3, regex('x', /[a-d]{3}/, warm), 'logprob')}.`,
  'a beam over a prompt': prompt`It is ${beam(3, prompt`${regex('x', /[a-d]/)} and ${regex('y', /[a-d]/)}`)}.`,
  'log-probabilities': prompt`It is ${regex('x', /"a": [a-d]{3}/, { ...warm, logprobs: 2 })}.`,
}

test.each(Object.entries(prompts))('%s', async (name, part) => {
  const [one, other] = [programModel(), programModel()]
  const given = name === 'calibrated scores' ? { who: 'Anna' } : {}
  const run = await one.model.run(part as Prompt<{ x: unknown }, object>, given as never, { seed: 4 })
  const json: unknown = JSON.parse(JSON.stringify(run))
  const replay = await other.model.replay(json)
  expect(replay).toMatchObject({ same: true, first: null, scoreDrift: 0 })
  await Promise.all([one.model.dispose(), other.model.dispose()])
})
