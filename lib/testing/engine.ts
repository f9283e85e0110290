// An engine that says what a script has for it. Knows no tokens: words stand for them, and nothing is computed, so that
// what a run would find again is counted and no more. Constraints are judged text by text, without native code.
import { refuseAborted } from '../async/signal.js'
import { CapabilityError, UsageError } from '../base/errors.js'
import type { Constraint } from '../constraint/constraint-type.js'
import type {
  Engine,
  EngineCapabilities,
  Found,
  KnownTexts,
  Opening,
  Pin,
  Session,
  SessionOptions,
  TokenRange,
} from '../engine/engine.js'
import type { Drawn, FillEnd, Filled, FillRequest } from '../engine/fill.js'
import type { Ledger, TokenCost } from '../engine/ledger.js'
import type { Observation } from '../engine/observed.js'
import type { MarkRequest, Scored, ScoreRequest, Searched, SearchRequest } from '../engine/options.js'
import type { Position, Written } from '../engine/position.js'
import { type EngineStats, noStats } from '../engine/stats.js'
import {
  type Asking,
  askFor,
  askForMark,
  askForScores,
  logprobsOf,
  noDraws,
  requireLogprobs,
  scoresAlone,
  spread,
  tell,
  wantsLogprobs,
} from './asking.js'
import { Books } from './books.js'
import { DrawnWords, foundOf, noShift, restoredWords, ScriptPosition, savedWords } from './position.js'
import { noRoom, requireRoom } from './room.js'
import type { Script } from './script.js'
import { readerOf } from './value.js'
import { Word, wordsOf } from './words.js'

const can = {
  memory: 'script',
  constraints: 'all',
  forks: 'free',
  rollback: 'hole',
  hooks: 'none',
  seeds: 'ignored',
  shift: 'none',
  counts: 'estimates',
  parallel: 1,
} as const

export class ScriptedEngine implements Engine {
  readonly capabilities: EngineCapabilities
  readonly startText = ''
  readonly script: Script
  readonly #root = new Word('', null)
  #isClosed = false

  constructor(script: Script, options: Pick<EngineCapabilities, 'contextTokens' | 'logprobs'>) {
    this.script = script
    this.capabilities = { ...can, ...options }
  }

