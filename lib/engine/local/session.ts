// One run's dealings with the local engine. Every method takes a position and gives another one; the books are the only
// thing that changes.
import { refuseAborted } from '../../async/signal.js'
import type { KnownTexts, Opening, Session } from '../engine.js'
import type { Drawn, Filled, FillRequest, HoleRequest } from '../fill.js'
import type { Ledger, TokenCost } from '../ledger.js'
import type { MarkRequest, Scored, ScoreRequest, Searched, SearchRequest } from '../options.js'
import type { Position, Written } from '../position.js'
import { fillOnce } from './hole/attempt.js'
import { DrawnTokens } from './hole/drawn.js'
import { markProbability } from './hole/mark-probability.js'
import { openedHole } from './hole/open-hole.js'
import { scoreOptions } from './hole/score.js'
import { search } from './hole/search.js'
import type { SessionContext } from './session-context.js'
import { LocalPosition, type Spelled } from './text/position.js'
import { origin } from './text/tokens.js'
import { forcedTokens } from './tokens/boundary.js'
import { rewritten } from './write/rewrite.js'
import { requireRoom } from './write/room.js'
import { appendWithRoom, contextFull, droppedAlso } from './write/shift.js'

export class LocalSession implements Session {
  readonly #context: SessionContext

  constructor(context: SessionContext) {
    this.#context = context
  }

  get decodeCalls(): number {
    return this.#context.books.decodeCalls
  }

  async requireRoom(position: Position, texts: KnownTexts, signal: AbortSignal): Promise<void> {
    refuseAborted(signal)
    await requireRoom(this.#context, this.#spelled(position), texts)
  }

  async append(position: Position, written: Written, signal: AbortSignal): Promise<Position> {
    const before = this.#spelled(position)
    if (written.text === '') return position
    return this.#position(await appendWithRoom(this.#context, before, written, signal))
  }

  rewrite(
    position: Position,
    text: readonly Written[],
  ): { readonly position: Position; readonly length: number } {
    const before = this.#spelled(position)
    const { spelled, length } = rewritten(this.#context.vocabulary, before, text)
    // What stood there counts, though the text no longer has it.
    const dropped = droppedAlso(this.#context, before.dropped, before)
    return { position: this.#position({ ...spelled, dropped }), length }
  }

  keepHead(position: Position): Position {
    if (position.head > 0) return position
    return this.#position({ ...this.#spelled(position), head: position.length })
  }

  async opening(position: Position, request: HoleRequest): Promise<Opening> {
    const before = this.#spelled(position)
    const { native, keep, start } = await openedHole(this.#context, before, request)
    using matcher = native.matcher(start.prefix, start.suffix)
    const { added } = forcedTokens(this.#context.vocabulary, before.tokens.slice(0, keep), matcher.forced())
    return { healed: before.tokens.length - keep, forced: added.length }
  }

  async fill(position: Position, request: FillRequest): Promise<Filled> {
    return this.#within(await fillOnce(this.#context, this.#spelled(position), request))
  }

  score(position: Position, request: ScoreRequest): Promise<Scored> {
    return scoreOptions(this.#context, this.#spelled(position), request)
  }

  probability(position: Position, request: MarkRequest): Promise<number> {
    return markProbability(this.#context, this.#spelled(position), request)
  }

  search(position: Position, request: SearchRequest): Promise<Searched> {
    return search(this.#context, this.#spelled(position), request)
  }

  async prefill(position: Position, signal: AbortSignal): Promise<void> {
    const { engine, books } = this.#context
    const spelled = this.#spelled(position)
    const { tokens, lineage } = spelled
    if (tokens.length === 0) return
    books.countUncached(tokens.length)
    books.record(spelled, await engine.prefill(tokens, signal, lineage), tokens.length)
  }

  reject(end: Position | Drawn, since: Position): Drawn | null {
    const { books, vocabulary } = this.#context
    if (end instanceof DrawnTokens) {
      books.reject(end.list, end.keep)
      return end
    }
    const spelled = this.#spelled(end as Position)
    const from = since.length
    books.reject(spelled, from)
    const last = spelled.origins.lastIndexOf(origin.sampled)
    if (last < from) return null
    const path = spelled.tokens.slice(0, last + 1)
    return new DrawnTokens(vocabulary, {
      path,
      keep: from,
      prefixLength: 0,
      text: '',
      list: spelled,
      told: [],
    })
  }

  ledger(kept: readonly Position[]): Ledger {
    const { books, id } = this.#context
    const lists = kept.map((position) => this.#spelled(position))
    const dropped = lists.flatMap((list) => {
      const own: Spelled['dropped'][] = []
      for (let at = list.dropped; at !== null && at.session === id; at = at.before) own.push(at)
      return own.map((one) => one!.list)
    })
    return books.total(lists, dropped)
  }

  costs(position: Position): readonly TokenCost[] {
    return this.#context.books.costs(this.#spelled(position))
  }

  #spelled(position: Position): Spelled {
    return LocalPosition.of(this.#context.vocabulary, position)
  }

  #position(spelled: Spelled): Position {
    return new LocalPosition(this.#context.vocabulary, spelled)
  }

  /** Whatever made it grow: no text outgrows the context in silence. */
  #within(filled: Filled): Filled {
    const { contextTokens } = this.#context
    if (filled.position.length <= contextTokens) return filled
    throw contextFull(contextTokens, this.#spelled(filled.position))
  }
}
