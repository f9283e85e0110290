// The floor: the same plans by step plans written by hand, with as few llama_decode calls and rows as they take. One
// unified cache, forks by copies of sequences, forced text never drawn, logits kept instead of computed again, side by
// side in one call. Decides everything a cache, a planner and a session decide elsewhere; checks nothing.
import { choice, compile, gbnf, integer, jsonSchema, regex } from '../../dist/constraint/constraint.js'
import { llamaVersion, openModel } from '../../dist/native/native.js'
import { flattened } from './workloads.mjs'

const encoder = new TextEncoder()
const printable = regex(/[ -~]+/)
const sequences = 200
/** The addon reads so many tokens back where it spells what is forced. */
const windowLength = 64

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

const common = (left, right) => {
  let length = 0
  while (length < left.length && length < right.length && left[length] === right[length]) length += 1
  return length
}

/** Where a text stands: its tokens, how many of them the sequence's cells hold, and which turns are to come. */
class Lane {
  constructor(sequence, turns) {
    Object.assign(this, { sequence, turns, tokens: [], held: 0, part: 0, hole: null, overrun: 0, values: [] })
    /** Lanes that go on from its end. */
    this.below = []
  }

  get pending() {
    return this.tokens.length - this.held
  }
}

/** Those that fork from one end together, each of the others alone. */
function groupsOf(lanes) {
  const groups = new Map()
  for (const lane of lanes) groups.set(lane.group ?? lane, [...(groups.get(lane.group ?? lane) ?? []), lane])
  return [...groups.values()]
}

class Raw {
  constructor(model, context) {
    Object.assign(this, { model, context, vocab: model.vocab })
    this.unending = { ...plain, bias: new Map() }
    for (let token = 0; token < this.vocab.size; token += 1) {
      if (this.vocab.isEog(token)) this.unending.bias.set(token, Number.NEGATIVE_INFINITY)
    }
    /** Tokens whose cells sequence 0 holds from one round to the next. */
    this.kept = []
  }

  tokensOf(text, begins) {
    const tokens = Array.from(this.vocab.tokenize(encoder.encode(text)))
    return begins && this.vocab.addsBos ? [this.vocab.bos, ...tokens] : tokens
  }

  async step(ops, chunks, generations = []) {
    const made = chunks.map(({ tokens, ...rest }) => ({ ...rest, tokens: Int32Array.from(tokens) }))
    const decodesMax = generations.length > 0 ? 1 << 20 : 1
    const result = await this.context.step({ ops, chunks: made, generations, decodesMax })
    if (result.status !== 'ok') throw new Error(`A step came back ${result.status}: ${result.message}`)
    this.counts.calls += result.decodeCalls
    this.counts.rows += result.rowsDecoded
    this.counts.decodeMs += result.decodeMicros / 1000
    this.counts.stepMs += result.stepMicros / 1000
    this.counts.steps += 1
    return result
  }

  async run({ rounds }) {
    this.counts = {
      draws: 0,
      calls: 0,
      rows: 0,
      rowsAgain: 0,
      decodeMs: 0,
      stepMs: 0,
      steps: 0,
      parkedBytes: 0,
    }
    const values = []
    for (const { lanes, scores } of rounds) {
      values.push(...(scores === undefined ? await this.lanes(lanes) : await this.scores(scores)))
    }
    return { values, ...this.counts }
  }

  /** One round. Its first lane goes on from what sequence 0 has in common with it. */
  async lanes(turns) {
    const roots = turns.map((lane, index) => new Lane(index, lane))
    this.ops = roots.slice(1).map(({ sequence }) => ({ kind: 'truncate', sequence, from: 0 }))
    this.free = Array.from({ length: sequences - roots.length }, (_, index) => sequences - 1 - index)
    for (const lane of roots) this.advance(lane)
    const [first] = roots
    first.held = Math.min(common(this.kept, first.tokens), first.tokens.length - 1)
    this.ops.push({ kind: 'truncate', sequence: 0, from: first.held })
    if (first.held === 0) for (const lane of roots) lane.group = first
    let live = roots
    for (;;) {
      live = live.flatMap((lane) => this.leaves(lane))
      if (live.length === 0) break
      await this.fill(live)
      for (const lane of live) this.advance(lane)
    }
    this.kept = first.tokens.slice(0, first.held)
    const all = await this.drop(roots)
    return all
  }

  /** The values of all lanes, each before those that went on from it. Frees the sequences of forks. */
  async drop(roots) {
    const values = (lane) => [...lane.values, ...lane.below.flatMap(values)]
    const ops = []
    for (let sequence = 1; sequence < sequences; sequence += 1) {
      if (this.context.positions(sequence) !== null) ops.push({ kind: 'truncate', sequence, from: 0 })
    }
    if (ops.length > 0) await this.step(ops, [])
    return roots.flatMap(values)
  }