  textBytesMax = (): number => Number.POSITIVE_INFINITY
  start = (): Position => new ScriptPosition(this.#root, this.#root)
  withAdapters = (position: Position): Position => this.own(position)
  adaptersOf = (position: Position): readonly number[] => this.own(position) && []
  tokensOf = (position: Position): Int32Array => this.own(position) && new Int32Array(0)
  found = (position: Position): Found => foundOf(this.own(position))
  vocabularyId = (): string => 'script'
  saved = (position: Position): unknown => savedWords(this.own(position))
  restored = (saved: unknown): Position => restoredWords(this.#root, saved, this.capabilities.contextTokens)
  tokenize = async (): Promise<Int32Array> => Promise.reject(noTokens('tokenize()'))
  detokenize = async (): Promise<string> => Promise.reject(noTokens('detokenize()'))
  count = async (text: string): Promise<number> => wordsOf(text).length
  tokenTexts = (tokens: readonly number[]): readonly string[] => tokens.map(() => '')
  stats = (): EngineStats => noStats()
  observe = (): Observation => ({ settle: () => undefined, dispose: () => undefined })
  ended = (): void => undefined
  endsAt = (): boolean => true
  hasSpecial = (text: string): boolean => /<\|\w+\|>/.test(text)
  has = (constraint: Constraint, text: string): boolean => readerOf(constraint).has(text)

  async prepare(constraint: Constraint, signal: AbortSignal): Promise<void> {
    refuseAborted(signal)
    readerOf(constraint)
  }

  session({ overflow, pace, room }: SessionOptions): Session {
    if (overflow !== null) throw noShift('overflow')
    const contextTokens = room === 'any' ? Number.POSITIVE_INFINITY : this.capabilities.contextTokens
    return new ScriptedSession(this, { script: this.script, contextTokens, pace })
  }

  async pin(position: Position, signal: AbortSignal | null): Promise<Pin> {
    const { word } = this.own(position)
    refuseAborted(signal)
    // Nobody reads these books: the words are cached from here on.
    new Books().compute(word)
    return { dispose: () => undefined }
  }

  async drop(position: Position, range: TokenRange, signal: AbortSignal | null): Promise<Position> {
    const before = this.own(position)
    refuseAborted(signal)
    return before.without(range)
  }

  async dispose(): Promise<void> {
    this.#isClosed = true
  }

  /** Throws UsageError ARGUMENT_INVALID for what another engine made, CLOSED. */
  own(position: Position): ScriptPosition {
    if (!this.#isClosed) return ScriptPosition.of(this.#root, position)
    throw new UsageError('CLOSED', 'The scripted model was disposed; make another one to use it.')
  }
}

class ScriptedSession implements Session {
  readonly #engine: ScriptedEngine
  readonly #asking: Asking
  readonly #books = new Books()
  /** Ends of texts that were written another way since. */
  readonly #former: Word[] = []

  constructor(engine: ScriptedEngine, asking: Asking) {
    this.#engine = engine
    this.#asking = asking
  }

  get decodeCalls(): number {
    return this.#books.calls
  }

  async requireRoom(position: Position, texts: KnownTexts, signal: AbortSignal): Promise<void> {
    refuseAborted(signal)
    requireRoom(this.#engine.own(position).length, texts, this.#asking.contextTokens)
  }

  async append(position: Position, { text }: Written, signal: AbortSignal): Promise<Position> {
    const { word, root, head, ahead } = this.#engine.own(position)
    refuseAborted(signal)
    const end = word.after(text.slice(ahead.length))
    const { contextTokens } = this.#asking
    if (end.length <= contextTokens) return new ScriptPosition(root, end, head, ahead.slice(text.length))
    throw noRoom('CONTEXT_FULL', 'The transcript would have', end.length, contextTokens)
  }

  rewrite(position: Position, written: readonly Written[]): { position: Position; length: number } {
    const before = this.#engine.own(position)
    const { word, length } = before.word.commonWith(written.map(({ text }) => text).join(''))
    this.#former.push(before.word)
    return { position: new ScriptPosition(before.root, word, Math.min(before.head, word.length)), length }
  }

  keepHead(position: Position): Position {
    const { root, word, head, ahead } = this.#engine.own(position)
    return head > 0 ? position : new ScriptPosition(root, word, word.length, ahead)
  }

  async opening(position: Position): Promise<Opening> {
    this.#engine.own(position)
    return { healed: 0, forced: 0 }
  }

  async fill(position: Position, request: FillRequest): Promise<Filled> {
    const before = this.#engine.own(position)
    if (wantsLogprobs(request)) requireLogprobs(this.#engine.capabilities)
    if (request.hook !== null) throw noDraws(request.path)
    const { value, warnings } = await askFor(this.#asking, before, request)
    let end: FillEnd = value?.end ?? { kind: 'dead-end', why: 'closed' }
    let text = ''
    for (const word of wordsOf(value?.text ?? '')) {
      text += word
      const rejection = await tell(request, word, text)
      if (rejection === null) continue
      end = { kind: 'rejected', rejection }
      break
    }
    const logprobs = request.writes === 'value' ? logprobsOf(request, text) : null
    const behind = end.kind === 'rejected' ? '' : (value?.behind ?? '')
    const ahead = request.writes === 'choice' ? before.ahead + text : ''
    return {
      end,
      text,
      behind,
      ...this.#drawn(before, text + behind, ahead),
      logprobs,
      trail: null,
      ties: [],
      warnings,
    }
  }

  async score(position: Position, request: ScoreRequest): Promise<Scored> {
    const before = this.#engine.own(position)
    requireLogprobs(this.#engine.capabilities)
    const after = await askForScores(this.#asking, before, request)
    this.#books.score(
      before.word,
      after.reduce((sum, { tokens }) => sum + tokens, 0),
    )
    const alone = request.scores === 'after' ? null : scoresAlone(after)
    const { options } = request
    return {
      after,
      alone,
      against: request.against === null ? null : scoresAlone(after),
      logprobs: (index) => spread(options[index]!, after[index]!),
      chosen: (index) => this.#drawn(before, options[index]!),
    }
  }

  async probability(position: Position, request: MarkRequest): Promise<number> {
    const before = this.#engine.own(position)
    requireLogprobs(this.#engine.capabilities)
    const probability = await askForMark(this.#asking, before, request)
    this.#books.score(before.word, wordsOf(request.mark).length)
    return probability
  }

  async search(position: Position, request: SearchRequest): Promise<Searched> {
    const before = this.#engine.own(position)
    requireLogprobs(this.#engine.capabilities)
    const { value } = await askFor(this.#asking, before, request)
    if (value === null) return { found: [], closed: [] }
    const { text, end } = value
    if (end.kind === 'unfinished') return { found: 'unfinished', closed: [] }
    const logprobs = logprobsOf(request, text)
    return {
      found: [{ end, text, ...this.#drawn(before, text), logprob: 0, logprobs, trail: null }],
      closed: [],
    }
  }

  async prefill(position: Position, signal: AbortSignal): Promise<void> {
    const { word } = this.#engine.own(position)
    refuseAborted(signal)
    this.#books.prefill(word)
  }

  reject(end: Position | Drawn, since: Position): Drawn | null {
    const from = this.#engine.own(since).word
    const last = end instanceof DrawnWords ? end.word : this.#engine.own(end as Position).word
    const drawn = this.#books.reject(last.path().slice(from.length))
    return drawn === null ? null : new DrawnWords(drawn, from)
  }

  ledger(kept: readonly Position[]): Ledger {
    return this.#books.ledger([...kept.map((position) => this.#engine.own(position).word), ...this.#former])
  }

  costs(position: Position): readonly TokenCost[] {
    return this.#engine.own(position) && []
  }

  #drawn(before: ScriptPosition, text: string, ahead = '') {
    const word = before.word.after(text)
    this.#books.draw(before.word, word)
    const position = new ScriptPosition(before.root, word, before.head, ahead)
    return { position, drawn: new DrawnWords(word, before.word) }
  }
}

function noTokens(what: string): CapabilityError {
  return new CapabilityError(
    'NO_TOKENS',
    `A script has no tokens, which ${what} needs, but words that stand for them; count() counts these.`,
  )
}
