// The library's side of the comparison: its public API and nothing else, one template for what belongs together.
// Decides how a plan is written as prompts; how it is computed is the library's business.
import { branches, each, grammar, integer, json, load, prompt, regex, select } from '../../dist/index.js'

/** As text of exactly so many tokens: any printable ASCII, so that a token is never cut within a character. */
const printable = /[ -~]+/

function holeOf(name, hole) {
  const heal = false
  if (hole.free !== undefined) {
    const { free, attempts = 1 } = hole
    let left = attempts
    const check = () => --left === 0 || 'another one is wanted'
    const options = { tokensMin: free, tokensMax: free, heal }
    return regex(name, printable, attempts === 1 ? options : { ...options, check, retries: attempts - 1 })
  }
  if (hole.select) return select(name, hole.select, { heal })
  if (hole.integer) return integer(name, { ...hole.integer, heal })
  if (hole.regex) return regex(name, hole.regex, { heal })
  if (hole.schema) return json(name, hole.schema, { heal })
  return grammar(name, hole.grammar, { heal })
}

/** A template of these parts; literal texts stand in it as if they were written there. */
function template(parts) {
  const texts = ['']
  const values = []
  for (const part of parts) {
    if (typeof part === 'string') texts[texts.length - 1] += part
    else {
      values.push(part)
      texts.push('')
    }
  }
  return prompt(Object.assign([...texts], { raw: texts }), ...values)
}

function turnOf({ parts, branches: below = [] }) {
  const own = parts.map((part, index) => (typeof part === 'string' ? part : holeOf(`hole${index}`, part)))
  if (below.length === 0) return template(own)
  const named = Object.fromEntries(below.map((turn, index) => [`branch${index}`, turnOf(turn)]))
  return template([...own, branches(named, { join: null })])
}

/** All values within values, in the order they were written; JSON as the model wrote it. */
function valuesIn(value) {
  if (value === null || typeof value !== 'object') return [String(value)]
  return Object.values(value).flatMap(valuesIn)
}

async function runLane(model, lane, noted) {
  let run = null
  const values = []
  for (const turn of lane) {
    // The last token drawn before is computed now, and the ledger tells of it again.
    const again = run === null ? 0 : 1
    run = run === null ? await model.run(turnOf(turn)) : await run.extend(turnOf(turn))
    noted(run, again)
    values.push(...turnValues(turn, run.values))
  }
  return values
}

/** Names come again in the next turn, so only the turn's own values are read. */
function turnValues({ parts, branches: below = [] }, values) {
  const own = parts.flatMap((part, index) =>
    typeof part === 'string' ? [] : valuesIn(values[`hole${index}`]),
  )
  return [...own, ...below.flatMap((turn, index) => turnValues(turn, values[`branch${index}`]))]
}

async function runScores(model, { prefix, questions, options, end }) {
  const label = (question) =>
    prompt`${question}${select('label', options, { by: 'logprob', heal: false })}${end}`
  const run = await model.run(prompt`${prefix}${each('answers', questions, label, { join: null })}`)
  return run.values.answers.map(({ label: chosen }) => chosen)
}

export async function open({ file, threads, batch, cells, guess, streams }) {
  const kv = streams > 0 ? { streams } : {}
  const model = await load(file, { gpu: false, threads, batch, contextTokens: cells, guess, ...kv })
  return {
    async run({ rounds }) {
      const before = model.stats()
      let draws = 0
      const noted = ({ ledger }, again = 0) => {
        draws += ledger.sampled + ledger.rolledBack - again
      }
      const values = []
      for (const { lanes, scores } of rounds) {
        if (scores !== undefined) values.push(...(await runScores(model, scores)))
        else values.push(...(await Promise.all(lanes.map((lane) => runLane(model, lane, noted)))).flat())
      }
      const after = model.stats()
      const since = (name) => after[name] - before[name]
      return {
        values,
        draws,
        calls: since('decodeCalls'),
        rows: since('rows'),
        rowsAgain: since('rowsAgain'),
        guessed: since('guessed'),
        confirmed: since('confirmed'),
        decodeMs: since('decodeMs'),
        stepMs: since('stepMs'),
        steps: since('steps'),
        parkedBytes: after.parked.bytes,
      }
    },
    close: () => model.dispose(),
  }
}
