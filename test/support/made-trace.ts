// Traces made by a simple simulation: the same ones each time, as large as asked for. Words are tokens; the tree is a
// real prefix tree, and the ledger counts what the simulation did. For the page and its state, which need no model.
import { noTokens, type TokenCost } from '../../lib/engine/ledger.js'
import type { Alternative, RunEnd, Trace, TracedPiece, TraceLine } from '../../lib/trace/trace.js'
import { MadeTree } from './made-tree.js'

type Event = Extract<TraceLine, { type: 'event' }>['event']
export interface FillAsk {
  readonly takes?: string
  /** Texts that were rejected before, and why. */
  readonly rejected?: readonly (readonly [text: string, reason: string])[]
  /** Alternatives the constraint does not allow. */
  readonly closed?: readonly string[]
  readonly candidate?: readonly number[]
  readonly value?: unknown
}

export class TraceMaker {
  readonly lines: TraceLine[] = []
  at = 0
  #seed = 7
  #step = 0
  #runs = 0
  readonly #ids = new Map<string, number>()
  readonly tree = new MadeTree()

  random(): number {
    this.#seed = (this.#seed * 1103515245 + 12345) % 2147483648
    return this.#seed / 2147483648
  }

  line(line: Record<string, unknown>): void {
    this.lines.push({ at: Math.round(this.at * 1000) / 1000, ...line } as unknown as TraceLine)
  }

  tokens(text: string): number[] {
    const news: [number, string][] = []
    const tokens = (text.match(/ ?[\p{L}\p{N}']+|\n+| +|[^\s\p{L}\p{N}]/gu) ?? []).map((word) => {
      const known = this.#ids.get(word)
      if (known !== undefined) return known
      const id = 100 + this.#ids.size
      this.#ids.set(word, id)
      news.push([id, word])
      return id
    })
    if (news.length > 0) this.line({ type: 'texts', texts: news })
    return tokens
  }

  run(prompt: string, after: number | null = null): RunMaker {
    const run = this.#runs++
    this.line({ type: 'run', run, after, seed: 1, prompt })
    return new RunMaker(this, run)
  }

  step(
    rows: { known?: number; drawn?: number; scored?: number; again?: number },
    working = 1,
    waiting = 0,
  ): void {
    const all = { known: 0, drawn: 0, scored: 0, again: 0, ...rows }
    const calls = 1 + Math.max(0, Math.ceil(all.drawn / working) - 1)
    const millis = 3 + calls * 4 + (all.known + all.scored) * 0.15 + this.random()
    this.at += millis + 0.4 + (this.random() < 0.1 ? 12 : 0)
    const cells = this.tree.cells()
    const ops = { fork: working > 1 ? working - 1 : 0, truncate: 0, park: 0, restore: 0, shift: 0, repack: 0 }
    const micros = Math.round(millis * 1000)
    this.line({
      type: 'step',
      step: this.#step++,
      micros,
      decodeMicros: Math.round(micros * 0.93),
      calls,
      rows: all,
      working,
      waiting,
      cells,
      attended: cells + 12,
      parkedBytes: this.tree.parkedBytes,
      ops,
    })
    this.line({ type: 'tree', ...this.tree.change() })
  }

  trace(): Trace {
    return {
      format: 'espalier-trace',
      version: 1,
      espalier: '0.1.0',
      began: '2026-11-30T08:00:00.000Z',
      model: {
        name: 'made-up-1b',
        description: 'llama 1B Q8_0',
        fingerprint: 'made-up',
        contextTokens: 32768,
        memory: 'full',
      },
      dropped: 0,
      lines: this.lines,
    }
  }
}

/** A text that grows: what is written at its end, and what each of its tokens cost. */
export interface Growth {
  readonly path: string
  readonly pieces: TracedPiece[]
  readonly tokens: number[]
  readonly costs: TokenCost[]
  /** Tokens the engine has computed. */
  computed: number
  /** Pieces and tokens at its beginning that are those of the run's own text. */
  readonly shared: { readonly pieces: number; readonly tokens: number }
}

const none = { pieces: 0, tokens: 0 }

export class RunMaker {
  readonly own: Growth = { path: '', pieces: [], tokens: [], costs: [], computed: 0, shared: none }
  readonly maker: TraceMaker
  readonly run: number
  #fills = 0
  #drawn = 0
  #prefilled = 0
  #reused = 0
  #rolledBack = 0
  #uncached = 0
  #kept: NonNullable<RunEnd['texts'][number]['kept']> | null = null
  readonly #branches: Growth[] = []
  readonly values: Record<string, unknown> = {}
  readonly choices: Record<string, unknown> = {}
  readonly votes: Record<string, unknown> = {}

