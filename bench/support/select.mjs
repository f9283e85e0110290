// Few-shot select by log-probability: many questions over one long beginning, all options of a question scored at once.
// Counts decodes and compares every option's log-probability with brute force, one option after the other.
//
// Brute force decodes each option's whole text in chunks of one size. Chunks before the questions begin are the same
// for all, and the same rows give the same cells to the bit, so those are computed once and cut back to; that this is
// so is checked by computing one option from nothing.
import { each, prompt, select } from 'espalier'
import { textOf, wordTokens } from './bench-text.mjs'

/**
 * Ways of computing the same: rows of one decode at most (Infinity: as many as a decode takes), and tokens of a
 * stranger that lie in the cells before. Their spread is what rounding alone makes: ggml computes many rows and few
 * with different kernels, the rows left over behind whole tiles with others again, and sums attention in parts whose
 * bounds depend on where the cells lie. The first is the plainest, so it is what the scores are compared with.
 */
const shapes = [
  { rowsMax: Infinity, tokensBefore: 0 },
  { rowsMax: 256, tokensBefore: 0 },
  { rowsMax: 16, tokensBefore: 0 },
  { rowsMax: 256, tokensBefore: 700 },
]

export async function measureSelect(bench, { prefixTokens, questions, options }) {
  const { vocabulary } = bench
  const text = textOf(vocabulary, prefixTokens)
  const asked = questionsOf(vocabulary, questions)
  const labels = ['delivery', 'wrong invoice', 'broken part', 'account closed'].slice(0, options)
  const program = prompt`${text}${each(
    'answers',
    asked,
    (question) =>
      prompt`\nQuestion:${question}?\nLabel: ${select('label', labels, { by: 'logprob', score: 'sum' })}`,
    { join: null },
  )}`
  const { scores, decodeCalls } = await bench.fresh(async ({ model, engine, scores }) => {
    await model.run(program)
    return { scores, decodeCalls: engine.totals.decodeCalls }
  })
  const sums = scores.flatMap(({ result }) => result.logprobs.map(sumOf))
  const brute = []
  for (const shape of shapes) brute.push(await bruteForce(bench, scores, prefixTokens, shape))
  return {
    questions,
    prefixTokens,
    prefixDecoded: prefixDecoded(scores, prefixTokens),
    decodeCalls,
    maxDiff: largestDifference(sums, brute[0]),
    epsilon: Math.max(...brute.flatMap((one) => brute.map((other) => largestDifference(one, other)))),
  }
}

function questionsOf(vocabulary, count) {
  const words = wordTokens(vocabulary).map((token) =>
    Buffer.from(vocabulary.tokenBytes(token)).toString('latin1'),
  )
  const length = 12
  return Array.from({ length: count }, (_, question) =>
    Array.from({ length }, (_, index) => words[(question * 131 + index * 17) % words.length]).join(''),
  )
}

const sumOf = (logprobs) => logprobs.reduce((sum, logprob) => sum + logprob, 0)

function prefixDecoded(scores, prefixTokens) {
  let rows = 0
  for (const { result } of scores) {
    for (const { from, until } of result.usage.decoded) {
      rows += Math.max(0, Math.min(until, prefixTokens) - from)
    }
  }
  return rows
}

async function bruteForce(bench, scores, prefixTokens, shape) {
  const context = await bench.createContext()
  const { tokensBefore } = shape
  const rowsMax = Math.min(shape.rowsMax, context.capabilities.batch)
  try {
    await fill(context, tokensBefore)
    const sums = []
    for (const [index, { tokens, continuations }] of scores.entries()) {
      for (const continuation of continuations) {
        const keep = sums.length === 0 ? 0 : prefixTokens - (prefixTokens % rowsMax)
        sums.push(await scoreOne(context, tokens, continuation, { keep, rowsMax }))
      }
      if (index > 0) continue
      const last = continuations.at(-1)
      const again = await scoreOne(context, tokens, last, { keep: 0, rowsMax })
      if (again !== sums.at(-1))
        throw new Error(`Computed from nothing, an option scores ${again}, not ${sums.at(-1)}.`)
    }
    return sums
  } finally {
    await context.dispose()
  }
}

/** A stranger's tokens in a sequence of their own. */
async function fill(context, count) {
  const { batch } = context.capabilities
  for (let from = 0; from < count; from += batch) {
    const tokens = Int32Array.from({ length: Math.min(batch, count - from) }, (_, index) => 300 + index)
    await context.decode(1, tokens)
  }
}

/** ln p of one continuation; the first `keep` tokens are in the cells already. */
async function scoreOne(context, tokens, continuation, { keep, rowsMax }) {
  const all = Int32Array.of(...tokens, ...continuation)
  const rows = all.length - 1
  let sum = 0
  let ops = [{ kind: 'truncate', sequence: 0, from: keep }]
  for (let from = keep; from < rows; ) {
    const until = Math.min(from + rowsMax, rows)
    const targets = Array.from({ length: until - from }, (_, index) => {
      const next = from + index + 1
      return next < tokens.length ? new Int32Array(0) : all.slice(next, next + 1)
    })
    const chunk = { sequences: [0], position: from, tokens: all.slice(from, until), output: false, targets }
    const result = await context.step({ ops, chunks: [chunk], generations: [], decodesMax: 1 })
    if (result.status !== 'ok')
      throw new Error(`A step of brute force came back ${result.status}: ${result.message}`)
    for (const values of result.targets[0]) for (const value of values) sum += value
    ops = []
    from = until
  }
  return sum
}

function largestDifference(left, right) {
  return left.reduce((most, value, index) => Math.max(most, Math.abs(value - right[index])), 0)
}
