// node-llama-cpp's side of the comparison, in two manners. 'public': as its documentation shows, a completion a hole,
// every branch on a sequence that reads its whole text. 'best': every trick found, token by token on a live sequence,
// the rest of an option written once it is sure, forks by state files on a RAM disk, questions on several sequences.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  getLlama,
  LlamaCompletion,
  LlamaGrammar,
  LlamaGrammarEvaluationState,
  LlamaJsonSchemaGrammar,
  LlamaLogLevel,
} from 'node-llama-cpp'
import { takeTurn } from './lanes.mjs'
import { cellsEach, ended, widthOf } from './workloads.mjs'

const tokensMax = 512

class Peer {
  constructor(parts) {
    Object.assign(this, parts)
    this.completions = this.sequences.map((contextSequence) => new LlamaCompletion({ contextSequence }))
    this.grammars = new Map()
    this.draws = 0
  }

  /** Parsed once, as a program would keep it with its template. */
  grammarOf(hole) {
    const key = JSON.stringify(hole)
    if (!this.grammars.has(key)) {
      const { llama } = this
      const made = hole.schema
        ? new LlamaJsonSchemaGrammar(llama, hole.schema)
        : new LlamaGrammar(llama, { grammar: hole.grammar ?? ended(hole.gbnf) })
      this.grammars.set(key, made)
    }
    return this.grammars.get(key)
  }

  /** The next tokens of a lane, one by one. The last one told is not evaluated yet. */
  async *drawn({ slot, tokens }, options) {
    const sequence = this.sequences[slot]
    await sequence.adaptStateToTokens(tokens.slice(0, -1), false)
    const pending = tokens.slice(sequence.nextTokenIndex)
    for await (const token of sequence.evaluate(pending, {
      temperature: 0,
      yieldEogToken: true,
      ...options,
    })) {
      this.draws += 1
      yield token
    }
  }

  /** Exactly so many tokens, whatever they are. */
  async free(lane, { free, attempts = 1 }) {
    for (let attempt = attempts; ; attempt -= 1) {
      const tokens = []
      for await (const token of this.drawn(
        lane,
        attempt < attempts ? { temperature: 0.7, seed: attempt } : {},
      )) {
        tokens.push(token)
        if (tokens.length === free) break
      }
      if (attempt === 1) return { tokens, content: this.model.detokenize(tokens) }
    }
  }

  async fill(lane, hole) {
    if (hole.free !== undefined) return this.free(lane, hole)
    return this.manner === 'public' ? this.complete(lane, hole) : this.step(lane, hole)
  }

  async complete(lane, hole) {
    const stops = hole.gbnf === undefined ? [] : ['\n']
    const content = await this.completions[lane.slot].generateCompletion(lane.tokens, {
      grammar: this.grammarOf(hole),
      maxTokens: tokensMax,
      temperature: 0,
      customStopTriggers: stops,
      onToken: (tokens) => {
        this.draws += tokens.length
      },
    })
    return { tokens: this.model.tokenize(content), content }
  }

