// Times the constraint core on the Llama-3 vocabulary and counts tokens that are not canonical at joints. Decides what
// is measured and how often; prints figures and judges nothing. Needs a build (npm run build, npm run build:addon).
//
//   node bench/constraint.mjs [texts.jsonl] [--json] [--vocab file.gguf]
//
// texts.jsonl: one object a line, with `text` or with `tests: [{ text, valid }]`; default: texts written below.
// Times are microseconds. Calls below a microsecond are timed in batches through the addon itself, so each figure
// still holds one crossing from JavaScript; masks are written into one array that is used again.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import {
  choice,
  compile,
  integer,
  literalStop,
  loadVocab,
  regex,
  until,
} from '../build/modules/constraint/constraint.js'
import { appendLiteral, forcedTokens, openHole } from '../build/modules/engine/local/tokens/boundary.js'
import { createVocab } from '../build/modules/native/native.js'
import { rawMatcher } from '../build/modules/native/vocab.js'
import { prepareLlamaHeaders } from '../scripts/llama-headers.mjs'
import { quotingTimes } from './support/quoting.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, vocab: { type: 'string' } },
})

const ownTexts = [
  '{"order":{"id":48211,"items":[{"sku":"A-17/b","qty":2,"price":19.99}],"paid":true},"note":"left at door"}',
  '{"name": "Mira O\'Neil", "tags": ["new", "", "été"], "score": -12.75, "nested": {"a": [[], [1, 22]], "b": null}}',
  '[{"preferences":["dark_mode","beta"],"unit":"","_price":100,"url":"https://example.org/a?b=c&d=%20"}]',
  '{"k": "line\\nbreak \\"quoted\\" \\u00e9", "geo.calculate": {"start_location": "Boston, MA", "units": "miles"}}',
  '{\n  "indented": {\n    "deeply": [\n      1,\n      2\n    ]\n  }\n}\n',
]

const now = () => Number(process.hrtime.bigint()) / 1000

function summary(samples) {
  const sorted = Float64Array.from(samples).sort()
  const at = (share) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(3))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** Microseconds a call, from `samples` batches of `batch` calls. */
function timed(samples, batch, call) {
  for (let index = 0; index < batch; index += 1) call(index)
  return Array.from({ length: samples }, () => {
    const start = now()
    for (let index = 0; index < batch; index += 1) call(index)
    return (now() - start) / batch
  })
}

/** Times one mask at every position of the texts, as a run meets them: a mask asked for before may have been kept. */
function timedMasks(vocab, constraint, texts, rounds) {
  const words = new Uint32Array((vocab.size + 31) >> 5)
  const samples = []
  for (let round = 0; round <= rounds; round += 1) {
    for (const text of texts) {
      const matcher = compile(constraint, vocab).matcher()
      for (const token of vocab.tokenize(text)) {
        if (!matcher.accept(token)) throw new Error(`The benchmark's own text ${text} is no member.`)
        const raw = rawMatcher(matcher)
        const start = now()
        raw.mask(words)
        // The first round makes the lazy tables.
        if (round > 0) samples.push(now() - start)
      }
      matcher.dispose()
    }
  }
  return samples
}

/**
 * Times masks that were never asked for, with the lazy tables in place: each sample is a constraint of its own whose
 * tables a matcher with a suffix has filled (kept masks are not shared across suffixes).
 */
function timedFirstMasks(vocab, makeConstraint, text, count) {
  const words = new Uint32Array((vocab.size + 31) >> 5)
  const tokens = vocab.tokenize(text)
  const at = (matcher) => {
    for (const token of tokens) {
      if (!matcher.accept(token)) throw new Error(`The benchmark's own text ${text} is no member.`)
    }
    return rawMatcher(matcher)
  }
  return Array.from({ length: count }, (_, index) => {
    const compiled = compile(makeConstraint(index), vocab)
    at(compiled.matcher('', '\u0001')).mask(words)
    const raw = at(compiled.matcher())
    const start = now()
    raw.mask(words)
    return now() - start
  })
}

