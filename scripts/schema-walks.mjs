// @ts-check
// Random walks through the masks of real schemas, without a model: tokens are drawn among the allowed ones, and what
// comes out is judged by two validators. Decides how a walk draws and when it hurries to an end; finds invalid texts,
// places with no way on, errors while drawing, and the slowest masks.
//
//   node scripts/schema-walks.mjs SAMPLE.jsonl [--vocabulary FILE.gguf] [--seeds 2] [--tokens 300] [--only ID,ID]
//
// The sample has one JSON object a line, with `id` and `schema` (text). Needs a build. Each schema is walked with the
// default options and with flexible white space and any order. Times are of a call, with all it does in JavaScript: on
// the wall, and of the process's CPUs, since a busy machine makes any call slow. Masks that cost most are timed again
// in a fresh vocabulary. The exit code is 1 where a text was invalid, a walk had no way on, or something was thrown.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile, jsonSchema, loadVocab } from '../dist/constraint/constraint.js'
import { prepareLlamaHeaders } from './llama-headers.mjs'
import { judgesOf } from './schema-validators.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    vocabulary: { type: 'string' },
    seeds: { type: 'string', default: '2' },
    tokens: { type: 'string', default: '300' },
    only: { type: 'string' },
  },
})
const samplePath = positionals[0]
if (samplePath === undefined) {
  console.error(
    'node scripts/schema-walks.mjs SAMPLE.jsonl [--vocabulary FILE] [--seeds N] [--tokens N] [--only ID]',
  )
  process.exit(2)
}
const wanted = options.only?.split(',')
const cases = readFileSync(samplePath, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .filter(({ id }) => wanted?.includes(id) ?? true)
const vocabularyPath =
  options.vocabulary ?? join(prepareLlamaHeaders(), 'models', 'ggml-vocab-llama-bpe.gguf')
const tokensMax = Number(options.tokens)
const ways = /** @type {const} */ ([{}, { whitespace: 'flexible', order: 'any' }])

let vocab = await loadVocab(vocabularyPath)
const { bytes, starts, eog: isEog } = vocab.table()
const words = new Uint32Array(Math.ceil(vocab.size / 32))
const texts = Array.from({ length: vocab.size }, (_, token) =>
  Buffer.from(bytes.subarray(starts[token], starts[token + 1])).toString('latin1'),
)
/** Tokens that bring a text nearer to its end, by where it is; and such as people write. */
const endingString = tokensOf(/^"[\]},]*$/)
const endingValue = tokensOf(/^[\]}]+$/)
const going = tokensOf(/^[:,"]+$/)
const plain = tokensOf(/^["\]}[{:,0-9a-z.-]{1,4}$/)
const [letter = 0, brace = 0, quote = 0] = [/^a$/, /^\}$/, /^"$/].map((one) => tokensOf(one)[0])

/** @param {RegExp} pattern */
function tokensOf(pattern) {
  return texts.flatMap((text, token) => (pattern.test(text) ? [token] : []))
}

/** @param {number} token */
const isAllowed = (token) => ((words[token >> 5] ?? 0) >>> (token & 31)) & 1

/** Numbers in [0, 1) that a seed gives. @param {number} seed */
function chanceOf(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @param {string} text */
const seedOf = (text) => [...text].reduce((hash, char) => (Math.imul(hash, 31) + char.charCodeAt(0)) | 0, 7)

/** Any allowed token; -1: there is none. @param {() => number} chance */
function drawn(chance) {
  let count = 0
  for (const word of words) if (word !== 0) count += bitsIn(word)
  let left = Math.floor(chance() * count)
  for (let at = 0; at < words.length; at++) {
    const inside = bitsIn(words[at] ?? 0)
    if (left >= inside) left -= inside
    else for (let token = at * 32; ; token++) if (isAllowed(token) && left-- === 0) return token
  }
  return -1
}

/** @param {number} word */
function bitsIn(word) {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** An allowed token of a list; -1: there is none. @param {readonly number[]} list @param {() => number} chance */
function drawnFrom(list, chance) {
  const allowed = list.filter(isAllowed)
  return allowed[Math.floor(chance() * allowed.length)] ?? -1
}

/**
 * What draws a walk's tokens under `words`: early on anything, later what ends the text, and keys it has to have first.
 * @param {() => number} chance @param {readonly string[]} keys
 */
function drawer(chance, keys) {
  /** @type {number[]} */
  let begun = []
  return (/** @type {number} */ step) => {
    const isInString = isAllowed(letter) && isAllowed(brace)
    const isHurried = chance() < (step / tokensMax) * 2
    const needsKey = isHurried && isAllowed(quote) && !isAllowed(brace)
    if (needsKey && begun.length === 0 && keys.length > 0) {
      begun = [...vocab.tokenize(`"${keys[Math.floor(chance() * keys.length)]}":`)].reverse()
    }
    const next = begun.pop()
    if (next !== undefined && isAllowed(next)) return next
    begun = []
    const ending = isInString ? [endingString] : [endingValue, going]
    const lists = isHurried ? [...ending, plain] : chance() < 0.5 ? [plain] : []
    for (const list of lists) {
      const token = drawnFrom(list, chance)
      if (token >= 0) return token
    }
    return drawn(chance)
  }
}

/** Keys that some object has to have. @param {unknown} schema @returns {string[]} */
function requiredIn(schema) {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'required' && Array.isArray(value)
      ? value.filter((name) => typeof name === 'string')
      : requiredIn(value),
  )
}

/** @typedef {import('./schema-validators.mjs').Judge} Judge */
/** @typedef {{ mask(words: Uint32Array): unknown, accept(token: number): boolean, canEnd(): boolean }} Matcher */
/** @typedef {{ ms: number, id: string, way: object, tokens: readonly number[] }} Slow */

const counts = { schemas: cases.length, refused: 0, walks: 0, valid: 0, late: 0, unfinished: 0, unjudged: 0 }
const faults = { invalid: 0, 'dead ends': 0, thrown: 0 }
/** @type {number[]} */
const maskMs = []
/** @type {number[]} */
const maskCpuMs = []
/** @type {number[]} */
const acceptMs = []
/** @type {Slow[]} */
let slowest = []

/**
 * The tokens of one walk, and where they are no text why not.
 * @param {Matcher} matcher @param {{ id: string, way: object }} what @param {(step: number) => number} draw
 * @param {() => number} chance
 */
function walked(matcher, what, draw, chance) {
  /** @type {number[]} */
  const tokens = []
  while (tokens.length < tokensMax) {
    const before = process.cpuUsage()
    const begun = performance.now()
    matcher.mask(words)
    maskMs.push(performance.now() - begun)
    const ms = cpuMsSince(before)
    maskCpuMs.push(ms)
    remember({ ...what, ms, tokens })
    if (matcher.canEnd() && chance() < 0.3) return { tokens }
    const token = draw(tokens.length)
    if (token < 0) return { tokens, kind: 'dead ends' }
    if (isEog[token] === 1) return { tokens }
    const asked = performance.now()
    const isTaken = matcher.accept(token)
    acceptMs.push(performance.now() - asked)
    if (!isTaken) throw new Error(`The mask has token ${token} and accept() refuses it.`)
    tokens.push(token)
  }
  return matcher.canEnd() ? { tokens } : { tokens, kind: 'unfinished' }
}

/** @param {NodeJS.CpuUsage} before */
function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** @param {Slow} mask */
function remember({ ms, id, way, tokens }) {
  if (slowest.length === 10 && ms <= (slowest.at(-1)?.ms ?? 0)) return
  slowest = [...slowest, { ms, id, way, tokens: [...tokens] }].sort((a, b) => b.ms - a.ms).slice(0, 10)
}

/** @param {readonly number[]} tokens */
const textOf = (tokens) =>
  Buffer.from(tokens.map((token) => texts[token] ?? '').join(''), 'latin1').toString()

/** @param {keyof typeof faults} kind @param {string} place @param {string} told */
function fault(kind, place, told) {
  faults[kind]++
  console.log(`${kind}  ${place}: ${told}`)
}

/** @param {string} place a walk whose text a validator could not read the schema for */
function unjudged(place) {
  counts.unjudged++
  console.log(`unjudged  ${place}`)
}

/** @param {{ id: string, schema: string }} one @param {typeof ways[number]} way @param {readonly Judge[]} judges */
function walkSchema({ id, schema }, way, judges) {
  const constraint = jsonSchema(schema, way)
  let compiled
  try {
    compiled = compile(constraint, vocab)
  } catch (error) {
    const { name, code } = /** @type {any} */ (error)
    if (name === 'ConstraintError' && code !== 'CONSTRAINT_INVALID') counts.refused++
    else fault('thrown', id, String(error))
    return
  }
  const keys = requiredIn(JSON.parse(schema))
  for (let seed = 1; seed <= Number(options.seeds); seed++) {
    const place = `${id} ${JSON.stringify(way)} seed ${seed}`
    const chance = chanceOf(seedOf(place))
    counts.walks++
    try {
      const { tokens, kind } = walked(compiled.matcher(), { id, way }, drawer(chance, keys), chance)
      if (kind === 'dead ends') fault(kind, place, JSON.stringify(textOf(tokens)))
      else if (kind === 'unfinished') counts.unfinished++
      else judgeText(constraint, textOf(tokens), judges, place)
    } catch (error) {
      fault('thrown', place, String(error))
    }
  }
}

/**
 * @param {{ parse(text: string): unknown }} constraint @param {string} text @param {readonly Judge[]} judges
 * @param {string} place
 */
function judgeText(constraint, text, judges, place) {
  const value = JSON.parse(text)
  try {
    constraint.parse(text)
  } catch {
    counts.late++
    return
  }
  const verdicts = judges.map(({ isValid }) => isValid(value))
  const against = judges.filter((_, index) => verdicts[index] === false).map(({ name }) => name)
  if (against.length > 0) fault('invalid', place, `${against.join(' and ')} refuse ${JSON.stringify(value)}`)
  else if (verdicts.includes(null)) unjudged(place)
  else counts.valid++
}

/** CPU milliseconds of the same mask in a vocabulary that has compiled nothing else. @param {Slow} mask */
async function again({ id, way, tokens }) {
  const fresh = await loadVocab(vocabularyPath)
  const { schema } = cases.find((each) => each.id === id)
  const matcher = compile(jsonSchema(schema, way), fresh).matcher()
  let ms = 0
  for (const token of [...tokens, -1]) {
    const before = process.cpuUsage()
    matcher.mask(words)
    ms = cpuMsSince(before)
    if (token >= 0) matcher.accept(token)
  }
  await fresh.dispose()
  return ms
}

/** @param {number[]} times */
function shares(times) {
  times.sort((a, b) => a - b)
  const at = (/** @type {number} */ share) => (times[Math.ceil(times.length * share) - 1] ?? 0).toFixed(4)
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)} ms of ${times.length}`
}

for (const [index, one] of cases.entries()) {
  const judges = judgesOf(one.schema)
  for (const way of ways) walkSchema(one, way, judges)
  if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${cases.length}`)
  // What is compiled is kept with its vocabulary.
  if (index % 100 === 99) {
    await vocab.dispose()
    vocab = await loadVocab(vocabularyPath)
  }
}
await vocab.dispose()
console.log(JSON.stringify({ ...counts, ...faults }))
console.log(`masks   ${shares(maskMs)}`)
console.log(`  CPU   ${shares(maskCpuMs)}`)
console.log(`accept  ${shares(acceptMs)}`)
console.log('The masks that cost most CPU, and how much they did again:')
for (const mask of slowest) {
  const before = JSON.stringify(textOf(mask.tokens).slice(-80))
  const told = `${mask.id} ${JSON.stringify(mask.way)} after ${mask.tokens.length} tokens: ${before}`
  console.log(`${mask.ms.toFixed(2)} ms, then ${(await again(mask)).toFixed(2)} ms: ${told}`)
}
process.exitCode = Object.values(faults).some((count) => count > 0) ? 1 : 0
