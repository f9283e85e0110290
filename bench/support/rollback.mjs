// What a rejected value costs: a check turns down the first two values of a hole, each as long as allowed. Counts what
// is decoded beyond a run that takes the first one.
import { gen, prompt } from 'espalier'
import { closedWord, endless, textOf } from './bench-text.mjs'

export async function measureRollback(bench, { prefixTokens, attemptTokens }) {
  const text = `${textOf(bench.vocabulary, prefixTokens - 1)}${closedWord(bench.vocabulary)}`
  const bias = endless(bench.vocabulary)
  const asked = (check) =>
    prompt`${text}${gen('value', { tokensMax: attemptTokens, heal: false, bias, check })}`
  const first = await bench.fresh(async ({ model, engine }) => {
    await model.run(asked(() => true))
    return engine.totals.rowsDecoded
  })
  return bench.fresh(async ({ model, engine, generates }) => {
    let seen = 0
    const run = await model.run(
      asked(() => {
        seen += 1
        return seen > 2 || 'one of the first two'
      }),
    )
    const paths = attemptsOf(generates)
    return {
      attemptTokens: paths.map((path) => path.length),
      decodedBeyondFirst: engine.totals.rowsDecoded - first,
      rolledBack: run.ledger.rolledBack,
      repeatedPaths: paths.length - new Set(paths.map((path) => path.join())).size,
    }
  })
}

/** Tokens of each attempt. One that came back to be told what is forced has several requests. */
function attemptsOf(generates) {
  const start = generates[0].tokens.length
  const attempts = []
  for (const { tokens, drawn } of generates) {
    if (tokens.length > start) attempts.pop()
    attempts.push([...tokens.slice(start), ...drawn])
  }
  return attempts
}
