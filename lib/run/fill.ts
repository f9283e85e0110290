// One attempt at one hole: opens the hole at the end of the transcript, lets the engine draw under the constraint,
// appends what is forced, and cuts the value out. Decides where the value begins and ends in the tokens. Never judges
// the value (attempts.ts does) and never changes the transcript it was given.

import { assert } from '../base/assert.js'
import { CapacityError } from '../base/errors.js'
import { isConstraint, quoted } from '../constraint/constraint-type.js'
import { type GenerateResult, tokenKind } from '../engine/engine.js'
import type { NativeMatcher, TokenLogprobs } from '../native/addon.js'
import type { Hole } from '../prompt/part.js'
import type { MatcherPlace } from './answers.js'
import { cutText } from './cut-text.js'
import { type DrawSettings, drawOptions } from './draw.js'
import type { TokenTie } from './event.js'
import type { Following } from './follow.js'
import { GrowingBytes } from './growing-bytes.js'
import { startHole } from './hole-start.js'
import { dropTokens, rangeToDrop, without } from './overflow.js'
import { PartialJson } from './partial-json.js'
import type { Scope } from './scope.js'
import { settleOrAbort } from './signal.js'
import { constraintOf, cutEnd, endsOf, stopsOf } from './stops.js'
import { Teller } from './teller.js'
import { TokenBudget } from './token-budget.js'
import { editTokens, origin, type TokenList, type TranscriptState, textIn } from './transcript.js'

/** What an attempt starts from. */
export interface FillRequest {
  readonly scope: Scope
  readonly hole: Hole
  readonly path: string
  readonly transcript: TranscriptState
  readonly after: Following
  readonly draw: DrawSettings
  /** Tokens of an earlier attempt that stay, after the hole's opening. */
  readonly kept: Int32Array
  /** Called between draws with the value so far; a reason ends the attempt. null: the engine runs on by itself. */
  readonly watch: ((value: ValueSoFar) => Promise<Rejection | null>) | null
}

/** A value that is being drawn. */
export interface ValueSoFar {
  /** The text that came since it was looked at before. */
  readonly news: string
  /** All of it; costs what it is long. */
  text(): string
}

/** Why a value is wrong, and from which index of its text on; 0: as a whole. */
export interface Rejection {
  readonly reason: string
  readonly from: number | null
}

/**
 * What a value ends with: the model's own end; what the constraint ends with, or what follows the hole; a limit, so
 * that nobody knows whether the model had said all.
 */
export type EndedBy = 'end' | 'stop' | 'limit'

export type FillEnd =
  | { readonly kind: 'value'; readonly endedBy: EndedBy }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'dead-end' }
  | { readonly kind: 'tokens-max' }

export interface Filled {
  readonly end: FillEnd
  readonly text: string
  readonly tokens: TokenList
  /** Tokens before the hole's own. */
  readonly keep: number
  /** Bytes of the hole's first tokens that belong to the literal before it. */
  readonly prefixLength: number
  readonly overrun: number
  /** Tokens up to the last drawn one, an end-of-generation token included: what must not be drawn again. */
  readonly drawnPath: Int32Array
  readonly logprobs: readonly TokenLogprobs[]
  /** The tokens as they were before some were dropped for room. */
  readonly shifted: readonly TokenList[]
}

export const tokensMaxDefault = 512
/** Tokens drawn before the walk looks again, where somebody listens or watches. */
const tokensWatched = 1
const tokensStreamed = 8
/** What a request costs that needs no engine since its answer is known, in characters. */
const requestCost = 256
const encoder = new TextEncoder()

