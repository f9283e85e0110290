// A session that notes what is asked of it and what it says, and changes nothing. Decides that a draw is known by how
// it came about; holds no position and no draw longer than others do.
import type { KnownTexts, Opening, Session } from '../../engine/engine.js'
import type { Drawn, Filled, FillRequest, HoleRequest, Split } from '../../engine/fill.js'
import type { Ledger, TokenCost } from '../../engine/ledger.js'
import type {
  Found,
  MarkRequest,
  Scored,
  ScoreRequest,
  Searched,
  SearchRequest,
} from '../../engine/options.js'
import type { Position, Written } from '../../engine/position.js'
import type { Asked, Call, DrawnId, PositionId, Wrote } from './calls.js'

export class Recorder implements Session {
  readonly calls: Call[] = []
  readonly #session: Session
  readonly #positions = new WeakMap<Position, PositionId>()
  readonly #drawn = new WeakMap<Drawn, DrawnId>()
  /** Numbers of the draws in lists that only grow. */
  readonly #closed = new WeakMap<readonly Drawn[], DrawnId[]>()
  #positionCount = 0
  #drawnCount = 0

  constructor(session: Session, start: Position) {
    this.#session = session
    this.#positions.set(start, this.#positionCount++)
  }

  get decodeCalls(): number {
    return this.#session.decodeCalls
  }

  requireRoom(position: Position, texts: KnownTexts, signal: AbortSignal): Promise<void> {
    return this.#session.requireRoom(position, texts, signal)
  }

  async append(position: Position, written: Written, signal: AbortSignal): Promise<Position> {
    const next = await this.#session.append(position, written, signal)
    if (next !== position) {
      this.#note({ op: 'append', at: this.#at(position), written, makes: this.#made(next) })
    }
    return next
  }

  rewrite(
    position: Position,
    text: readonly Written[],
  ): { readonly position: Position; readonly length: number } {
    const result = this.#session.rewrite(position, text)
    this.#note({ op: 'rewrite', at: this.#at(position), text, makes: this.#made(result.position) })
    return result
  }

  keepHead(position: Position): Position {
    const next = this.#session.keepHead(position)
    if (next !== position) this.#note({ op: 'keepHead', at: this.#at(position), makes: this.#made(next) })
    return next
  }

  opening(position: Position, request: HoleRequest): Promise<Opening> {
    return this.#session.opening(position, request)
  }

