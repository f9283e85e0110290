// The floor: the same plans by step plans written by hand, with as few llama_decode calls and rows as they take. One
// unified cache, forks by copies of sequences, forced text never drawn, logits kept instead of computed again, side by
// side in one call. Decides everything a cache, a planner and a session decide elsewhere; checks nothing.
import { choice, compile, gbnf, integer, jsonSchema, regex } from '../../dist/constraint/constraint.js'
import { llamaVersion, openModel } from '../../dist/native/native.js'
import { addScores, callsFor, chunkOf, targetsOf } from './raw-rows.mjs'
import { flattened } from './workloads.mjs'

const encoder = new TextEncoder()
const printable = regex(/[ -~]+/)
const sequences = 200

const plain = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 0,
  drawIndex: 0,
  repeatPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  penaltyWindow: new Int32Array(0),
  penaltyLastN: 0,
  bias: new Map(),
  logprobs: 0,
}

function constraintOf(hole) {
  if (hole.free !== undefined) return printable
  if (hole.select) return choice(hole.select)
  if (hole.integer) return integer(hole.integer)
  if (hole.regex) return regex(hole.regex)
  if (hole.schema) return jsonSchema(hole.schema)
  return gbnf(hole.grammar)
}

function common(left, right) {
  let length = 0
  while (length < left.length && length < right.length && left[length] === right[length]) length += 1
  return length
}

/** Where a text stands: its tokens, how many of them its sequence's cells hold, and which turns are to come. */
const laneOf = (sequence, turns, { tokens = [], held = 0, group = null } = {}) => {
  const own = { sequence, turns, tokens: [...tokens], held, group }
  return { ...own, part: 0, hole: null, overrun: 0, values: [], below: null }
}

class Raw {
  constructor(model, context) {
    this.context = context
    this.vocab = model.vocab
    this.unending = { ...plain, bias: new Map() }
    for (let token = 0; token < this.vocab.size; token += 1) {
      if (this.vocab.isEog(token)) this.unending.bias.set(token, Number.NEGATIVE_INFINITY)
    }
    /** Tokens whose cells sequence 0 holds from one round to the next. */
    this.kept = []
    /** Cell operations for the next step. */
    this.ops = []
  }

  tokensOf(text, place = 'within') {
    const tokens = Array.from(this.vocab.tokenize(encoder.encode(text)))
    return place === 'first' && this.vocab.addsBos ? [this.vocab.bos, ...tokens] : tokens
  }

  async step(chunks, generations = []) {
    const decodesMax = generations.length > 0 ? 1 << 20 : 1
    const result = await this.context.step({ ops: this.ops.splice(0), chunks, generations, decodesMax })
    if (result.status !== 'ok') throw new Error(`A step came back ${result.status}: ${result.message}`)
    this.counts.calls += result.decodeCalls
    this.counts.rows += result.rowsDecoded
    this.counts.decodeMs += result.decodeMicros / 1000
    this.counts.stepMs += result.stepMicros / 1000
    this.counts.steps += 1
    return result
  }

  async run({ rounds }) {
    this.counts = { draws: 0, calls: 0, rows: 0, rowsAgain: 0, decodeMs: 0, stepMs: 0, steps: 0 }
    const values = []
    for (const { lanes, scores } of rounds) {
      values.push(...(scores === undefined ? await this.lanes(lanes) : await this.scores(scores)))
    }
    return { values, ...this.counts }
  }

  /** One round. Its first lane goes on from what sequence 0 has in common with it. */
  async lanes(turns) {
    const roots = turns.map((lane, index) => laneOf(index, lane))
    const [first] = roots
    this.free = Array.from({ length: sequences - roots.length }, (_, index) => sequences - 1 - index)
    for (const lane of roots) {
      this.advance(lane)
      if (turns.length > 1) lane.group = first
    }
    first.held = turns.length > 1 ? 0 : Math.min(common(this.kept, first.tokens), first.tokens.length - 1)
    this.ops.push({ kind: 'truncate', sequence: 0, from: first.held })
    for (let live = roots.flatMap((lane) => this.leaves(lane)); live.length > 0; ) {
      await this.fill(live)
      for (const lane of live) this.advance(lane)
      live = live.flatMap((lane) => this.leaves(lane))
    }
    this.kept = first.tokens.slice(0, first.held)
    for (let sequence = 1; sequence < sequences; sequence += 1) {
      if (this.context.positions(sequence) !== null) this.ops.push({ kind: 'truncate', sequence, from: 0 })
    }
    const values = (lane) => [...lane.values, ...(lane.below ?? []).flatMap(values)]
    return roots.flatMap(values)
  }

