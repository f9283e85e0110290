// One attempt at one hole: lets the model draw under the constraint, appends what is forced, and cuts the value out.
// Decides where the value begins and ends in the tokens. Never judges the value, and changes no position.
import { settleOrAbort } from '../../../async/signal.js'
import type { CapacityError } from '../../../base/errors.js'
import { tokenKind } from '../../../base/token-kind.js'
import type { TokenLogprobs as Seen } from '../../../native/addon.js'
import type { FillEnd, Filled, FillRequest, TokenTie } from '../../fill.js'
import type { GenerateResult } from '../serve/token-engine.js'
import type { SessionContext } from '../session-context.js'
import type { Dropped, Spelled } from '../text/position.js'
import { editTokens, origin, type TokenList, textIn } from '../text/tokens.js'
import { concatTokens } from '../tokens/text.js'
import { droppedAlso, dropTokens, rangeToDrop, without } from '../write/shift.js'
import { cutText } from './cut-text.js'
import { drawOptions } from './draw-options.js'
import { closedAfter, type Kept, keptOf } from './drawn.js'
import { cutEnd, endOf } from './ends.js'
import { giveLiteral, takeForced } from './forced.js'
import { GrowingBytes } from './growing-bytes.js'
import { askedFirst } from './hook.js'
import { Matchers } from './matchers.js'
import { type OpenHole, openedHole } from './open-hole.js'
import { Telling } from './telling.js'
import { TokenBudget } from './token-budget.js'
import { withoutRoom } from './without-room.js'
import { writtenValue } from './written-value.js'

/** Tokens drawn before somebody looks again, where one listens or watches. */
const tokensWatched = 1
const tokensStreamed = 8
/** What a request costs that needs no engine since its answer is known, in characters. */
const requestCost = 256

/** How drawing ended, before the value is cut out. */
type RawEnd = Exclude<FillEnd, { kind: 'stop' | 'complete' }> | { readonly kind: 'ended' }

export async function fillOnce(
  context: SessionContext,
  before: Spelled,
  request: FillRequest,
): Promise<Filled> {
  const hole = await openedHole(context, before, request)
  const matchers = new Matchers(hole, request.tokensMin)
  try {
    const budget = new TokenBudget(context.vocabulary, request.tokensMax, hole.prefix.length)
    // Without the texts rejected since, less of an earlier attempt may fit.
    const kept = matchers.begin(keptOf(request.kept), (tokens) => budget.kept(tokens))
    return await new Attempt(context, before, request, hole, matchers, kept, budget.kept(kept)).run()
  } finally {
    matchers.dispose()
  }
}

class Attempt {
  readonly #context: SessionContext
  readonly #before: Spelled
  readonly #request: FillRequest
  readonly #hole: OpenHole
  readonly #matchers: Matchers
  #keep: number
  /** What was seen when the hole's tokens were drawn; as long as these where it is asked for. */
  #told: (Seen | null)[]
  readonly #ties: TokenTie[] = []
  readonly #warnings: string[] = []
  #dropped: Dropped | null
  #budget: TokenBudget
  /** What stood where the hole's tokens stand, in the literal before it. */
  readonly #replaced: Int32Array
  #list: TokenList
  /** Which draw comes next, for the seed. */
  #draws: number
  #path: Int32Array
  readonly #kept: number
  readonly #bytes: GrowingBytes
  /** Bytes of the value that a watcher has seen. */
  #watched = 0
  readonly #watchDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #telling: Telling

  constructor(
    context: SessionContext,
    before: Spelled,
    request: FillRequest,
    hole: OpenHole,
    matchers: Matchers,
    kept: Kept,
    budget: TokenBudget,
  ) {
    const prefixLength = hole.prefix.length
    this.#context = context
    this.#before = before
    this.#request = request
    this.#hole = hole
    this.#matchers = matchers
    this.#keep = hole.keep
    this.#list = editTokens(before, hole.keep, kept.tokens, origin.sampled)
    this.#list.origins.set(kept.origins, hole.keep)
    this.#dropped = before.dropped
    this.#draws = kept.tokens.length
    this.#kept = kept.tokens.length
    this.#told = [...kept.told]
    this.#path = this.#list.tokens
    this.#replaced = before.tokens.slice(hole.keep)
    this.#budget = budget
    this.#bytes = new GrowingBytes(context.vocabulary, prefixLength)
    this.#telling = new Telling(context.vocabulary, request, prefixLength)
  }

