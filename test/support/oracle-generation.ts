// One generation on the oracle: what it draws from a state, and what it takes without a draw. It says what is to be
// decoded, and is told the state that gave.

import { tokenKind } from '../../lib/base/token-kind.js'
import type {
  Generation,
  GenerationResult,
  GenerationStop,
  NearTie,
  StepFailure,
  TokenLogprobs,
} from '../../lib/native/addon.js'
import { drawToken, topLogprobs } from './oracle-draw.js'
import { forcedRun, sureToken } from './oracle-forced.js'
import type { OracleOptions } from './oracle-options.js'

export class OracleGeneration {
  readonly generation: Generation
  /** Which row its sequence last grew by: generations at one place hold the same cells. */
  place: number
  state: number
  stop: GenerationStop | null = null
  decoded = 0
  kept: GenerationResult['kept'] = null
  guessed = 0
  confirmed = 0
  /** Rows decoded beyond its tokens, as if these had been drawn. */
  readonly guesses: OracleGuess[] = []
  readonly tokens: number[] = []
  readonly #kinds: number[] = []
  readonly #before: Int32Array
  readonly #cells: number
  readonly #options: OracleOptions
  readonly #logprobs: (TokenLogprobs | null)[] = []
  readonly #nearTies: NearTie[] = []
  #endToken: number | null = null
  #failure: StepFailure | null = null
  /** What comes next, only its logits are wanted. */
  #sure: number | null = null

  /** `before`: all tokens of its sequence. `cells`: as many tokens as a sequence may have. */
  constructor(
    generation: Generation,
    at: { readonly place: number; readonly state: number },
    before: Int32Array,
    cells: number,
    options: OracleOptions,
  ) {
    this.generation = generation
    this.place = at.place
    this.state = at.state
    this.#before = before
    this.#cells = cells
    this.#options = options
  }

  /** Tokens to decode before there are logits to draw from. */
  get pending(): readonly number[] {
    return this.tokens.slice(this.decoded)
  }

  /** It goes on from logits. */
  get isDrawing(): boolean {
    return this.stop === null && this.pending.length === 0
  }