  async step(lane, hole) {
    const { model } = this
    const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar: this.grammarOf(hole) })
    const tokens = []
    for await (const token of this.drawn(lane, { grammarEvaluationState })) {
      if (model.isEogToken(token)) break
      const content = model.detokenize([...tokens, token])
      if (hole.gbnf !== undefined && content.endsWith('\n')) break
      tokens.push(token)
      // Its grammar goes on with white space behind the value.
      if (hole.schema !== undefined && isWhole(content)) return { tokens, content }
      const left = hole.select?.filter((option) => option.startsWith(content)) ?? []
      if (left.length === 1) return { tokens: [...tokens, ...this.rest(left[0], content)], content: left[0] }
      if (tokens.length === tokensMax) break
    }
    return { tokens, content: model.detokenize(tokens) }
  }

  rest(option, content) {
    return option === content ? [] : this.model.tokenize(option.slice(content.length))
  }

  write(lane, text) {
    const { tokens: model } = this.model
    if (lane.tokens.length === 0 && model.shouldPrependBosToken) lane.tokens.push(model.bos)
    lane.tokens.push(...this.model.tokenize(text))
  }

  turn(lane, turn) {
    return takeTurn(this, lane, turn)
  }

  /** Lanes that go on from the end of this one, the first on its own sequence. */
  async fork(lane, count) {
    const slots = [lane.slot, ...Array.from({ length: count - 1 }, () => this.unused.pop())]
    if (this.manner === 'best') {
      const sequence = this.sequences[lane.slot]
      await sequence.adaptStateToTokens(lane.tokens, false)
      await sequence.evaluateWithoutGeneratingNewTokens(lane.tokens.slice(sequence.nextTokenIndex))
      const file = path.join(this.folder, `sequence${lane.slot}`)
      if (count > 1) await sequence.saveStateToFile(file)
      for (const slot of slots.slice(1))
        await this.sequences[slot].loadStateFromFile(file, { acceptRisk: true })
    }
    return slots.map((slot) => ({ slot, tokens: [...lane.tokens] }))
  }

  async lanes(lanes) {
    const { length } = this.sequences
    this.unused = Array.from({ length: length - lanes.length }, (_, index) => length - 1 - index)
    const run = async (turns, slot) => {
      const lane = { slot, tokens: [] }
      const values = []
      for (const turn of turns) values.push(...(await this.turn(lane, turn)))
      return values
    }
    return (await Promise.all(lanes.map(run))).flat()
  }

  async scores({ prefix, questions, options, end }) {
    const { length } = this.sequences
    this.unused = Array.from({ length: length - 1 }, (_, index) => length - 1 - index)
    const first = { slot: 0, tokens: [] }
    this.write(first, prefix)
    const lanes = this.manner === 'best' ? await this.fork(first, length) : [first]
    const texts = options.map((option) => [...this.model.tokenize(option), this.model.tokenize(end)[0]])
    const chosen = []
    const work = async ({ slot, tokens }, own) => {
      for (let index = own; index < questions.length; index += lanes.length) {
        const asked = [...tokens, ...this.model.tokenize(questions[index])]
        chosen[index] = options[await this.choose(this.sequences[slot], asked, texts)]
      }
    }
    await Promise.all(lanes.map(work))
    return chosen
  }

  async choose(sequence, asked, texts) {
    const look = (token, next) => {
      const filter = { tokens: next, includeTop: 1 }
      return [token, { generateNext: { logits: { filter }, totalLogitWeight: true } }]
    }
    await sequence.adaptStateToTokens(asked.slice(0, -1), false)
    const begun = asked.slice(sequence.nextTokenIndex, -1)
    const heads = texts.map(([token]) => token)
    const head = (await sequence.controlledEvaluate([...begun, look(asked.at(-1), heads)])).at(-1).next
    const mark = sequence.nextTokenIndex
    const sums = []
    for (const text of texts) {
      const found = await sequence.controlledEvaluate(
        text.slice(0, -1).map((token, at) => look(token, [text[at + 1]])),
      )
      const places = [head, ...found.map(({ next }) => next)]
      sums.push(text.reduce((sum, token, at) => sum + logprob(places[at], token), 0))
      await sequence.eraseContextTokenRanges([{ start: mark, end: sequence.nextTokenIndex }])
    }
    return sums.indexOf(Math.max(...sums))
  }

  async run({ rounds }) {
    const values = []
    for (const { lanes, scores } of rounds) {
      values.push(...(scores === undefined ? await this.lanes(lanes) : await this.scores(scores)))
    }
    const rows = this.sequences.reduce((sum, { tokenMeter }) => {
      const { usedInputTokens, usedOutputTokens } = tokenMeter.getState()
      return sum + usedInputTokens + usedOutputTokens
    }, 0)
    return { values, draws: this.draws, rows }
  }
}

function isWhole(json) {
  if (!json.trimEnd().endsWith('}')) return false
  try {
    return JSON.parse(json) !== null
  } catch {
    return false
  }
}

/** Of a token among logits that hold the greatest one, with the logarithm of the weight of all others beside it. */
function logprob({ logits, totalLogitWeight }, token) {
  const most = Math.max(...logits.values())
  return logits.get(token) - most - Math.log(totalLogitWeight)
}

export async function open({ file, threads, batch, cells, manner, plan }) {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    logLevel: LlamaLogLevel.error,
    maxThreads: threads,
  })
  const model = await llama.loadModel({ modelPath: file })
  const width = widthOf(plan)
  const contextSize = width === 1 ? cells : cellsEach
  const context = await model.createContext({ sequences: width, contextSize, batchSize: batch, threads })
  const sequences = Array.from({ length: width }, () => context.getSequence())
  const folder = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'espalier-peers-'))
  const peer = new Peer({ llama, model, sequences, folder, manner })
  return {
    release: llama.llamaCppRelease.release,
    run: (workload) => peer.run(workload),
    async close() {
      await llama.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