  /** Lanes that have a hole to fill: the lane, or those that fork from its end. */
  leaves(lane) {
    if (lane.hole !== null) return [lane]
    const branches = lane.turns[0].branches ?? []
    if (branches.length === 0) return []
    lane.below = branches.map((branch, index) => {
      const { tokens, held } = lane
      const fork = laneOf(index === 0 ? lane.sequence : this.free.pop(), [branch], {
        tokens,
        held,
        group: lane,
      })
      if (index > 0 && held > 0)
        this.ops.push({ kind: 'copy', from: lane.sequence, to: fork.sequence, until: held })
      this.advance(fork)
      return fork
    })
    return lane.below
  }

  /** Writes texts up to the next hole. */
  advance(lane) {
    for (;;) {
      const { parts } = lane.turns[0]
      const part = parts[lane.part]
      if (part === undefined) {
        if (lane.turns.length === 1) return
        lane.turns = lane.turns.slice(1)
        lane.part = 0
        continue
      }
      lane.part += 1
      if (typeof part !== 'string') return this.begin(lane, part, parts[lane.part])
      const left = Buffer.from(encoder.encode(part).subarray(lane.overrun)).toString()
      lane.tokens.push(...this.tokensOf(left, lane.tokens.length === 0 ? 'first' : 'within'))
      lane.overrun = 0
    }
  }

  begin(lane, hole, next) {
    const suffix = typeof next === 'string' && hole.free === undefined ? encoder.encode(next) : null
    const matcher = compile(constraintOf(hole), this.vocab).matcher('', suffix)
    Object.assign(lane, { hole, matcher, from: lane.tokens.length, drawn: 0, behind: 0 })
  }

  /** Fills the hole each of the lanes stands at, all of them together. */
  async fill(lanes) {
    const [{ hole }] = lanes
    if (hole.attempts > 1) return this.attempts(lanes[0])
    for (let live = lanes; live.length > 0; ) {
      const result = await this.compute(live, 'draws')
      live = live.filter((lane, index) => this.take(lane, result.generations[index]) === 'goes on')
    }
  }

  /** Computes what the lanes lack, and draws where that is asked for. */
  async compute(lanes, then) {
    const calls = callsFor(lanes, this.context.capabilities.batch)
    for (const call of calls.slice(0, -1)) await this.step(call.map(chunkOf))
    const chunks = calls.at(-1).map(chunkOf)
    for (const lane of lanes) Object.assign(lane, { held: lane.tokens.length, group: null })
    const generation = ({ sequence, matcher, hole, drawn, tokens }) => ({
      chunk: chunks.findIndex(({ sequences: own, output }) => output && own[0] === sequence),
      sequence,
      matcher,
      draw: hole.free === undefined ? plain : this.unending,
      tokensMax: (hole.free ?? 512) - drawn,
      forbidden: [],
      before: Int32Array.from(tokens),
    })
    return this.step(chunks, then === 'draws' ? lanes.map(generation) : [])
  }

  /** Takes what was drawn. */
  take(lane, { tokens, kinds, decoded, stop }) {
    lane.held = lane.tokens.length + decoded
    lane.tokens.push(...tokens)
    lane.drawn += kinds.reduce((sum, kind) => sum + (kind === 0 ? 1 : 0), 0)
    if (stop === 'forced') this.force(lane)
    if (stop === 'paused' || (stop === 'forced' && !lane.matcher.isEnded())) return 'goes on'
    if (!['ended', 'limit', 'eog', 'forced'].includes(stop)) throw new Error(`A hole ended with ${stop}.`)
    lane.overrun = lane.matcher.suffixLength()
    this.counts.draws += lane.drawn - this.drawnBehind(lane, tokens, kinds)
    const bytes = lane.tokens.slice(lane.from).flatMap((token) => [...this.vocab.tokenBytes(token)])
    const text = Buffer.from(bytes).subarray(0, lane.matcher.valueLength()).toString()
    lane.values.push(...flattened(lane.hole, text))
    lane.matcher.dispose()
    lane.hole = null
    return 'filled'
  }