const stringInside = String.raw`(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`
/** The inside of a JSON string; `index` makes constraints that no earlier one is equal to. */
const jsonString = (index = 0) => regex(`"${stringInside}|#${index}`)
const proseInside = [
  '"The parcel had not arrived by Tuesday, so I called twice; they said it was on its way and would be there soon',
  '"Please find below the invoice, the receipt, and a note from our driver Müller (Köln) about the damaged box',
]

/** One letter less than every precomputed set of tokens has, so none applies and the whole trie is walked. */
const withoutQ = (index) => regex(new RegExp(`[^q]*|#${index}q`, 'u'))

function measure(vocab) {
  const integers = Array.from({ length: 60 }, (_, index) => String((index * 7919) % 100000))
  const literals = [
    '"geo_distance.calculate": {"start_location": ',
    'The answer is as follows, in one sentence: ',
  ]
  const matcher = compile(jsonString(), vocab).matcher()
  const tokens = vocab.tokenize(proseInside[0])
  for (const token of tokens) matcher.accept(token)
  const raw = rawMatcher(matcher)
  const last = [...tokens.subarray(tokens.length - 4)]
  let bound = 1000
  const compiles = Array.from({ length: 200 }, () => {
    const start = now()
    compile(regex(`[a-z]{0,${bound++}}`), vocab)
    return now() - start
  })
  return {
    stringMask: summary(timedMasks(vocab, jsonString(), proseInside, 20)),
    stringMaskFirst: summary(timedFirstMasks(vocab, jsonString, proseInside[0], 200)),
    integerMask: summary(timedMasks(vocab, integer({ min: 0, max: 99999 }), integers, 10)),
    literalMask: summary(timedMasks(vocab, choice(literals), literals, 20)),
    fullWalk: summary(timedFirstMasks(vocab, withoutQ, proseInside[1].slice(0, 40), 100)),
    verify: summary(timed(2000, 100, (index) => raw.allows(tokens[index % tokens.length]))),
    // Most of it is the object that JavaScript gets; the fork itself shares everything.
    fork: summary(timed(2000, 100, () => raw.fork())),
    rollback: summary(rollbacks(raw, last)),
    compileBounded: summary(compiles),
  }
}

/** Times rollback(4) alone; the tokens are accepted again between the samples. */
function rollbacks(raw, last) {
  const forks = 100
  return Array.from({ length: 500 }, () => {
    const many = Array.from({ length: forks }, () => raw.fork())
    const start = now()
    for (const one of many) one.rollback(4)
    const each = (now() - start) / forks
    for (const one of many) one.dispose()
    if (last.length !== 4) throw new Error('Four tokens are rolled back.')
    return each
  })
}

function trieMs(vocab) {
  const tokens = Array.from({ length: vocab.size }, (_, token) => vocab.tokenBytes(token))
  const special = Array.from({ length: vocab.size }, (_, token) => token).filter((token) =>
    vocab.isSpecial(token),
  )
  const nothing = new Uint8Array(0)
  const empty = tokens.map(() => nothing)
  const build = (list) => {
    const start = now()
    createVocab({ tokens: list, special })
    return (now() - start) / 1000
  }
  // The same number of tokens without bytes: what crossing from JavaScript costs without a trie.
  const least = (list) => Math.min(...Array.from({ length: 7 }, () => build(list)))
  return Number((least(tokens) - least(empty)).toFixed(1))
}

function readTexts(file) {
  if (file === undefined) return ownTexts
  const texts = []
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const entry = JSON.parse(line)
    for (const { text, valid } of entry.tests ?? [{ text: entry.text, valid: true }]) {
      if (valid === false || typeof text !== 'string' || text.length > 4000) continue
      texts.push(text)
      texts.push(JSON.stringify(JSON.parse(text)))
    }
  }
  return [...new Set(texts)]
}

const lengths = [3, 17, 60]

