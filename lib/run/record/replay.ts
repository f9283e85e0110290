// Asks an engine again what a recorded run asked, call by call, and tells the first token that comes out another way,
// and how likely both were. No prompt and no function of it runs; nothing is answered from what was drawn before.
import { Pace } from '../../async/pace.js'
import { refuseAborted } from '../../async/signal.js'
import { assert } from '../../base/assert.js'
import { CapabilityError, UsageError } from '../../base/errors.js'
import { isRecord } from '../../base/seen.js'
import type { Session } from '../../engine/engine.js'
import type { Drawn, Filled, FillRequest } from '../../engine/fill.js'
import type { TokenLogprobs } from '../../engine/logprobs.js'
import type { Scored, Searched, SearchRequest } from '../../engine/options.js'
import type { Position } from '../../engine/position.js'
import { checkOverflow } from '../given/overflow.js'
import type { Shared } from '../request.js'
import type { Asked, Call, DrawnId, PositionId, Wrote } from './calls.js'
import { readRecord } from './record.js'

/** What a run came to when it was asked again. */
export interface Replay {
  /** Whether every token came again. */
  readonly same: boolean
  /** Where it first came out another way; null: nowhere. */
  readonly first: ReplayDifference | null
  /** Tokens the model wrote that were compared and are the same. */
  readonly tokens: number
  /** How far ln p of an option that was scored, or the probability of a call, moved at most; 0: there was none. */
  readonly scoreDrift: number
}

/** Two tokens for one place. */
export interface ReplayDifference {
  /** Path of the hole. */
  readonly hole: string
  /** Number of the token in the hole's value. */
  readonly index: number
  /** Number of the token in the transcript (in a branch: the branch's). */
  readonly position: number
  /** As recorded, and as it came now; null: the value ended before. */
  readonly expected: ReplayToken | null
  readonly actual: ReplayToken | null
}

/** One of two tokens that came to one place. */
export interface ReplayToken {
  readonly token: number
  /** ln p as the model has it now, before masks; null where it is none of the 1,000 most probable. */
  readonly logprob: number | null
}

/** Alternatives looked through for the recorded token. */
const alternativesMax = 1000

/** Throws UsageError SAVED_INVALID, MODEL_DIFFERS; CapacityError, AbortError, EngineError as a run does. */
export async function replayed(shared: Shared, json: unknown, signal: AbortSignal): Promise<Replay> {
  const { engine, adapters, turns } = shared
  const record = readRecord(recordIn(json))
  if (engine.capabilities.counts === 'estimates') {
    throw new CapabilityError(
      'NO_TOKENS',
      'replay() compares tokens, and this model has none (a script); expected a model that was loaded from a file.',
    )
  }
  if (record.vocabulary !== engine.vocabularyId()) {
    throw new UsageError(
      'MODEL_DIFFERS',
      'The run was recorded with a model of another vocabulary; expected one with the same tokens.',
    )
  }
  refuseAborted(signal)
  const overflow = checkOverflow(record.overflow ?? undefined, engine.capabilities)
  const session = engine.session({
    overflow,
    draws: 'fresh',
    room: 'context',
    looked: 0,
    pace: new Pace(signal),
    turns,
  })
  const start = engine.restored(record.start, adapters.chosen(record.adapters))
  const anew = (): Position => engine.start(engine.adaptersOf(start))
  return new Replaying(session, start, anew, signal).all(record.calls)
}

function recordIn(json: unknown): unknown {
  if (!isRecord(json) || !('record' in json)) return json
  if (json.record !== null) return json.record
  throw new UsageError(
    'RECORD_MISSING',
    'No run made this transcript: it was taken back, shortened or restored; expected one that run() or extend() gave.',
  )
}

class Replaying {
  readonly #session: Session
  readonly #anew: () => Position
  readonly #signal: AbortSignal
  readonly #positions = new Map<PositionId, Position>()
  readonly #drawn = new Map<DrawnId, Drawn>()
  readonly #scored = new Map<number, Scored>()
  #tokens = 0
  #scoreDrift = 0
  #first: ReplayDifference | null = null

  constructor(session: Session, start: Position, anew: () => Position, signal: AbortSignal) {
    this.#session = session
    this.#anew = anew
    this.#signal = signal
    this.#positions.set(0, start)
  }