  /** Bytes without alternative which the addon left to us, since it does not know how they are spelled. */
  force(lane) {
    for (const token of this.vocab.tokenize(lane.matcher.forced())) {
      if (!lane.matcher.accept(token)) return
      lane.tokens.push(token)
    }
  }

  /** Drawn tokens that are none of the value's, but of the text behind it. */
  drawnBehind({ overrun }, tokens, kinds) {
    let left = overrun
    let count = 0
    for (let at = tokens.length - 1; at >= 0; at -= 1) {
      left -= this.vocab.tokenBytes(tokens[at]).length
      if (left < 0) break
      count += kinds[at] === 0 ? 1 : 0
    }
    return count
  }

  /** One prompt, several values: the logits behind it are kept, so that each attempt begins with a row of its own. */
  async attempts(lane) {
    const { hole, sequence } = lane
    const prompt = lane.tokens
    await this.compute([lane], 'keeps')
    const best = this.best(this.context.logits(0), lane.matcher, hole.attempts)
    for (const [attempt, token] of best.entries()) {
      if (attempt > 0) this.ops.push({ kind: 'truncate', sequence, from: prompt.length })
      const matcher = compile(printable, this.vocab).matcher()
      matcher.accept(token)
      Object.assign(lane, { tokens: [...prompt, token], held: prompt.length, hole, matcher, drawn: 1 })
      const result = await this.compute([lane], 'draws')
      this.take(lane, result.generations[0])
    }
    lane.values.splice(0, hole.attempts - 1)
  }

  /** The most probable tokens that may begin a value. */
  best(logits, matcher, count) {
    const mask = matcher.mask()
    const found = []
    for (let token = 0; token < logits.length; token += 1) {
      const isAllowed = ((mask[token >> 5] >>> (token & 31)) & 1) === 1 && !this.vocab.isEog(token)
      if (!isAllowed || (found.length === count && logits[token] <= logits[found[count - 1]])) continue
      if (found.length === count) found.pop()
      found.push(token)
      found.sort((a, b) => logits[b] - logits[a])
    }
    return found
  }

  /** Every option behind every question, as many rows in one call as it takes. The row before a token tells of it. */
  async scores({ prefix, questions, options, end }) {
    const begin = this.tokensOf(prefix, 'first')
    const [endToken] = this.tokensOf(end)
    const texts = options.map((option) => this.tokensOf(option))
    this.ops.push({ kind: 'truncate', sequence: 0, from: 0 })
    this.kept = []
    const lanes = questions.flatMap((question) => {
      const asked = [...begin, ...this.tokensOf(question)]
      return texts.map((text) => ({
        tokens: [...asked, ...text],
        from: asked.length,
        held: 0,
        group: this,
        sum: 0,
      }))
    })
    for (const [index, lane] of lanes.entries()) lane.sequence = 1 + index
    for (const call of callsFor(lanes, this.context.capabilities.batch)) {
      const wanted = (piece) => targetsOf(piece, endToken)
      const chunks = call.map((piece) => ({ ...chunkOf(piece), output: false, targets: wanted(piece) }))
      const { targets } = await this.step(chunks)
      for (const [index, piece] of call.entries())
        addScores(piece, chunks[index].targets, targets[index], endToken)
    }
    const width = options.length
    return questions.map((_, index) => {
      const sums = lanes.slice(index * width, (index + 1) * width).map(({ sum }) => sum)
      return options[sums.indexOf(Math.max(...sums))]
    })
  }
}

export async function open({ file, threads, batch, cells }) {
  const model = await openModel(file, { gpu: false })
  const context = await model.createContext({ cells, sequences, threads, batch })
  const raw = new Raw(model, context)
  return { release: llamaVersion(), run: (plan) => raw.run(plan), close: () => model.dispose() }
}
