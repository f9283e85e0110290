// Every engine against one suite: a script, with and without log-probabilities, and the local one over the oracle and
// over tiny models of several kinds of memory.
import { LocalEngine } from '../../lib/engine/local/local-engine.js'
import { ScriptedEngine } from '../../lib/testing/engine.js'
import { Script } from '../../lib/testing/script.js'
import { suiteAnswers } from '../support/engine-suite/given.js'
import { engineSuite } from '../support/engine-suite/suite.js'
import { programModel } from '../support/program-model.js'
import { closeTinyModels, openTinyEngine } from '../support/tiny-engine.js'

afterAll(closeTinyModels)

const answers = new Script(({ hole, attempt, rejected }) => {
  const list = suiteAnswers[hole]!
  return list.find((answer) => !rejected.some((text) => (answer as string).startsWith(text))) ?? list[attempt]
})

for (const logprobs of ['exact', 'none'] as const) {
  engineSuite(`a script, log-probabilities: ${logprobs}`, async (contextTokens) => {
    return new ScriptedEngine(answers, { contextTokens, logprobs })
  })
}

engineSuite('the local engine over the oracle', async (cells) => {
  return new LocalEngine({ tokens: programModel({ cells }).engine })
})

for (const model of ['llama', 'gemma3', 'mamba'] as const) {
  engineSuite(`the local engine over a tiny ${model}`, async (cells) => {
    return new LocalEngine({ tokens: await openTinyEngine(model, { cells, batch: 32 }) })
  })
}