  constructor(maker: TraceMaker, run: number) {
    this.maker = maker
    this.run = run
  }

  event(event: Event): void {
    this.maker.line({ type: 'event', run: this.run, event })
  }

  /** Goes on from the text of an earlier run. */
  goOn(other: RunMaker): void {
    const { pieces, tokens } = other.own
    this.#kept = { run: other.run, pieces: pieces.length, tokens: tokens.length }
    this.own.pieces.push(...pieces)
    this.own.tokens.push(...tokens)
    this.own.costs.push(...tokens.map(() => 'cached' as const))
    this.own.computed = tokens.length
    this.#reused += tokens.length
  }

  text(kind: TracedPiece['kind'], text: string, at: Growth = this.own, candidate?: readonly number[]): void {
    const path = at.path === '' ? '' : `${at.path}.`
    this.event({ type: 'text', path, hole: null, text, ...(candidate === undefined ? {} : { candidate }) })
    this.#write(at, { kind, hole: null, text }, 'prefilled')
  }

  #write(at: Growth, piece: TracedPiece, cost: TokenCost): number[] {
    const tokens = this.maker.tokens(piece.text)
    at.pieces.push(piece)
    at.tokens.push(...tokens)
    at.costs.push(...tokens.map(() => cost))
    return tokens
  }

  /** Computes what stands there and is not computed; how many rows it took. */
  prefill(at: Growth): number {
    const found = Math.max(at.computed, this.maker.tree.cache(at.tokens))
    for (let token = at.computed; token < found; token += 1)
      if (at.costs[token] === 'prefilled') at.costs[token] = 'cached'
    this.#reused += found - at.computed
    const rows = at.tokens.length - found
    this.#prefilled += rows
    at.computed = at.tokens.length
    return rows
  }

  /** Fills side by side, one for each text, in common steps. */
  fill(asks: readonly { at: Growth; name: string; text: string; ask?: FillAsk }[]): void {
    const { maker } = this
    for (const { at, name, ask } of asks) {
      const of = ask?.candidate === undefined ? {} : { candidate: ask.candidate }
      this.event({ type: 'hole-start', hole: holeIn(at, name), attempt: 0, ...of })
    }
    for (const { at, name, ask } of asks) {
      for (const [text, reason] of ask?.rejected ?? []) this.#reject(at, name, text, reason, ask ?? {})
    }
    const known = asks.reduce((sum, { at }) => sum + this.prefill(at), 0)
    let drawn = 0
    const ends = asks.map(({ at, name, text, ask }) => {
      const from = at.tokens.length
      this.#uncached += from
      const fill = this.#fills++
      const tokens = this.#write(at, { kind: 'generated', hole: holeIn(at, name), text }, 'drawn')
      at.computed = at.tokens.length
      maker.tree.cache(at.tokens)
      drawn += tokens.length
      return () => this.#tell(fill, holeIn(at, name), from, tokens, text, 'literal', ask ?? {})
    })
    this.#drawn += drawn
    this.#uncached += drawn
    maker.step({ known, drawn }, asks.length, asks.length > 8 ? asks.length - 8 : 0)
    for (const [index, tell] of ends.entries()) {
      const { at, name, text, ask } = asks[index]!
      tell()
      const of = ask?.candidate === undefined ? {} : { candidate: ask.candidate }
      const value = ask?.value ?? text
      this.event({ type: 'hole-end', hole: holeIn(at, name), value, text, end: { reason: 'literal' }, ...of })
      if (at.path === '') this.values[name] = value
    }
  }