export async function fillOnce(request: FillRequest): Promise<Filled> {
  const { scope, transcript, after } = request
  const rejected = scope.tried.rejectedAt(transcript)
  const { constraints, signal } = scope.run
  const constraint = constraintOf(request.hole, after, rejected)
  const { native, fingerprint } = await constraints.prepared(constraint, signal)
  // An end belongs to the constraint, and what follows the hole comes only after it.
  const hasEnds = endsOf(request.hole, after).length > 0
  const suffix = after.literal === '' || hasEnds ? null : encoder.encode(after.literal)
  const { keep, prefix } = startHole(scope.run, request.path, request.hole, transcript, {
    constraint: native,
    suffix,
  })
  const matcher = native.matcher(prefix, suffix)
  try {
    // Without the texts rejected since, less of an earlier attempt may fit.
    let count = 0
    while (count < request.kept.length && matcher.accept(request.kept[count]!)) count += 1
    const kept = request.kept.subarray(0, count)
    const list = editTokens(transcript, keep, kept, origin.sampled)
    const place = { fingerprint, prefix, suffix, from: keep }
    return await new Attempt({ ...request, kept }, matcher, list, place).run()
  } finally {
    matcher.dispose()
  }
}

class Attempt {
  readonly #request: FillRequest
  readonly #matcher: NativeMatcher
  #keep: number
  readonly #place: MatcherPlace
  readonly #logprobs: TokenLogprobs[] = []
  readonly #ties: TokenTie[] = []
  readonly #shifted: TokenList[] = []
  #budget: TokenBudget
  /** What stood where the hole's tokens stand, in the literal before it. */
  readonly #replaced: Int32Array
  #list: TokenList
  /** Which draw comes next, for the seed. */
  #drawn: number
  #drawnPath: Int32Array
  readonly #bytes: GrowingBytes
  /** Of the bytes, those the watcher was told of, and what decodes them. */
  #watched = 0
  readonly #watchDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #teller: Teller
  /** Read on by what is told; null where nobody listens or the hole holds no JSON. */
  readonly #json: PartialJson | null
  /** What is told while a request runs: its tokens are not in the list yet. */
  readonly #told: GrowingBytes
  /** Forced tokens of the running request, which are told with the next drawn one. */
  #untold: Int32Array = new Int32Array(0)

  constructor(request: FillRequest, matcher: NativeMatcher, list: TokenList, place: MatcherPlace) {
    this.#request = request
    this.#matcher = matcher
    this.#keep = place.from
    this.#place = place
    this.#list = list
    this.#drawn = request.kept.length
    this.#drawnPath = list.tokens
    this.#replaced = request.transcript.tokens.slice(place.from)
    const { vocabulary } = request.scope.run.engine
    const tokensMax = request.hole.options.tokensMax ?? tokensMaxDefault
    this.#budget = new TokenBudget(vocabulary, tokensMax, place.prefix.length).drawn(request.kept)
    this.#bytes = new GrowingBytes(vocabulary, place.prefix.length)
    this.#told = new GrowingBytes(vocabulary, place.prefix.length)
    this.#teller = new Teller([...stopsOf(request.hole), request.after.literal, ...request.after.either])
    const { language } = request.hole
    this.#json = isConstraint(language) && language.kind === 'json' ? new PartialJson() : null
  }

  async run(): Promise<Filled> {
    for (;;) {
      const end = await this.#draw()
      if (end === null) continue
      this.#request.scope.run.ledger.countUncached(Math.max(0, this.#drawnPath.length - 1))
      return this.#finish(end)
    }
  }