  async run(): Promise<Filled> {
    for (;;) {
      const end = await this.#draw()
      if (end === null) continue
      this.#context.books.countUncached(Math.max(0, this.#path.length - 1))
      return this.#finish(end)
    }
  }

  /** One request to the engine; null: the value goes on. */
  async #draw(): Promise<RawEnd | null> {
    const [context, request] = [this.#context, this.#request]
    const turn = context.pace.take(requestCost)
    if (turn !== null) await turn
    await this.#makeRoom(1)
    const before = this.#list
    const room = context.contextTokens - before.tokens.length
    if (room < 1) return this.#full()
    const settings = { ...context, ...request }
    const wanted = drawOptions(settings, before.tokens, this.#draws)
    const soFar = {
      list: before,
      matcher: this.#matcher,
      keep: this.#keep,
      text: () => textIn(this.#value()),
    }
    const generation = {
      tokens: before.tokens,
      lineage: before.lineage,
      matcher: this.#matcher,
      draw: this.#matchers.draw(context.vocabulary, await askedFirst(context, request, soFar, wanted)),
      tokensMax: this.#tokensMax(room),
      forbidden: closedAfter(request.closed, before.tokens),
      signal: request.signal,
      runsForced: true,
      onTokens: this.#telling.during(before.tokens.subarray(this.#keep)),
    }
    const result = await context.draws.generate(generation, this.#matchers.start, before.digest)
    this.#take(before, result)
    return this.#judge(result)
  }

  get #matcher() {
    return this.#matchers.current
  }

  #tokensMax(room: number): number {
    const { listener, hook } = this.#request
    const left = Math.min(this.#budget.left, room, this.#matchers.drawsLeft(this.#budget))
    if (listener.watch !== null || hook !== null) return Math.min(left, tokensWatched)
    return listener.ready === null ? left : Math.min(left, tokensStreamed)
  }

  #take(before: TokenList, result: GenerateResult): void {
    this.#add(result)
    giveLiteral(this.#context.vocabulary, this.#list, before.tokens.length, this.#matcher)
    for (const { index, gap } of result.nearTies) {
      this.#ties.push({ position: before.tokens.length + index, gap })
    }
    this.#context.books.record(this.#list, result.usage, before.tokens.length)
  }

  /** What was drawn costs; what was sure counts as a draw all the same, so that draws keep their numbers. */
  #add({ tokens, kinds, logprobs }: GenerateResult): void {
    const { length } = this.#list.tokens
    let seen = 0
    for (const kind of kinds) this.#told.push(kind === tokenKind.forced ? null : (logprobs[seen++] ?? null))
    this.#list = editTokens(this.#list, length, tokens, origin.sampled)
    for (let from = 0, until = 0; from < tokens.length; from = until) {
      const kind = kinds[from]
      while (until < tokens.length && kinds[until] === kind) until += 1
      const part = tokens.subarray(from, until)
      if (kind === tokenKind.drawn) this.#budget = this.#budget.drawn(part)
      else {
        this.#budget = this.#budget.forced(part)
        this.#list.origins.fill(origin.forced, length + from, length + until)
      }
      if (kind === tokenKind.forced) continue
      this.#draws += part.length
      this.#path = this.#list.tokens.subarray(0, length + until)
    }
  }

  async #judge(result: GenerateResult): Promise<RawEnd | null> {
    if (result.stop === 'dead-end') {
      const isClosed = closedAfter(this.#request.closed, this.#list.tokens).length > 0
      return { kind: 'dead-end', why: isClosed || this.#hole.ban !== null ? 'closed' : 'nowhere' }
    }
    if (result.stop === 'eog') {
      const { endToken } = result
      if (endToken !== null) this.#path = concatTokens(this.#list.tokens, Int32Array.of(endToken))
      return { kind: 'end-of-text' }
    }
    // Bytes forced after the value are the literal's, and the walk writes them itself.
    if (result.stop === 'forced' && !this.#matcher.isEnded()) {
      await this.#force({ hasMoved: result.tokens.length > 0 })
      if (this.#list.tokens.length > this.#context.contextTokens) throw this.#noRoom()
    }
    this.#matchers.goOn(this.#list.tokens.subarray(this.#keep), this.#budget)
    if (this.#matcher.isEnded()) return { kind: 'ended' }
    const { watch, ready } = this.#request.listener
    if (watch !== null) {
      const rejection = await watch({ news: this.#news(), text: () => textIn(this.#value()) })
      if (rejection !== null) return { kind: 'rejected', rejection }
    }
    if (this.#budget.left === 0) return this.#limit()
    if (ready !== null) await settleOrAbort(this.#request.signal, ready)
    return null
  }

  /** Appends the bytes the constraint leaves no choice about. */
  async #force(moved: { readonly hasMoved: boolean }): Promise<void> {
    const tokens = takeForced(this.#context.vocabulary, this.#list, this.#matcher, moved)
    // Before they are there: no request may be longer than the context.
    await this.#makeRoom(tokens.length)
    this.#budget = this.#budget.forced(tokens)
    for (const _ of tokens) this.#told.push(null)
    this.#list = editTokens(this.#list, this.#list.tokens.length, tokens, origin.forced)
  }

  /** Where the context is full, tokens before the hole go, if the caller agreed to that. */
  async #makeRoom(needed: number): Promise<void> {
    const range = rangeToDrop(this.#context, this.#list, needed, this.#keep)
    if (range === null) return
    this.#dropped = droppedAlso(this.#context, this.#dropped, this.#list)
    this.#list = await dropTokens(this.#context.engine, this.#list, range, this.#request.signal)
    this.#path = without(this.#path, range)
    this.#keep -= range.until - range.from
  }

  /** The context ends within the hole: a text ends with it, any other value is not whole. */
  #full(): RawEnd {
    const { spent } = this.#budget
    if (spent === 0 || this.#request.constraint !== null) throw this.#noRoom()
    this.#warnings.push(`The context is full, and the text of the hole ends there, after ${spent} tokens.`)
    return this.#limit()
  }

  /** A text may stop anywhere between two code points; any other value must be a member as it stands. */
  #limit(): RawEnd {
    if (this.#request.constraint !== null && !this.#matcher.canEnd()) {
      return { kind: 'unfinished', tokens: this.#list.tokens.length - this.#keep }
    }
    this.#list = cutText({ list: this.#list, matcher: this.#matcher }, this.#keep, this.#replaced).list
    return { kind: 'limit' }
  }

  /** Bytes of the value so far; what ran into the literal after it is not of it. */
  #value(): Uint8Array {
    const own = this.#list.tokens.subarray(this.#keep)
    return this.#bytes.of(own).subarray(0, this.#matcher.valueLength())
  }

  #news(): string {
    const value = this.#value()
    const news = this.#watchDecoder.decode(value.subarray(this.#watched), { stream: true })
    this.#watched = value.length
    return news
  }

  #finish(raw: RawEnd): Filled {
    const [{ vocabulary, constraints }, { constraint }] = [this.#context, this.#request]
    const isValue = raw.kind === 'ended' || raw.kind === 'end-of-text' || raw.kind === 'limit'
    const overrun = isValue ? this.#matcher.suffixLength() : 0
    const whole = { text: textIn(this.#value()), list: this.#list, overrun }
    const isMember = (text: string): boolean => constraint !== null && constraints.has(constraint, text)
    const ends = this.#matchers.isUnended ? [] : this.#hole.ends.ends
    const value = cutEnd(vocabulary, this.#request, ends, whole, this.#keep, isMember)
    this.#telling.finish(value.text)
    return {
      end: raw.kind === 'ended' ? endOf(value) : raw,
      ...writtenValue(this.#context, this.#before, this.#request, {
        value,
        list: this.#list,
        told: this.#told,
        keep: this.#keep,
        prefixLength: this.#hole.prefix.length,
        path: this.#path,
        dropped: this.#dropped,
        writes: this.#request.writes,
        kept: this.#kept,
      }),
      ties: this.#ties,
      warnings: this.#warnings,
    }
  }

  #noRoom(): CapacityError {
    const { contextTokens } = this.#context
    return withoutRoom(this.#request.path, this.#list.tokens.length, contextTokens, textIn(this.#value()))
  }
}