  #reject(at: Growth, name: string, text: string, reason: string, ask: FillAsk): void {
    const hole = holeIn(at, name)
    const known = this.prefill(at)
    const tokens = this.maker.tokens(text)
    this.maker.tree.cache([...at.tokens, ...tokens])
    this.maker.step({ known, drawn: tokens.length })
    this.#drawn += 0
    this.#rolledBack += tokens.length
    this.#uncached += at.tokens.length + tokens.length
    const fill = this.#fills++
    this.#tell(fill, hole, at.tokens.length, tokens, text, 'literal', ask)
    this.maker.line({ type: 'given-up', run: this.run, fills: [fill] })
    this.event({ type: 'rollback', hole, text, reason })
    this.maker.tree.drop([...at.tokens, ...tokens], 'freed')
    this.event({ type: 'hole-start', hole, attempt: 1 })
  }

  #tell(
    fill: number,
    hole: string,
    from: number,
    tokens: number[],
    text: string,
    end: string,
    ask: FillAsk,
  ): void {
    const { maker } = this
    const others = maker.tokens(' the a urgent high low billing refund yes no and'.slice(0))
    const closed = (ask.closed ?? []).flatMap((word) => maker.tokens(word).slice(0, 1))
    const logprobs: number[] = []
    const alternatives: Alternative[][] = []
    for (const token of tokens) {
      const own = Math.log(0.35 + maker.random() * 0.63)
      const rest = 1 - Math.exp(own)
      const list: Alternative[] = [[token, own, 1]]
      for (const [index, other] of [...new Set([...closed, ...others])]
        .filter((one) => one !== token)
        .slice(0, 4)
        .entries()) {
        list.push([other, Math.log((rest * 0.9 * 2 ** -index) / 2), closed.includes(other) ? 0 : 1])
      }
      logprobs.push(own)
      alternatives.push(list.sort((one, another) => another[1] - one[1]))
    }
    maker.line({
      type: 'fill',
      run: this.run,
      fill,
      hole,
      since: Math.max(0, maker.at - 10),
      from,
      healed: 0,
      tokens,
      kinds: tokens
        .map((_, index) => (index > 0 && index === tokens.length - 1 && closed.length > 0 ? 'f' : 'd'))
        .join(''),
      logprobs,
      allowed: tokens.map(() => (closed.length > 0 ? Math.log(0.7) : 0)),
      alternatives,
      text,
      end,
      takes: ask.takes ?? 'any text',
    })
  }

  /** Texts that go on from one, each by itself. */
  branches(from: Growth, paths: readonly string[]): Growth[] {
    this.prefill(from)
    return paths.map((path) => {
      this.event({ type: 'branch-start', branch: path })
      const { pieces, tokens, costs, computed } = from
      const branch: Growth = {
        path,
        pieces: [...pieces],
        tokens: [...tokens],
        costs: costs.map((): TokenCost => 'cached'),
        computed,
        shared: from === this.own ? { pieces: pieces.length, tokens: tokens.length } : from.shared,
      }
      this.#reused += tokens.length
      this.#branches.push(branch)
      return branch
    })
  }

  branchEnd({ path }: Growth, text: string): void {
    this.event({ type: 'branch-end', branch: path, text })
  }

  end(): void {
    const kept = this.#kept
    const ledger = {
      ...noTokens,
      reused: this.#reused,
      prefilled: this.#prefilled,
      sampled: this.#drawn,
      rolledBack: this.#rolledBack,
      decoded: this.#prefilled + this.#drawn + this.#rolledBack,
      uncached: Math.max(this.#uncached, this.#prefilled + this.#drawn),
    }
    const texts = [this.own, ...this.#branches].map(({ path, pieces, tokens, costs, shared }) => {
      const known = path === '' ? kept : { run: this.run, ...shared }
      return {
        branch: path === '' ? null : path,
        kept: known,
        pieces: pieces.slice(known?.pieces ?? 0),
        tokens: tokens.slice(known?.tokens ?? 0),
        costs: stretches(costs),
      }
    })
    const { values, choices, votes } = this
    const end = { outcome: 'done', error: null, texts, ledger, values, kept: [], choices, votes }
    this.maker.line({ type: 'end', run: this.run, ...end })
  }
}

const holeIn = (at: Growth, name: string): string => (at.path === '' ? name : `${at.path}.${name}`)

function stretches(costs: readonly TokenCost[]): [TokenCost, number][] {
  const list: [TokenCost, number][] = []
  for (const cost of costs) {
    const last = list.at(-1)
    if (last?.[0] === cost) last[1] += 1
    else list.push([cost, 1])
  }
  return list
}
