// Goal: what a dry run says is what the run then does. Method: random templates of texts, inputs and known values, one
// after the other on one engine, where each finds what the ones before left: every class of the ledger is as it was
// told. Where choices are the model's, the known text is, and the rest keeps to its bounds.
import { input, integer, prompt, select } from '../../lib/index.js'
import type { Interpolation } from '../../lib/prompt/part.js'
import { Chance } from '../support/oracle-programs.js'
import { programModel } from '../support/program-model.js'
import { roomy } from '../support/program-outcome.js'

const seeds = Array.from({ length: Number(process.env.ESPALIER_PROGRAMS ?? 60) }, (_, seed) => seed)
const words = ['alpha ', 'beta ', 'gamma, ', 'delta.\n', 'Q: ', 'x']

function template(chance: Chance) {
  const texts: string[] = ['']
  const parts: Interpolation[] = []
  const given: Record<string, unknown> = {}
  const known: Record<string, unknown> = {}
  for (let index = 0; index < chance.in(1, 5); index += 1) {
    texts[index] = Array.from({ length: chance.in(1, 12) }, () => chance.pick(words)).join('')
    const name = `h${index}`
    const kind = chance.below(3)
    if (kind === 0) {
      parts.push(input(name))
      given[name] = Array.from({ length: chance.in(1, 5) }, () => chance.pick(words)).join('')
    } else if (kind === 1) {
      parts.push(select(name, ['low', 'high', 'lower']))
      known[name] = chance.pick(['low', 'high', 'lower'])
    } else {
      parts.push(integer(name, { min: 0, max: 999 }))
      known[name] = chance.below(1000)
    }
    texts.push(chance.pick(['', ';', '\n', ' end.']))
  }
  const strings = Object.assign([...texts], { raw: texts }) as unknown as TemplateStringsArray
  return { form: prompt(strings, ...parts), given, known }
}

test('templates whose values are known: every class is as it was told', async () => {
  const { model } = programModel(roomy)
  let [reused, prefilled] = [0, 0]
  for (const seed of seeds) {
    // Every third comes again, another third shares its beginning with one before.
    const { form, given, known } = template(new Chance(seed - (seed % 3 === 2 ? 2 : 0)))
    const all = { ...given, ...known } as never
    const told = await model.explain(form, all)
    const { ledger, tokens } = await model.start(form, all)
    expect([told.tokens.reused, told.tokens.restored, told.tokens.prefilled]).toEqual([
      ledger.reused,
      ledger.restored,
      ledger.prefilled,
    ])
    expect([told.tokens.forced, told.tokens.drawnMax]).toEqual([0, 0])
    expect([told.transcriptMin, told.transcriptMax]).toEqual([tokens.length, tokens.length])
    expect(ledger.decoded).toBe(told.tokens.prefilled)
    reused += ledger.reused
    prefilled += ledger.prefilled
  }
  expect(Math.min(reused, prefilled)).toBeGreaterThan(seeds.length)
  await model.dispose()
})

test('templates whose choices are the model\u2019s: known text as told, values within their bounds', async () => {
  const { model } = programModel(roomy)
  for (const seed of seeds) {
    const { form, given } = template(new Chance(seed))
    const told = await model.explain(form, given as never)
    const run = await model.run(form, given as never, { fresh: true, seed, temperature: 1 })
    const { tokens, parts } = told
    const text = tokens.reused + tokens.restored + tokens.prefilled
    const holes = parts.filter(({ kind }) => kind === 'hole').length
    // Where a text meets a value, a token may spell the end of one and the beginning of the other.
    expect(run.tokens.length).toBeGreaterThanOrEqual(text - holes)
    expect(run.tokens.length).toBeLessThanOrEqual(text + tokens.forced + tokens.drawnMax)
    const { sampled, forced } = run.ledger
    expect(sampled).toBeLessThanOrEqual(tokens.forced + tokens.drawnMax)
    if (holes > 0) expect(run.ledger.reused).toBeGreaterThanOrEqual(tokens.reused - 1 - holes)
    expect(sampled + forced).toBeLessThanOrEqual(text + tokens.forced + tokens.drawnMax)
  }
  await model.dispose()
})