/** Runs of known bytes from every canonical position: tokens that the whole text's tokenisation does not have there. */
function countForced(vocab, texts) {
  let runs = 0
  let tokens = 0
  let wrong = 0
  for (const text of texts) {
    const bytes = Buffer.from(text)
    const whole = vocab.tokenize(text)
    let offset = 0
    for (let at = 0; at < whole.length; at += 1) {
      const length = lengths[at % lengths.length]
      const { added } = forcedTokens(vocab, whole.subarray(0, at), bytes.subarray(offset, offset + length))
      runs += 1
      tokens += added.length
      wrong += added.filter((token, index) => token !== whole[at + index]).length
      offset += vocab.tokenBytes(whole[at]).length
    }
  }
  return { runs, tokens, wrong }
}

const values = [
  'billing',
  'yes',
  'Ünder',
  '日本',
  '42',
  'x',
  'two words',
  '-7',
  'internationalisation',
  '2024-01-05',
]
const joints = [
  ['Key: ', '\n'],
  ['Customer: ', '\nOrder: '],
  ['{"k": ', ', "b": 1}'],
  ['{"k": ', '}'],
  ['{"k": "', '"}'],
  ['say "', '"\n'],
  ['see http:', '\n'],
  ['<a href="http:', '">'],
]

/** Holes filled with the canonical tokens, and known values, between literals: texts whose tokens are not canonical. */
function countJoints(vocab) {
  let tried = 0
  let wrong = 0
  for (const [before, after] of joints) {
    for (const value of values) {
      const whole = vocab.tokenize(before + value + after)
      for (const tokens of [filled(vocab, before, value, after), known(vocab, [before, value, after])]) {
        tried += 1
        if (tokens.join() !== whole.join()) wrong += 1
      }
    }
  }
  return { tried, wrong }
}

const edited = (tokens, { keep, added }) => Int32Array.from([...tokens.subarray(0, keep), ...added])

function known(vocab, parts) {
  let tokens = new Int32Array(0)
  for (const part of parts) tokens = edited(tokens, appendLiteral(vocab, tokens, Buffer.from(part)))
  return tokens
}

function filled(vocab, before, value, after) {
  const whole = vocab.tokenize(before + value + after)
  const start = vocab.tokenize(before)
  const opening = openHole(vocab, start)
  const matcher = compile(until(literalStop(after)), vocab).matcher(opening.prefix, after)
  let tokens = start.slice(0, opening.keep)
  while (!matcher.isEnded() && matcher.accept(whole[tokens.length]))
    tokens = whole.slice(0, tokens.length + 1)
  return edited(tokens, appendLiteral(vocab, tokens, Buffer.from(after).subarray(matcher.suffixLength())))
}

const vocabPath = flags.vocab ?? path.join(prepareLlamaHeaders(), 'models', 'ggml-vocab-llama-bpe.gguf')
const vocab = await loadVocab(vocabPath)
const forced = countForced(vocab, readTexts(positionals[0]))
const joined = countJoints(vocab)
const quoting = quotingTimes(vocab, now)
const report = {
  trieMs: trieMs(vocab),
  micros: {
    ...measure(vocab),
    quoteCompile: summary(quoting.compile),
    quoteFirstMask: summary(quoting.first),
    quoteMask: summary(quoting.masks),
  },
  nonCanonical: { forced: forced.wrong, joints: joined.wrong },
  tried: { forcedRuns: forced.runs, forcedTokens: forced.tokens, joints: joined.tried },
}
if (flags.json) console.log(JSON.stringify(report))
else {
  console.log(`trie ${report.trieMs} ms`)
  for (const [name, { p50, p99, max }] of Object.entries(report.micros)) {
    console.log(`${name.padEnd(16)} p50 ${p50} us   p99 ${p99} us   max ${max} us`)
  }
  console.log(
    `not canonical: ${forced.wrong} of ${forced.tokens} forced tokens, ${joined.wrong} of ${joined.tried} joints`,
  )
}
await vocab.dispose()
