// A session that tells of every attempt while it goes on, and changes nothing. Decides which fills a text is made of:
// a list of them goes along with each position. Holds no position.
import type { KnownTexts, Opening, Session } from '../../engine/engine.js'
import type { Drawn, Filled, FillRequest, HoleRequest, SeenDraw } from '../../engine/fill.js'
import type { Ledger, TokenCost } from '../../engine/ledger.js'
import type { TokenLogprobs } from '../../engine/logprobs.js'
import type {
  Found,
  MarkRequest,
  Scored,
  ScoreRequest,
  Searched,
  SearchRequest,
} from '../../engine/options.js'
import type { Position, Written } from '../../engine/position.js'
import type { RunWatcher, WatchedFill } from './watcher.js'

/** The fills that led to a position, the last one first. */
interface Made {
  readonly fill: number
  /** Tokens behind it. */
  readonly length: number
  readonly before: Made | null
}

/** What is told of a fill, but for its number. */
type Told = Omit<WatchedFill, 'fill'>

const takesMax = 120

export class Watched implements Session {
  readonly #session: Session
  readonly #watcher: RunWatcher
  readonly #made = new WeakMap<Position, Made>()
  readonly #fillOf = new WeakMap<Drawn, number>()
  /** Of values that were found beside others: told once somebody goes on from one. */
  readonly #waiting = new WeakMap<Position, () => void>()
  #fills = 0

  constructor(session: Session, watcher: RunWatcher) {
    this.#session = session
    this.#watcher = watcher
  }

  get decodeCalls(): number {
    return this.#session.decodeCalls
  }

  /** Numbers of the fills in the texts that end at these positions. */
  fillsOf(positions: readonly Position[]): readonly number[] {
    const fills = new Set<number>()
    for (const position of positions) {
      this.#use(position)
      for (let at = this.#made.get(position) ?? null; at !== null; at = at.before) fills.add(at.fill)
    }
    return [...fills].sort((a, b) => a - b)
  }

  requireRoom(position: Position, texts: KnownTexts, signal: AbortSignal): Promise<void> {
    return this.#session.requireRoom(position, texts, signal)
  }

  async append(position: Position, written: Written, signal: AbortSignal): Promise<Position> {
    this.#use(position)
    return this.#leads(position, await this.#session.append(position, written, signal))
  }

  rewrite(
    position: Position,
    text: readonly Written[],
  ): { readonly position: Position; readonly length: number } {
    this.#use(position)
    const result = this.#session.rewrite(position, text)
    this.#leads(position, result.position)
    return result
  }

  keepHead(position: Position): Position {
    return this.#leads(position, this.#session.keepHead(position))
  }

  opening(position: Position, request: HoleRequest): Promise<Opening> {
    return this.#session.opening(position, request)
  }

  async fill(position: Position, request: FillRequest): Promise<Filled> {
    this.#use(position)
    const began = performance.now()
    const filled = await this.#session.fill(position, request)
    const trail = filled.trail?.() ?? trailOfDrawn(filled.drawn)
    const { end, text, drawn } = filled
    this.#tell(
      { ...asked(request), began, ...trail, tokens: Array.from(trail.tokens), text, end: end.kind },
      [position, filled.position, drawn],
    )
    return filled
  }

  async score(position: Position, request: ScoreRequest): Promise<Scored> {
    this.#use(position)
    const began = performance.now()
    const scored = await this.#session.score(position, request)
    const takes = `one of ${request.options.length} options`
    return {
      ...scored,
      chosen: (index) => {
        const chosen = scored.chosen(index)
        const trail = trailOfDrawn(chosen.drawn, scored.logprobs(index))
        const text = request.options[index]!
        this.#tell({ hole: request.path, takes, began, ...trail, text, end: 'complete' }, [
          position,
          chosen.position,
          chosen.drawn,
        ])
        return chosen
      },
    }
  }

  probability(position: Position, request: MarkRequest): Promise<number> {
    this.#use(position)
    return this.#session.probability(position, request)
  }

  async search(position: Position, request: SearchRequest): Promise<Searched> {
    this.#use(position)
    const began = performance.now()
    const searched = await this.#session.search(position, request)
    for (const one of searched.found === 'unfinished' ? [] : searched.found) {
      this.#waiting.set(one.position, () => this.#tellFound(position, request, one, began))
    }
    return searched
  }

  prefill(position: Position, signal: AbortSignal): Promise<void> {
    this.#use(position)
    return this.#session.prefill(position, signal)
  }

  reject(end: Position | Drawn, since: Position): Drawn | null {
    const own = this.#fillOf.get(end as Drawn)
    const fills: number[] = own === undefined ? [] : [own]
    if (own === undefined) {
      const position = end as Position
      this.#use(position)
      for (let at = this.#made.get(position) ?? null; at !== null; at = at.before) {
        if (at.length > since.length) fills.push(at.fill)
      }
    }
    if (fills.length > 0) this.#watcher.givenUp(fills.reverse())
    return this.#session.reject(end, since)
  }

  ledger(kept: readonly Position[]): Ledger {
    return this.#session.ledger(kept)
  }

  costs(position: Position): readonly TokenCost[] {
    return this.#session.costs(position)
  }

  #tellFound(position: Position, request: SearchRequest, one: Found, began: number): void {
    const trail = one.trail?.() ?? trailOfDrawn(one.drawn)
    const { text, end } = one
    this.#tell(
      { ...asked(request), began, ...trail, tokens: Array.from(trail.tokens), text, end: end.kind },
      [position, one.position, one.drawn],
    )
  }

  #tell(
    told: Told,
    [before, after, drawn]: readonly [before: Position, after: Position, drawn: Drawn],
  ): void {
    const fill = this.#fills++
    this.#fillOf.set(drawn, fill)
    if (after !== before)
      this.#made.set(after, { fill, length: after.length, before: this.#made.get(before) ?? null })
    this.#watcher.fill({ fill, ...told })
  }

  #use(position: Position): void {
    const tell = this.#waiting.get(position)
    this.#waiting.delete(position)
    tell?.()
  }

  #leads(from: Position, to: Position): Position {
    const made = this.#made.get(from)
    if (made !== undefined) this.#made.set(to, made)
    return to
  }
}

function asked({ path, constraint }: HoleRequest): Pick<Told, 'hole' | 'takes'> {
  const takes = constraint === null ? 'any text' : constraint.describe()
  return { hole: path, takes: takes.length > takesMax ? `${takes.slice(0, takesMax - 3)}...` : takes }
}

/** Where the engine says no more of it than its tokens. */
function trailOfDrawn(
  drawn: Drawn,
  logprobs: readonly TokenLogprobs[] = [],
): Pick<Told, 'from' | 'healed' | 'tokens' | 'kinds' | 'seen'> {
  const { from, tokens } = drawn.tokens()
  return {
    from,
    healed: 0,
    tokens: Array.from(tokens),
    kinds: Array.from(tokens, () => 'drawn'),
    seen: Array.from(tokens, (_, index) => seenIn(logprobs[index])),
  }
}

function seenIn(one: TokenLogprobs | undefined): SeenDraw | null {
  if (one === undefined) return null
  const best = one.alternatives.map(({ token, logprob }) => ({ token, logprob, isAllowed: true }))
  return { logprob: one.logprob, allowed: one.allowed, best }
}