  get result(): GenerationResult {
    return {
      tokens: Int32Array.from(this.tokens),
      kinds: Uint8Array.from(this.#kinds),
      decoded: this.decoded,
      stop: this.stop ?? 'paused',
      endToken: this.#endToken,
      logprobs: this.#logprobs,
      nearTies: this.#nearTies,
      kept: this.kept,
      guessed: this.guessed,
      confirmed: this.confirmed,
      failure: this.#failure,
    }
  }

  /** What is drawn and was guessed is decoded. */
  takeGuesses(): void {
    while (this.stop === null && this.pending.length > 0 && this.guesses.length > 0) {
      const guess = this.guesses[0]!
      if (guess.token !== this.pending[0] && !this.#options.bugs?.keepsGuesses) return
      this.guesses.shift()
      guess.stands = true
      this.decoded++
      this.state = guess.state
      this.place = guess.place
    }
  }

  draw(): void {
    const { matcher, draw } = this.generation
    this.#failure = this.#options.failDraw?.(this.generation, this.tokens.length) ?? null
    if (this.#failure !== null) {
      this.stop = 'failed'
      return
    }
    const allowed = matcher.mask()
    const mask = allowed.slice()
    for (const last of this.#banned()) mask[last >> 5]! &= ~(1 << (last & 31))
    const sure = this.#sure
    this.#sure = null
    const drawn = sure === null ? this.#drawFrom(mask) : { token: sure, gap: Infinity }
    if (drawn === null) {
      this.stop = 'dead-end'
      return
    }
    const { token, gap } = drawn
    if (gap < 0.25) this.#nearTies.push({ index: this.tokens.length, gap })
    if (this.#options.isEog?.(token)) {
      this.stop = 'eog'
      this.#endToken = token
      return
    }
    this.#add(token, sure === null ? tokenKind.drawn : tokenKind.sure)
    const told = Math.max(draw.logprobs, draw.looked ?? 0)
    if (told > 0) this.#logprobs.push(topLogprobs(this.state, token, told, allowed, mask))
    this.settle()
  }

  /** What is sure before anything was drawn. */
  start(): void {
    this.#takeSure()
  }

  /** After a token: what is forced, and what is sure after that. */
  settle(): void {
    const { matcher, before, tokensMax } = this.generation
    const { vocabulary } = this.#options
    if (!matcher.isEnded() && matcher.forced().length > 0) {
      const run =
        vocabulary === undefined || before === undefined ? null : forcedRun(vocabulary, this.#all, matcher)
      if (run === null || this.#length + run.length > this.#cells) {
        this.stop = 'forced'
        return
      }
      for (const token of run) {
        if (!matcher.allows(token)) break
        this.#add(token, tokenKind.forced)
      }
    }
    const draws = this.#kinds.filter((kind) => kind !== tokenKind.forced).length
    const isFull = before !== undefined && this.#length >= this.#cells
    if (matcher.isEnded()) this.stop = 'ended'
    else if (draws >= tokensMax || isFull) this.stop = 'limit'
    else this.#takeSure()
  }

  #takeSure(): void {
    const { matcher, before, draw } = this.generation
    const { vocabulary } = this.#options
    if (vocabulary === undefined || before === undefined) return
    const sure = sureToken(vocabulary, this.#all, matcher, draw, this.#banned())
    if (sure === null) return
    if (draw.logprobs > 0) this.#sure = sure
    else {
      this.#add(sure, tokenKind.sure)
      if ((draw.looked ?? 0) > 0) this.#logprobs.push(null)
      this.settle()
    }
  }

  #drawFrom(mask: Uint32Array) {
    const { draw } = this.generation
    const draws = this.#kinds.filter((kind) => kind !== tokenKind.forced).length
    const { penaltyLastN, penaltyWindow } = draw
    const window = penaltyLastN === 0 ? [] : [...penaltyWindow, ...this.tokens].slice(-penaltyLastN)
    return drawToken(this.state, mask, draw, draw.drawIndex + draws, window)
  }

  #banned(): number[] {
    const { forbidden } = this.generation
    const { tokens } = this
    const ending = forbidden.filter((path) => path.length === tokens.length + 1)
    return ending
      .filter((path) => tokens.every((token, index) => token === path[index]))
      .map((path) => path.at(-1)!)
  }

  #add(token: number, kind: number): void {
    if (!this.generation.matcher.accept(token))
      throw new Error(`the matcher refused ${token} after allowing it`)
    this.tokens.push(token)
    this.#kinds.push(kind)
  }

  get #length(): number {
    return this.#before.length + this.tokens.length
  }

  get #all(): Int32Array {
    return Int32Array.of(...this.#before, ...this.tokens)
  }
}

/** A row decoded for a token that may be drawn next, for all who stand where it comes after. */
export interface OracleGuess {
  readonly token: number
  readonly state: number
  readonly place: number
  readonly owner: OracleGeneration
  /** Somebody drew it. */
  stands: boolean
}

/** A row to decode: the token behind the row `after`, for all who go on with it. */
export interface OracleRow {
  readonly after: number
  readonly token: number
  readonly place: number
  readonly members: OracleGeneration[]
}

/** Rows of what is pending, the shortest first; at most so many. `shares`: who goes on alike shares a row. */
export function rowsOf(
  running: readonly OracleGeneration[],
  most: number,
  firstPlace: number,
  shares: (row: OracleRow, after: number) => boolean,
): OracleRow[] {
  const rows: OracleRow[] = []
  for (const one of [...running].sort((a, b) => a.pending.length - b.pending.length)) {
    let after = one.place
    for (const token of one.pending) {
      let row = rows.find((other) => other.token === token && shares(other, after))
      if (row === undefined) {
        if (rows.length >= most) break
        row = { after, token, place: firstPlace + rows.length, members: [] }
        rows.push(row)
      }
      row.members.push(one)
      after = row.place
    }
  }
  return rows
}
