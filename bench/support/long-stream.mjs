// Streams and requests on long transcripts, with what of their time lies outside of llama_decode. Decides how it is
// taken: wall time less the decode time the engine counted, over stretches of tokens, the median of a window.
import { gen, json, prompt } from 'espalier'
import { LocalEngine } from '../../build/modules/engine/local/local-engine.js'
import { KvEngine } from '../../build/modules/engine/local/serve/kv-engine.js'
import { vocabularyOf } from '../../build/modules/engine/local/tokens/vocabulary.js'
import { Model } from '../../build/modules/model/model.js'
import { median } from './bench-engine.mjs'
import { wordTokens } from './bench-text.mjs'
import { loopCpu } from './loop-cpu.mjs'

/** Tokens come back in runs of several; a stretch holds whole ones. */
const stretch = 16

export const round = (number, digits = 3) => Number(number.toFixed(digits))

/** Gives `work` a model of so many cells, parking switched off: where cells lie is not what is measured here. */
export async function withModel(native, size, work) {
  const { cells } = size
  const context = await native.createContext(size)
  const vocabulary = vocabularyOf(native.vocab)
  const engine = new KvEngine({ context, vocabulary, guesses: false, hostBytesMax: 0 })
  const info = { description: '', path: '', parameters: native.parameters, contextTokens: cells }
  const local = new LocalEngine({ tokens: engine })
  const model = new Model({ engine: local, chat: null, info, dispose: async () => {} })
  try {
    return await work({ model, engine, vocabulary, counts: { decodeCalls: 0, tokens: 0 }, drawn: [] })
  } finally {
    await model.dispose()
  }
}

/** Text of about so many tokens: words in an order that does not repeat soon. */
export function longText(vocabulary, count, salt = 1) {
  const words = wordTokens(vocabulary)
  let state = salt >>> 0
  const list = Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Buffer.from(vocabulary.tokenBytes(words[(state >>> 8) % words.length])).toString()
  })
  return `Notes:${list.join('')}`
}

/** One word again and again, whatever the weights: near ties would let two sides do different work. */
export const decided = (vocabulary) => ({ temperature: 0, bias: { [wordTokens(vocabulary)[7]]: 1e6 } })

// Without healing: tokens that spell the end of the text again cost no budget, and the counts would depend on them.
const heal = false
const holes = {
  text: (tokensMax) => gen('x', { tokensMax, heal }),
  // Too long to end: the string is cut off by the limit.
  json: (tokensMax) => json('x', { type: 'string', minLength: 4 * tokensMax }, { tokensMax, heal }),
  checked: (tokensMax) => gen('x', { tokensMax, heal, check: () => true, checkEvery: 'word' }),
}

/** Streams so many tokens behind the text; returns what was seen every few of them. */
export async function streamed(bench, text, tokensMax, kind = 'text') {
  const { model, engine, vocabulary } = bench
  const begin = { ...engine.totals }
  const seen = []
  let run = null
  let tokens = 0
  try {
    for await (const event of model.stream(
      prompt`${text}${holes[kind](tokensMax)}`,
      {},
      decided(vocabulary),
    )) {
      if (event.type === 'done') run = event.run
      if (event.type !== 'token') continue
      tokens += event.tokens.length
      if (tokens - (seen.at(-1)?.tokens ?? -stretch) < stretch) continue
      const { decodeMicros } = engine.totals
      seen.push({ tokens, at: performance.now() * 1000, decodeMicros, cpu: loopCpu() })
    }
  } catch (error) {
    // A JSON string that is cut off by its limit is the end that was wanted.
    if (error?.name !== 'FillError') throw error
  }
  bench.counts.decodeCalls += engine.totals.decodeCalls - begin.decodeCalls
  bench.counts.tokens += tokens
  bench.drawn.push(run?.tokens.slice(-tokens) ?? Int32Array.of(tokens))
  return seen
}

/**
 * Of the tokens at [from, until), medians of the stretches: micros outside of llama_decode a token, their share, and
 * the micros of CPU time that the JavaScript thread took for a token.
 */
export function windowOf(seen, from, until) {
  const [outside, shares, loop] = [[], [], []]
  let begin = null
  for (const one of seen) {
    if (one.tokens < from || one.tokens > until) continue
    begin ??= one
    const tokens = one.tokens - begin.tokens
    if (tokens === 0) continue
    const wall = one.at - begin.at
    const decode = one.decodeMicros - begin.decodeMicros
    outside.push((wall - decode) / tokens)
    shares.push((wall - decode) / wall)
    if (one.cpu !== null) loop.push((one.cpu - begin.cpu) / tokens)
    begin = one
  }
  if (outside.length === 0) throw new Error(`No stretch of tokens lies in ${from} to ${until}.`)
  const loopMicros = loop.length === 0 ? null : round(median(loop), 1)
  return { outsideMicros: round(median(outside), 1), share: round(median(shares), 4), loopMicros }
}

/** How much more one window costs than another: by CPU time where it is known. */
export const ratioOf = (late, early) =>
  round(
    late.loopMicros === null ? late.outsideMicros / early.outsideMicros : late.loopMicros / early.loopMicros,
  )

/** Requests of one token on a transcript, medians: milliseconds outside of llama_decode, and of the JS thread. */
export async function requests(bench, text, count) {
  const { model, engine, vocabulary } = bench
  const base = await model.start(prompt`${text}`)
  const sampling = decided(vocabulary)
  const [outside, loop] = [[], []]
  for (let number = 0; number < count; number++) {
    const { decodeMicros, decodeCalls } = engine.totals
    const [began, cpu] = [performance.now(), loopCpu()]
    const run = await base.extend(prompt` ${String(number)}:${gen('x', { tokensMax: 1 })}`, {}, sampling)
    outside.push(performance.now() - began - (engine.totals.decodeMicros - decodeMicros) / 1000)
    if (cpu !== null) loop.push((loopCpu() - cpu) / 1000)
    bench.counts.decodeCalls += engine.totals.decodeCalls - decodeCalls
    bench.counts.tokens++
    bench.drawn.push(run.tokens.slice(-1))
  }
  const loopMs = loop.length === 0 ? null : round(median(loop))
  return { tokens: base.tokens.length, outsideMs: round(median(outside)), loopMs }
}