  async all(calls: readonly Call[]): Promise<Replay> {
    for (const [number, call] of calls.entries()) {
      await this.#call(number, call)
      if (this.#first !== null) break
    }
    const [first, tokens, scoreDrift] = [this.#first, this.#tokens, this.#scoreDrift]
    return { same: first === null, first, tokens, scoreDrift }
  }

  async #call(number: number, call: Call): Promise<void> {
    const session = this.#session
    switch (call.op) {
      case 'start':
        this.#positions.set(call.makes, this.#anew())
        break
      case 'append':
        this.#positions.set(call.makes, await session.append(this.#at(call.at), call.written, this.#signal))
        break
      case 'rewrite':
        this.#positions.set(call.makes, session.rewrite(this.#at(call.at), call.text).position)
        break
      case 'keepHead':
        this.#positions.set(call.makes, session.keepHead(this.#at(call.at)))
        break
      case 'fill':
        await this.#fill(call)
        break
      case 'search':
        await this.#search(call)
        break
      case 'score': {
        const against = call.against === null ? null : this.#at(call.against)
        const scored = await session.score(this.#at(call.at), {
          ...call.request,
          against,
          signal: this.#signal,
        })
        this.#scored.set(number, scored)
        const moved = scored.after.map(({ sum }, index) => Math.abs(sum - call.sums[index]!))
        this.#scoreDrift = Math.max(this.#scoreDrift, ...moved)
        break
      }
      case 'probability': {
        const now = await session.probability(this.#at(call.at), { ...call.request, signal: this.#signal })
        this.#scoreDrift = Math.max(this.#scoreDrift, Math.abs(now - call.probability))
        break
      }
      case 'chosen': {
        const chosen = this.#scored.get(call.of)!.chosen(call.index)
        this.#keep(call, chosen)
        break
      }
      case 'shorter':
        this.#split(call, this.#drew(call.of).shorter())
        break
      case 'cut':
        this.#split(call, this.#drew(call.of).cut(call.at))
        break
      case 'reject': {
        const end = 'drawn' in call.end ? this.#drew(call.end.drawn) : this.#at(call.end.position)
        const drawn = session.reject(end, this.#at(call.since))
        if (call.drawn !== null && drawn !== null) this.#drawn.set(call.drawn, drawn)
      }
    }
  }

  async #fill({ at, request, kept, wrote }: Extract<Call, { op: 'fill' }>): Promise<void> {
    const own: FillRequest = {
      ...this.#request(request),
      kept: kept === null ? null : this.#drew(kept),
      hook: null,
      listener: { news: null, ready: null, watch: watching(wrote) },
    }
    const filled = await this.#session.fill(this.#at(at), own)
    const difference = this.#compared(wrote, filled)
    if (difference === null) return
    const sampling = { ...own.sampling, hole: { ...own.sampling.hole, logprobs: alternativesMax } }
    const again = await this.#session.fill(this.#at(at), { ...own, sampling })
    const logprobs = (await again.logprobs?.(this.#signal)) ?? []
    this.#first = { hole: request.path, ...likely(difference, logprobs[difference.index]) }
  }

  async #search({ at, request, found, closed }: Extract<Call, { op: 'search' }>): Promise<void> {
    const searched: Searched = await this.#session.search(this.#at(at), this.#request(request))
    for (const [index, id] of closed.entries()) {
      const drawn = searched.closed[index]
      if (drawn !== undefined) this.#drawn.set(id, drawn)
    }
    const now = searched.found === 'unfinished' ? [] : searched.found
    for (const [index, wrote] of found.entries()) {
      const one = now[index]
      const difference =
        one === undefined
          ? differenceAt(wrote, { from: wrote.from, tokens: none })
          : this.#compared(wrote, one)
      if (difference === null) continue
      this.#first = { hole: request.path, ...difference }
      return
    }
  }

  #request<R extends FillRequest | SearchRequest>(
    request: Asked<R>,
  ): Asked<R> & { readonly closed: readonly Drawn[]; readonly signal: AbortSignal } {
    const closed = request.closed.list.map((id) => this.#drew(id))
    return { ...request, closed, signal: this.#signal } as never
  }

  /** Null: it came again, and what goes on from it can. */
  #compared(wrote: Wrote, now: Pick<Filled, 'text' | 'position' | 'drawn'>): Difference | null {
    const drew = now.drawn.tokens()
    const difference = differenceAt(wrote, drew)
    this.#tokens += difference === null ? drew.tokens.length : difference.index
    if (difference === null) this.#keep(wrote, now)
    return difference
  }

  #keep(
    { position, drawn }: { position: PositionId; drawn: DrawnId },
    now: Pick<Filled, 'position' | 'drawn'>,
  ): void {
    this.#positions.set(position, now.position)
    this.#drawn.set(drawn, now.drawn)
  }

  #split(call: { kept: DrawnId; closed: DrawnId }, split: ReturnType<Drawn['shorter']>): void {
    assert(split !== null, 'equal draws can be taken back alike')
    this.#drawn.set(call.kept, split.kept)
    this.#drawn.set(call.closed, split.closed)
  }

  #at(id: PositionId): Position {
    return this.#positions.get(id)!
  }

  #drew(id: DrawnId): Drawn {
    return this.#drawn.get(id)!
  }
}

type Difference = Omit<ReplayDifference, 'hole'>
type Drew = ReturnType<Drawn['tokens']>

const none = new Int32Array(0)

/** The difference with what the model makes of both tokens; `seen`: of the token that came now. */
function likely(difference: Difference, seen: TokenLogprobs | undefined): Difference {
  const found = [...(seen === undefined ? [] : [seen]), ...(seen?.alternatives ?? [])]
  const told = (token: ReplayToken | null): ReplayToken | null =>
    token && { ...token, logprob: found.find((one) => one.token === token.token)?.logprob ?? null }
  return { ...difference, expected: told(difference.expected), actual: told(difference.actual) }
}

/** Null: all tokens are the same. Positions are compared, since where a value begins in tokens is drawn, too. */
function differenceAt(wrote: Wrote, drew: Drew): Difference | null {
  const from = Math.min(wrote.from, drew.from)
  const last = Math.max(wrote.from + wrote.tokens.length, drew.from + drew.tokens.length)
  for (let position = from; position < last; position += 1) {
    const [expected, actual] = [tokenAt(wrote, position), tokenAt(drew, position)]
    if (expected === actual) continue
    return {
      index: position - from,
      position,
      expected: expected === null ? null : { token: expected, logprob: null },
      actual: actual === null ? null : { token: actual, logprob: null },
    }
  }
  return null
}

function tokenAt({ from, tokens }: Drew, position: number): number | null {
  return tokens[position - from] ?? null
}

/** Rejects what a check rejected while it was drawn. */
function watching({ end, text }: Wrote): FillRequest['listener']['watch'] {
  if (end.kind !== 'rejected') return null
  const { rejection } = end
  return async (value) => (value.text() === text ? rejection : null)
}
