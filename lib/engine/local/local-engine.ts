// The engine of this process: text and constraints in, tokens and cells below. Positions, holes and books are made
// here; what computes tokens is given (serve/kv-engine.ts, or a test's own).
import type { Pace } from '../../async/pace.js'
import type { Constraint } from '../../constraint/constraint-type.js'
import type { Lineage } from '../../kv/lineage.js'
import type {
  Engine,
  EngineCapabilities,
  Found,
  Pin,
  Session,
  SessionOptions,
  TokenRange,
} from '../engine.js'
import type { EngineObserver, Observation } from '../observed.js'
import type { Position } from '../position.js'
import type { EngineStats } from '../stats.js'
import type { SpecialTexts } from '../tokens.js'
import { Books } from './account/books.js'
import { engineCapabilities } from './capabilities.js'
import { freshDraws, KnownDraws } from './serve/known-draws.js'
import type { TokenEngine } from './serve/token-engine.js'
import { LocalSession } from './session.js'
import { Appended } from './text/appended.js'
import { LocalPosition, type Spelled } from './text/position.js'
import { restoredTokens, type SavedTokens, savedTokens } from './text/saved.js'
import { firstTokens } from './text/tokens.js'
import { ConstraintCache } from './tokens/constraint-cache.js'
import { endsAt, hasSpecial } from './tokens/special-texts.js'
import { tokenTable } from './tokens/table.js'
import { tokenText } from './tokens/token-text.js'
import { vocabularyId } from './tokens/vocabulary-id.js'
import { dropTokens } from './write/shift.js'
import { textTokens, tokensText } from './write/whole-text.js'

export interface LocalEngineOptions {
  readonly tokens: TokenEngine
  /** Numbers of the drawn answers that are remembered, 8 bytes each; 0: none; default 262,144. */
  readonly answersMax?: number
}

export class LocalEngine implements Engine {
  readonly capabilities: EngineCapabilities
  readonly startText: string
  readonly #tokens: TokenEngine
  readonly #constraints: ConstraintCache
  readonly #known: KnownDraws

  constructor({ tokens, answersMax }: LocalEngineOptions) {
    const { vocabulary } = tokens
    this.#tokens = tokens
    this.#constraints = new ConstraintCache((ir) => vocabulary.compile(ir))
    this.#known = new KnownDraws(tokens, answersMax)
    this.startText =
      vocabulary.addsBos && vocabulary.bos !== null
        ? new TextDecoder().decode(vocabulary.specialText(vocabulary.bos))
        : ''
    this.capabilities = engineCapabilities(tokens.capabilities)
  }

  textBytesMax(): number {
    return this.capabilities.contextTokens * tokenTable(this.#tokens.vocabulary).bytesMax
  }

  start(adapters: readonly number[]): Position {
    const { vocabulary } = this.#tokens
    const lineage = this.#tokens.computedWith(adapters)
    return new LocalPosition(vocabulary, { ...firstTokens(vocabulary, lineage), overrun: 0, dropped: null })
  }

  withAdapters(position: Position, adapters: readonly number[]): Position {
    const spelled = this.#spelled(position)
    const lineage = this.#tokens.computedWith(adapters)
    const [own, wanted] = [scalesOf(spelled.lineage), scalesOf(lineage)]
    const isSame = own.length === wanted.length && own.every((scale, index) => scale === wanted[index])
    return isSame ? position : new LocalPosition(this.#tokens.vocabulary, { ...spelled, lineage })
  }

  adaptersOf(position: Position): readonly number[] {
    return scalesOf(this.#spelled(position).lineage)
  }

  tokensOf(position: Position): Int32Array {
    return this.#spelled(position).tokens.slice()
  }

  found(position: Position): Found {
    const { tokens, lineage } = this.#spelled(position)
    return this.#tokens.found(tokens, lineage)
  }

  vocabularyId(): string {
    return vocabularyId(this.#tokens.vocabulary)
  }

  saved(position: Position): SavedTokens {
    return savedTokens(this.#spelled(position))
  }

  restored(saved: unknown, adapters: readonly number[]): Position {
    const { vocabulary } = this.#tokens
    const lineage = this.#tokens.computedWith(adapters)
    const { contextTokens } = this.capabilities
    return new LocalPosition(vocabulary, restoredTokens(vocabulary, saved, { lineage, contextTokens }))
  }

  tokenize(text: string, special: SpecialTexts, pace: Pace): Promise<Int32Array> {
    return textTokens(this.#tokens.vocabulary, text, special, pace)
  }

  detokenize(tokens: Int32Array, pace: Pace): Promise<string> {
    return tokensText(this.#tokens.vocabulary, tokens, pace)
  }

  async count(text: string, special: SpecialTexts, pace: Pace): Promise<number> {
    return (await this.tokenize(text, special, pace)).length
  }

  tokenTexts(tokens: readonly number[]): readonly string[] {
    return tokens.map((token) => tokenText(this.#tokens.vocabulary, token))
  }

  ended(position: Position): void {
    const { tokens, lineage } = this.#spelled(position)
    this.#tokens.ended(tokens, lineage)
  }

  stats(): EngineStats {
    return this.#tokens.stats()
  }

  observe(observer: EngineObserver): Observation {
    return this.#tokens.observe(observer)
  }

  async prepare(constraint: Constraint, signal: AbortSignal): Promise<void> {
    await this.#constraints.prepared(constraint, signal)
  }

  has(constraint: Constraint, text: string): boolean {
    return this.#constraints.has(constraint, text)
  }

  hasSpecial(text: string): boolean {
    return hasSpecial(this.#tokens.vocabulary, text)
  }

  endsAt(mark: string): boolean {
    return endsAt(this.#tokens.vocabulary, mark)
  }

  session({ overflow, draws, room, looked, pace, turns }: SessionOptions): Session {
    const { vocabulary } = this.#tokens
    return new LocalSession({
      id: {},
      vocabulary,
      contextTokens: room === 'any' ? Number.POSITIVE_INFINITY : this.capabilities.contextTokens,
      engine: this.#tokens,
      constraints: this.#constraints,
      draws: draws === 'fresh' ? freshDraws(this.#tokens) : this.#known,
      books: new Books(),
      appended: new Appended(),
      overflow,
      looked,
      pace,
      turns,
    })
  }

  async pin(position: Position, signal: AbortSignal | null): Promise<Pin> {
    const { tokens, lineage } = this.#spelled(position)
    return (await this.#tokens.pin(tokens, signal, lineage)).pin
  }

  async drop(position: Position, range: TokenRange, signal: AbortSignal | null): Promise<Position> {
    const before = this.#spelled(position)
    const list = await dropTokens(this.#tokens, before, range, signal)
    const overrun = range.until === before.tokens.length ? 0 : before.overrun
    return new LocalPosition(this.#tokens.vocabulary, { ...list, overrun, dropped: null })
  }

  async dispose(): Promise<void> {
    await this.#tokens.dispose()
  }

  #spelled(position: Position): Spelled {
    return LocalPosition.of(this.#tokens.vocabulary, position)
  }
}

function scalesOf(lineage: Lineage | null): readonly number[] {
  return lineage?.set?.scales ?? []
}