  /** One request to the engine; null: the value goes on. */
  async #draw(): Promise<FillEnd | null> {
    const { scope, draw, watch } = this.#request
    const { engine, answers, ledger, listener, signal, pace } = scope.run
    const turn = pace.take(requestCost)
    if (turn !== null) await turn
    await this.#makeRoom(1)
    const room = engine.capabilities.contextTokens - this.#list.tokens.length
    if (room < 1) return this.#full()
    const tokensLeft = Math.min(this.#budget.left, room)
    const tokensMax = Math.min(
      tokensLeft,
      watch !== null ? tokensWatched : listener.ready === null ? tokensLeft : tokensStreamed,
    )
    const before = this.#list
    this.#untold = new Int32Array(0)
    const request = {
      tokens: before.tokens,
      lineage: before.lineage,
      matcher: this.#matcher,
      draw: drawOptions(draw, before.tokens, this.#drawn),
      tokensMax,
      forbidden: scope.tried.after(before.tokens),
      signal,
      runsForced: true,
      onTokens: listener.wantsTokens
        ? (tokens: Int32Array, kinds: Uint8Array) => this.#tell(before, tokens, kinds)
        : null,
    }
    const result = await answers.generate(request, this.#place, before.digest)
    this.#add(result)
    for (const logprob of result.logprobs) this.#logprobs.push(logprob)
    for (const { index, gap } of result.nearTies) {
      this.#ties.push({ position: before.tokens.length + index, gap })
    }
    ledger.record(this.#list, result.usage, before.tokens.length)
    return this.#judge(result)
  }

  /** Drawn tokens cost and count, forced ones do not. What was sure counts as drawn, but nobody chose it. */
  #add({ tokens, kinds }: GenerateResult): void {
    const { length } = this.#list.tokens
    this.#list = editTokens(this.#list, length, tokens, origin.sampled)
    for (let from = 0, until = 0; from < tokens.length; from = until) {
      const isForced = kinds[from] === tokenKind.forced
      while (until < tokens.length && (kinds[until] === tokenKind.forced) === isForced) {
        if (kinds[until] !== tokenKind.drawn) this.#list.origins[length + until] = origin.forced
        until += 1
      }
      const part = tokens.subarray(from, until)
      this.#budget = isForced ? this.#budget.forced(part) : this.#budget.drawn(part)
      if (isForced) continue
      this.#drawn += part.length
      this.#drawnPath = this.#list.tokens.subarray(0, length + until)
    }
  }

  async #judge(result: GenerateResult): Promise<FillEnd | null> {
    const { watch, scope } = this.#request
    if (result.stop === 'dead-end') return { kind: 'dead-end' }
    if (result.stop === 'eog') {
      if (result.endToken !== null)
        this.#drawnPath = concat(this.#list.tokens, Int32Array.of(result.endToken))
      return { kind: 'value', endedBy: 'end' }
    }
    // Bytes forced after the value are the literal's, and the walk writes them itself.
    if (result.stop === 'forced' && !this.#matcher.isEnded()) {
      this.#force(result.tokens.length > 0)
      await this.#makeRoom(0)
      if (this.#list.tokens.length > scope.run.engine.capabilities.contextTokens) throw this.#noRoom()
    }
    if (this.#matcher.isEnded()) return { kind: 'value', endedBy: 'stop' }
    if (watch !== null) {
      const rejection = await watch({ news: this.#news(), text: () => this.#text() })
      if (rejection !== null) return { kind: 'rejected', rejection }
    }
    if (this.#budget.left === 0) return this.#limit()
    const { listener, signal } = scope.run
    if (listener.ready !== null) await settleOrAbort(signal, listener.ready)
    return null
  }

  /**
   * Appends the bytes the constraint leaves no choice about. A last token that might run past them is left to the
   * mask, unless nothing else would move the attempt on.
   */
  #force(hasMoved: boolean): void {
    const { engine, boundary } = this.#request.scope.run
    const forced = this.#matcher.forced()
    let { added } = boundary.forcedTokens(engine.vocabulary, this.#list.tokens, forced)
    if (added.length === 0 && !hasMoved) added = engine.vocabulary.tokenize(forced)
    let accepted = 0
    while (accepted < added.length && this.#matcher.accept(added[accepted]!)) accepted += 1
    assert(accepted > 0 || hasMoved, 'forced bytes have a token the matcher accepts')
    const forcedTokens = added.slice(0, accepted)
    this.#budget = this.#budget.forced(forcedTokens)
    this.#list = editTokens(this.#list, this.#list.tokens.length, forcedTokens, origin.forced)
  }

  /** Where the context is full, tokens before the hole go, if the caller agreed to that. */
  async #makeRoom(needed: number): Promise<void> {
    const { run } = this.#request.scope
    const range = rangeToDrop(run, this.#list, needed, this.#keep)
    if (range === null) return
    this.#shifted.push(this.#list)
    this.#list = await dropTokens(run.engine, this.#list, range, run.signal)
    this.#drawnPath = without(this.#drawnPath, range)
    this.#keep -= range.until - range.from
  }

  /** The context ends within the hole: a text ends with it, any other value is not whole. */
  #full(): FillEnd {
    const { hole, path, scope } = this.#request
    const { spent } = this.#budget
    if (spent === 0 || isConstraint(hole.language)) throw this.#noRoom()
    const message = `The context is full, and the text of the hole ends there, after ${spent} tokens.`
    scope.run.listener.emit({ type: 'warning', hole: path, message })
    return this.#limit()
  }

  /** A text may stop anywhere between two code points; any other value must be a member as it stands. */
  #limit(): FillEnd {
    const isText = !isConstraint(this.#request.hole.language)
    if (!isText && !this.#matcher.canEnd()) return { kind: 'tokens-max' }
    const text = { list: this.#list, matcher: this.#matcher }
    this.#list = cutText(text, this.#keep, this.#replaced).list
    return { kind: 'value', endedBy: 'limit' }
  }

  /** Bytes of the value so far; what ran into the literal after it is not of it. */
  #value(): Uint8Array {
    const own = this.#list.tokens.subarray(this.#keep)
    return this.#bytes.of(own).subarray(0, this.#matcher.valueLength())
  }

  #text(): string {
    return textIn(this.#value())
  }

  #news(): string {
    const value = this.#value()
    const news = this.#watchDecoder.decode(value.subarray(this.#watched), { stream: true })
    this.#watched = value.length
    return news
  }

  /** While a request runs, the matcher is the engine's; what the tokens mean is worked out from their bytes. */
  #tell(before: TokenList, tokens: Int32Array, kinds: Uint8Array): void {
    const { scope, path } = this.#request
    const untold = concat(before.tokens.subarray(this.#keep + this.#told.tokens), this.#untold)
    const until = kinds.findLastIndex((kind) => kind !== tokenKind.forced) + 1
    this.#untold = until === 0 ? concat(this.#untold, tokens) : tokens.subarray(until)
    if (until === 0) return
    const text =
      this.#teller.next(this.#told.add(untold)) + this.#teller.next(this.#told.add(tokens.subarray(0, until)))
    const drawn = Array.from(tokens).filter((_, index) => kinds[index] !== tokenKind.forced)
    scope.run.listener.emit({ type: 'token', hole: path, tokens: drawn, text })
    if (this.#json === null) return
    this.#json.push(text)
    const value = this.#json.value()
    if (value !== undefined) scope.run.listener.emit({ type: 'partial', hole: path, value })
  }

  #tellRest(text: string): void {
    const { scope, path } = this.#request
    const rest = this.#teller.last(text)
    if (rest !== '') scope.run.listener.emit({ type: 'token', hole: path, tokens: [], text: rest })
  }

  #finish(end: FillEnd): Filled {
    const { hole, path, scope, after } = this.#request
    const bounds = { keep: this.#keep, prefixLength: this.#place.prefix.length }
    const whole = {
      text: this.#text(),
      tokens: this.#list,
      overrun: end.kind === 'value' ? this.#matcher.suffixLength() : 0,
    }
    const value = cutEnd(scope, hole, whole, after, bounds)
    if (scope.run.listener.wantsTokens) this.#tellRest(value.text)
    if (this.#ties.length > 0) scope.run.listener.emit({ type: 'near-tie', hole: path, ties: this.#ties })
    return {
      end,
      ...value,
      ...bounds,
      drawnPath: this.#drawnPath,
      logprobs: this.#logprobs,
      shifted: this.#shifted,
    }
  }

  #noRoom(): CapacityError {
    const { contextTokens } = this.#request.scope.run.engine.capabilities
    return new CapacityError(
      'CONTEXT_FULL',
      `Hole ${this.#request.path} is at token ${this.#list.tokens.length}, and the context holds ${contextTokens}; ` +
        `load the model with more contextTokens. So far the hole holds ${quoted(this.#text())}.`,
    )
  }
}

function concat(left: Int32Array, right: Int32Array): Int32Array {
  const both = new Int32Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}
