// Goal: every token of a run is the one its settings give, whatever the run was split into: penalties look at the last
// tokens of the transcript, filters, biases and seeds at nothing else. Method: random settings on the oracle; each
// token of a text is drawn once more by a plain loop over the tokens before it.
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { text as anyText } from '../../lib/constraint/text.js'
import { drawOptions } from '../../lib/engine/local/hole/draw-options.js'
import { gen, prompt, type SamplingOptions } from '../../lib/index.js'
import { attemptSeed } from '../../lib/run/hole/seed.js'
import { referenceConstraint } from '../support/fake-matcher.js'
import { drawToken } from '../support/oracle-draw.js'
import { Chance } from '../support/oracle-programs.js'
import { addState, statesOf } from '../support/oracle-reference.js'
import { eos, oracleVocabulary } from '../support/oracle-vocabulary.js'
import { programModel } from '../support/program-model.js'
import { roomy } from '../support/program-outcome.js'
import { randomSampling } from '../support/random-program.js'
import { ReferenceGrammar } from '../support/reference-grammar.js'

const tokensMax = 70

/** Tokens of the text, each by what stands before it. */
function expected(before: Int32Array, sampling: SamplingOptions, seed: number): number[] {
  const builder = new IrBuilder()
  const ir = builder.finish(anyText().lower(builder))
  const matcher = referenceConstraint(oracleVocabulary, new ReferenceGrammar(ir), (inner) => inner).matcher(
    new Uint8Array(0),
    null,
  )
  const settings = {
    sampling: { run: sampling, hole: {} },
    seed: attemptSeed(seed, 't', 0),
    vocabulary: oracleVocabulary,
  }
  const { penaltyLastN, ...draw } = drawOptions(settings, new Int32Array(0), 0)
  const tokens = [...before]
  const states = statesOf(tokens)
  const drawn: number[] = []
  while (drawn.length < tokensMax) {
    const window = penaltyLastN === 0 ? [] : tokens.slice(-penaltyLastN)
    const state = states.at(-1)!
    const one = drawToken(state, matcher.mask(), { ...draw, penaltyLastN }, drawn.length, window)!
    if (one.token === eos) break
    matcher.accept(one.token)
    tokens.push(one.token)
    addState(states, one.token)
    drawn.push(one.token)
  }
  while (!matcher.canEnd()) {
    matcher.rollback(1)
    drawn.pop()
  }
  return drawn
}

test('every token is the one its settings give', async () => {
  let penalised = 0
  for (let seed = 0; seed < 9; seed += 1) {
    const chance = new Chance(seed)
    const wanted = { temperature: 1, ...randomSampling(chance) }
    // A text that ends at once would show nothing.
    const sampling = { ...wanted, bias: { ...wanted.bias, [eos]: -9 } }
    const before = 'abcdefgh '.repeat(chance.below(12))
    const plain = prompt`${before}.`
    const hole = gen('t', { tokensMax, heal: false })
    const { model } = programModel(roomy)
    const given = await model.run(plain)
    const drawn = expected(given.tokens, sampling, seed)
    const whole = await model.run(prompt`${before}.${hole}`, {}, { ...sampling, seed })
    expect([...whole.tokens]).toEqual([...given.tokens, ...drawn])
    for await (const event of model.stream(prompt`${before}.${hole}`, {}, { ...sampling, seed })) {
      if (event.type === 'done') expect([...event.run.tokens]).toEqual([...whole.tokens])
    }
    const later = await given.extend(prompt`${hole}`, {}, { ...sampling, seed })
    expect([...later.tokens]).toEqual([...whole.tokens])
    if (sampling.penalties !== undefined && drawn.length > 20) penalised += 1
  }
  expect(penalised).toBeGreaterThan(2)
})