  /** Lanes that have a hole to fill: the lane, or those that fork from its end. */
  leaves(lane) {
    if (lane.hole !== null) return [lane]
    const [turn] = lane.turns
    const branches = lane.isForked ? [] : (turn?.branches ?? [])
    if (branches.length === 0) return []
    lane.isForked = true
    for (const [index, branch] of branches.entries()) {
      const fork = new Lane(index === 0 ? lane.sequence : this.free.pop(), [branch])
      fork.tokens = [...lane.tokens]
      fork.held = lane.held
      fork.group = lane
      if (index > 0 && lane.held > 0)
        this.ops.push({ kind: 'copy', from: lane.sequence, to: fork.sequence, until: lane.held })
      this.advance(fork)
      lane.below.push(fork)
    }
    return lane.below
  }

  /** Writes texts up to the next hole. */
  advance(lane) {
    for (;;) {
      const [turn] = lane.turns
      const part = turn?.parts[lane.part]
      if (part === undefined) {
        if (lane.turns.length < 2) return
        lane.turns = lane.turns.slice(1)
        lane.part = 0
      } else {
        lane.part += 1
        if (typeof part === 'string') {
          const left = Buffer.from(encoder.encode(part)).subarray(lane.overrun).toString()
          lane.tokens.push(...this.tokensOf(left, lane.tokens.length === 0))
          lane.overrun = 0
        } else {
          const next = turn.parts[lane.part]
          lane.hole = part
          lane.suffix = typeof next === 'string' && part.free === undefined ? encoder.encode(next) : null
          lane.matcher = compile(constraintOf(part), this.vocab).matcher('', lane.suffix)
          lane.from = lane.tokens.length
          lane.drawn = 0
          return
        }
      }
    }
  }

  /** Fills the hole each of the lanes stands at, all of them together. */
  async fill(lanes) {
    const [{ hole }] = lanes
    if (hole.attempts > 1) return this.attempts(lanes[0])
    let live = lanes
    while (live.length > 0) {
      const chunks = await this.chunks(live)
      const generations = live.map((lane) => this.generation(lane, chunks))
      const ops = this.ops.splice(0)
      const result = await this.step(ops, chunks, generations)
      live = live.filter((lane, index) => !this.take(lane, result.generations[index]))
    }
  }

  generation({ sequence, matcher, hole, drawn, tokens }, chunks) {
    return {
      chunk: chunks.findLastIndex((chunk) => chunk.sequences.includes(sequence)),
      sequence,
      matcher,
      draw: hole.free === undefined ? plain : this.unending,
      tokensMax: (hole.free ?? 512) - drawn,
      forbidden: [],
      before: Int32Array.from(tokens.slice(-windowLength)),
    }
  }