  async fill(position: Position, request: FillRequest): Promise<Filled> {
    const { signal: _, listener: _1, hook: _2, kept, closed, ...rest } = request
    const asked: Asked<FillRequest> = { ...rest, closed: this.#listed(closed) }
    const own = { ...request, kept: kept === null ? null : innerOf(kept), closed: closed.map(innerOf) }
    const filled = await this.#session.fill(position, own)
    const [at, keptId] = [this.#at(position), kept === null ? null : this.#drawn.get(innerOf(kept))!]
    const { noted, drawn } = this.#wrote(filled)
    this.#note({ op: 'fill', at, request: asked, kept: keptId, wrote: noted })
    return { ...filled, drawn }
  }

  async score(position: Position, request: ScoreRequest): Promise<Scored> {
    const scored = await this.#session.score(position, request)
    const { signal: _, against: other, ...asked } = request
    const against = other === null ? null : this.#at(other)
    const sums = scored.after.map(({ sum }) => sum)
    const of = this.#note({ op: 'score', at: this.#at(position), request: asked, against, sums })
    return {
      ...scored,
      chosen: (index) => {
        const chosen = scored.chosen(index)
        const [made, drawn] = [this.#made(chosen.position), this.#known(chosen.drawn)]
        this.#note({ op: 'chosen', of, index, position: made, drawn: drawn.id })
        return { ...chosen, drawn }
      },
    }
  }

  async probability(position: Position, request: MarkRequest): Promise<number> {
    const probability = await this.#session.probability(position, request)
    const { signal: _, ...asked } = request
    this.#note({ op: 'probability', at: this.#at(position), request: asked, probability })
    return probability
  }

  async search(position: Position, request: SearchRequest): Promise<Searched> {
    const { signal: _, closed, ...rest } = request
    const asked: Asked<SearchRequest> = { ...rest, closed: this.#listed(closed) }
    const searched = await this.#session.search(position, { ...request, closed: closed.map(innerOf) })
    const ended = searched.closed.map((one) => this.#known(one))
    const found: Found[] = []
    const noted: Wrote[] = []
    for (const one of searched.found === 'unfinished' ? [] : searched.found) {
      const wrote = this.#wrote(one)
      noted.push(wrote.noted)
      found.push({ ...one, drawn: wrote.drawn })
    }
    const at = this.#at(position)
    this.#note({ op: 'search', at, request: asked, found: noted, closed: ended.map(({ id }) => id) })
    return { found: searched.found === 'unfinished' ? 'unfinished' : found, closed: ended }
  }

  prefill(position: Position, signal: AbortSignal): Promise<void> {
    return this.#session.prefill(position, signal)
  }

  reject(end: Position | Drawn, since: Position): Drawn | null {
    const isDrawn = end instanceof NotedDrawn
    const drawn = this.#session.reject(isDrawn ? end.inner : end, since)
    const noted = drawn === null ? null : this.#known(drawn)
    this.#note({
      op: 'reject',
      end: isDrawn ? { drawn: end.id } : { position: this.#at(end as Position) },
      since: this.#at(since),
      drawn: noted?.id ?? null,
    })
    return noted
  }

  costs(position: Position): readonly TokenCost[] {
    return this.#session.costs(position)
  }

  ledger(kept: readonly Position[]): Ledger {
    return this.#session.ledger(kept)
  }

  #note(call: Call): number {
    return this.calls.push(call) - 1
  }

  #at(position: Position): PositionId {
    const known = this.#positions.get(position)
    if (known !== undefined) return known
    // The engine alone makes what no call made.
    const makes = this.#made(position)
    this.#note({ op: 'start', makes })
    return makes
  }

  #made(position: Position): PositionId {
    const known = this.#positions.get(position)
    if (known !== undefined) return known
    this.#positions.set(position, this.#positionCount)
    return this.#positionCount++
  }

  #wrote(filled: Pick<Filled, 'end' | 'text' | 'position' | 'drawn'>): { noted: Wrote; drawn: NotedDrawn } {
    const { end, text, position } = filled
    const drawn = this.#known(filled.drawn)
    const noted = { end, text, position: this.#made(position), drawn: drawn.id, ...filled.drawn.tokens() }
    return { noted, drawn }
  }

  #known(inner: Drawn): NotedDrawn {
    let id = this.#drawn.get(inner)
    if (id === undefined) {
      id = this.#drawnCount++
      this.#drawn.set(inner, id)
    }
    return new NotedDrawn(inner, id, (how, split) => this.#split(how, split))
  }

  #split(how: { op: 'shorter'; of: DrawnId } | { op: 'cut'; of: DrawnId; at: number }, split: Split): Split {
    const [kept, closed] = [this.#known(split.kept), this.#known(split.closed)]
    this.#note({ ...how, kept: kept.id, closed: closed.id })
    return { kept, closed }
  }

  /** Only what came to the list since it was seen before is looked at. */
  #listed(list: readonly Drawn[]): { readonly list: readonly DrawnId[]; readonly count: number } {
    const ids = this.#closed.get(list) ?? []
    this.#closed.set(list, ids)
    while (ids.length < list.length) ids.push((list[ids.length] as NotedDrawn).id)
    return { list: ids, count: list.length }
  }
}

type How = { op: 'shorter'; of: DrawnId } | { op: 'cut'; of: DrawnId; at: number }

class NotedDrawn implements Drawn {
  readonly inner: Drawn
  readonly id: DrawnId
  readonly #noted: (how: How, split: Split) => Split

  constructor(inner: Drawn, id: DrawnId, noted: (how: How, split: Split) => Split) {
    this.inner = inner
    this.id = id
    this.#noted = noted
  }

  get steps(): number {
    return this.inner.steps
  }

  tokens(): { readonly from: number; readonly tokens: Int32Array } {
    return this.inner.tokens()
  }

  shorter(): Split | null {
    const split = this.inner.shorter()
    return split === null ? null : this.#noted({ op: 'shorter', of: this.id }, split)
  }

  cut(at: number): Split {
    return this.#noted({ op: 'cut', of: this.id, at }, this.inner.cut(at))
  }
}

function innerOf(drawn: Drawn): Drawn {
  return (drawn as NotedDrawn).inner
}