  /** Takes what was drawn; whether the hole is filled. */
  take(lane, { tokens, kinds, decoded, stop }) {
    lane.held = lane.tokens.length + decoded
    lane.tokens.push(...tokens)
    lane.drawn += kinds.reduce((sum, kind) => sum + (kind === 0 ? 1 : 0), 0)
    if (stop === 'paused') return false
    if (!['ended', 'limit', 'eog'].includes(stop)) throw new Error(`A hole ended with ${stop}.`)
    lane.overrun = lane.matcher.suffixLength()
    this.counts.draws += lane.drawn - this.drawnBehind(lane, tokens, kinds)
    const bytes = lane.tokens.slice(lane.from).flatMap((token) => [...this.vocab.tokenBytes(token)])
    const text = Buffer.from(bytes).subarray(0, lane.matcher.valueLength()).toString()
    lane.values.push(...flattened(lane.hole, text))
    lane.matcher.dispose()
    lane.hole = null
    return true
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

  /** What the lanes' cells lack, as chunks; computes as much of it beforehand as one call can't take. */
  async chunks(lanes) {
    const { batch } = this.context.capabilities
    const groups = groupsOf(lanes)
    const rows = (group) => {
      const shared = this.shared(group)
      return shared + group.reduce((sum, lane) => sum + lane.pending - shared, 0)
    }
    let total = groups.reduce((sum, group) => sum + rows(group), 0)
    while (total > batch) {
      const chunks = []
      let left = batch
      for (const group of groups) {
        const shared = this.shared(group)
        // The last token stays, since what comes after it is asked for in the last call.
        const most = group.length > 1 ? shared : shared - 1
        const take = Math.min(left, most)
        if (take <= 0) continue
        chunks.push(this.chunk(group, take, 'kept'))
        left -= take
      }
      if (left === batch) break
      await this.step(this.ops.splice(0), chunks)
      total -= batch - left
    }
    for (const lane of lanes) lane.group = null
    return groups.flatMap((group) => {
      const shared = group.length > 1 ? this.shared(group) : 0
      const begin = shared > 0 ? [this.chunk(group, shared, 'kept')] : []
      const ends = group
        .filter((lane) => lane.pending > 0)
        .map((lane) => this.chunk([lane], lane.pending, 'asked for'))
      return [...begin, ...ends]
    })
  }

  /** How many of the next tokens are the same in all lanes of a fork; each keeps one of its own. */
  shared(group) {
    const lists = group.map(({ tokens, held }) => tokens.slice(held))
    const same = lists.reduce(
      (length, list) => Math.min(length, common(lists[0], list)),
      Number.POSITIVE_INFINITY,
    )
    return group.length > 1 ? Math.min(same, ...lists.map(({ length }) => length - 1)) : lists[0].length
  }

  chunk(group, count, logits) {
    const [{ tokens, held }] = group
    for (const lane of group) lane.held += count
    const own = group.map(({ sequence }) => sequence)
    return {
      sequences: own,
      position: held,
      tokens: tokens.slice(held, held + count),
      output: logits === 'asked for',
    }
  }

  /** One prompt, several values: the logits behind it are kept, so that each attempt begins with a row of its own. */
  async attempts(lane) {
    const { hole, sequence } = lane
    const length = lane.tokens.length
    const prompt = await this.chunks([lane])
    await this.step(this.ops.splice(0), prompt)
    const best = this.best(this.context.logits(prompt.length - 1), lane.matcher, hole.attempts)
    for (const [attempt, token] of best.entries()) {
      lane.tokens = [...lane.tokens.slice(0, length), token]
      lane.held = length
      lane.matcher = compile(printable, this.vocab).matcher()
      lane.matcher.accept(token)
      lane.drawn = 1
      if (attempt > 0) this.ops.push({ kind: 'truncate', sequence, from: length })
      lane.hole = hole
      const chunks = await this.chunks([lane])
      const result = await this.step(this.ops.splice(0), chunks, [this.generation(lane, chunks)])
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

  /** Every option behind every question, as many of them in one call as it takes. */
  async scores({ prefix, questions, options, end }) {
    const { batch } = this.context.capabilities
    const asked = questions.map((question) => this.tokensOf(question))
    const same = asked.reduce((length, tokens) => Math.min(length, common(asked[0], tokens)), asked[0].length)
    const begin = [...this.tokensOf(prefix, true), ...asked[0].slice(0, same)]
    const [endToken] = this.tokensOf(end)
    const texts = options.map((option) => [...this.tokensOf(option), endToken])
    const all = asked.flatMap((tokens, index) => this.scored(tokens.slice(same), texts, begin.length, index))
    await this.step([{ kind: 'truncate', sequence: 0, from: 0 }], [])
    const ids = [0, ...new Set(all.flatMap(({ sequences: own }) => own))]
    let chunks = [{ sequences: ids, position: 0, tokens: begin, output: false }]
    let rows = begin.length
    const found = []
    for (const chunk of [...all, null]) {
      if (chunk === null || rows + chunk.tokens.length > batch) {
        const { targets } = await this.step([], chunks)
        found.push(...targets.filter((one) => one !== null))
        chunks = []
        rows = 0
      }
      if (chunk !== null) chunks.push(chunk)
      rows += chunk?.tokens.length ?? 0
    }
    this.kept = []
    const each = texts.length + 1
    return questions.map((_, index) => {
      const [question, ...rest] = found.slice(index * each, (index + 1) * each)
      const sums = rest.map(
        (option, at) => question.at(-1)[at] + option.reduce((sum, [value]) => sum + value, 0),
      )
      return options[sums.indexOf(Math.max(...sums))]
    })
  }

  /** A question, and each option behind it: the row before a token tells how probable it is. */
  scored(tokens, texts, position, index) {
    const own = texts.map((_, at) => 1 + index * texts.length + at)
    const targets = tokens.map(() => new Int32Array(0))
    targets[tokens.length - 1] = Int32Array.from(texts, ([first]) => first)
    const options = texts.map((option, at) => ({
      sequences: [own[at]],
      position: position + tokens.length,
      tokens: option.slice(0, -1),
      output: false,
      targets: option.slice(1).map((token) => Int32Array.of(token)),
    }))
    return [{ sequences: own, position, tokens, output: false, targets }, ...options]
  }
}

export async function open({ file, threads, batch, cells }) {
  const model = await openModel(file, { gpu: false })
  const context = await model.createContext({ cells, sequences, threads, batch })
  const raw = new Raw(model, context)
  return { release: llamaVersion(), run: (plan) => raw.run(plan), close: () => model.dispose() }
}
