// One request as the scheduler works on it: the tokens known so far, what is still to be done with them, and what it
// cost. Knows nothing of other requests; never touches the tree.

import { firstPosition, type Position } from '../base/ids.js'
import { tokenKind } from '../base/token-kind.js'
import { type Lineage, setOf } from '../kv/lineage.js'
import { HashedPath } from '../kv/lost-tokens.js'
import type { FoundBefore } from '../kv/match.js'
import type { ShiftRange } from '../kv/shift.js'
import type { KeptRow, Lease, TreeNode } from '../kv/tree-node.js'
import type {
  DrawOptions,
  GenerationStop,
  NativeMatcher,
  NearTie,
  TokenLogprob,
  TokenLogprobs,
} from '../native/addon.js'

export interface GenerationSpec {
  readonly matcher: NativeMatcher
  readonly draw: DrawOptions
  readonly tokensMax: number
  readonly forbidden: readonly Int32Array[]
  /** Bytes that follow without alternative become tokens of its own; default false: it stops before them. */
  readonly runsForced?: boolean
  readonly onTokens: ((tokens: Int32Array, kinds: Uint8Array) => void) | null
}

export interface WorkSpec {
  readonly tokens: Int32Array
  /** Draws tokens after them; null: they only have to be decoded. */
  readonly generation: GenerationSpec | null
  /** Log-probabilities wanted after these positions: the rows must be decoded, cached cells do not have them. */
  readonly targets: ReadonlyMap<number, Int32Array> | null
  /** How many of the most probable tokens are wanted beside them; default 0. */
  readonly best?: number
  /** Whoever draws after the tokens is about to come: the logits stay for it, where they are computed. */
  readonly keepsLogits?: boolean
  /** Protects the tokens from eviction once they are there. */
  readonly isPinned?: boolean
  /** Shifted cells it may find. */
  readonly lineage?: Lineage | null
  /** Nothing is decoded: what is cached of the tokens is shifted, as far as it is. */
  readonly shift?: ShiftRange | null
}

/** A range of positions given to llama_decode, or of calls to it. */
export interface DecodedRange {
  readonly from: number
  until: number
}

/** Tokens that forced bytes are spelled after: mostly far more than are looked at. */
const beforeTokens = 512

/** A request draws as many without that its tokens are copied again. */
const roomMin = 64

function withRoom(tokens: Int32Array, room: number): Int32Array {
  const grown = new Int32Array(tokens.length + room)
  grown.set(tokens)
  return grown
}

export class Work {
  /** Order of arrival. */
  readonly number: number
  readonly generation: GenerationSpec | null
  readonly targets: ReadonlyMap<number, Int32Array> | null
  /** Log-probabilities that came back, by position. */
  readonly scores = new Map<number, Float64Array>()
  /** The most probable tokens beside these. */
  readonly bests = new Map<number, readonly TokenLogprob[]>()
  readonly best: number
  readonly promptCount: number
  readonly logprobs: (TokenLogprobs | null)[] = []
  /** Indexes count from the first token drawn in any step. */
  readonly nearTies: NearTie[] = []
  readonly decoded: DecodedRange[] = []
  /** Growable; the first `count` are known. */
  tokens: Int32Array
  count: number
  /** Of the tokens after the prompt, one of `tokenKind` each; growable like these. */
  #kinds = new Uint8Array(0)
  /** Of these, those that are not forced. */
  #draws = 0
  lease: Lease | null = null
  /** Kept logits that its first draw is made from, without a row; while it holds a sequence. */
  logits: KeptRow | null = null
  isAborted = false
  readonly isPinned: boolean
  readonly keepsLogits: boolean
  readonly lineage: Lineage | null
  readonly shift: ShiftRange | null
  pinned: TreeNode | null = null
  stop: Exclude<GenerationStop, 'paused' | 'failed'> | null = null
  endToken: number | null = null
  restored = 0
  /** Of the decoded tokens: those decoded before, of the prompt and of what was drawn. */
  redecoded = 0
  redrawn = 0
  /** Rows decoded for tokens that were not drawn yet, and how many of these were drawn then. */
  guessed = 0
  confirmed = 0
  /** Where its cells ended after its last step. */
  heldUntil = 0
  /** Numbers of the llama_decode calls it took part in. */
  readonly decodeCalls: DecodedRange[] = []
  /** Rows decoded for it: the sum of `decoded`. */
  rowsDecoded = 0
  /** Where other requests want to fork, for memories that fork whole sequences only. */
  readonly forkStops: number[] = []
  /** Tokens this request has in common with an earlier one that has yet to decode them. */
  forkFrom = 0
  /** Where its tokens were found when last looked for; see lib/schedule/found.ts. */
  found: FoundBefore | null = null
  /** For the books of lost tokens. */
  readonly path: HashedPath
  readonly #isPenalised: boolean
  /** Positions of `targets`, in order, and how many of the first ones have come back. */
  readonly #targetPositions: Int32Array
  #targetsMet = 0
  /** The forbidden paths that what was drawn has followed so far. */
  #forbidden: readonly Int32Array[]

  constructor(number: number, spec: WorkSpec) {
    this.number = number
    this.generation = spec.generation
    this.targets = spec.targets
    this.best = spec.best ?? 0
    this.isPinned = spec.isPinned ?? false
    this.keepsLogits = spec.generation !== null || (spec.keepsLogits ?? false)
    this.lineage = spec.lineage ?? null
    this.path = new HashedPath(setOf(this.lineage))
    this.shift = spec.shift ?? null
    this.tokens = withRoom(spec.tokens, spec.generation === null || this.shift !== null ? 0 : roomMin)
    this.count = this.promptCount = spec.tokens.length
    const draw = spec.generation?.draw
    this.#isPenalised =
      draw !== undefined &&
      (draw.repeatPenalty !== 1 || draw.frequencyPenalty !== 0 || draw.presencePenalty !== 0)
    this.#forbidden = spec.generation?.forbidden ?? []
    this.#targetPositions = Int32Array.from(spec.targets?.keys() ?? []).sort()
  }

  /** Rows from here on must be decoded, even if the tokens are cached: their logits are needed. */
  get rowsFrom(): number {
    if (this.generation !== null) return this.count - 1
    if (this.targets === null) return this.count
    const wanted = this.#targetPositions
    while (this.#targetsMet < wanted.length && this.scores.has(wanted[this.#targetsMet]!)) this.#targetsMet++
    return wanted[this.#targetsMet] ?? this.count
  }

  /** Number of the set of adapters its tokens are computed with. */
  get set(): number {
    return setOf(this.lineage)
  }

  get position(): Position {
    return this.lease === null ? firstPosition : this.lease.node.until
  }

  /** Tokens known and not decoded. */
  get rowsLeft(): number {
    return this.count - this.position
  }

  get drawnCount(): number {
    return this.count - this.promptCount
  }

  get drawn(): Int32Array {
    return this.tokens.slice(this.promptCount, this.count)
  }

  /** How each of `drawn` came about. */
  get drawnKinds(): Uint8Array {
    return this.#kinds.slice(0, this.drawnCount)
  }

  /** Draws it may still make. */
  get drawnLeft(): number {
    return this.generation === null ? 0 : this.generation.tokensMax - this.#draws
  }

  /** It draws from kept logits no more. */
  leaveLogits(): void {
    if (this.logits !== null) this.logits.users--
    this.logits = null
  }

  /** What its next tokens come after, as far as forced ones depend on it. */
  get before(): Int32Array {
    return this.tokens.subarray(Math.max(0, this.count - beforeTokens), this.count)
  }

  /** Draw options for the next draw. The window is the last of what was asked and what was drawn after it. */
  nextDraw(): DrawOptions {
    const draw = this.generation!.draw
    if (this.drawnCount === 0) return draw
    return {
      ...draw,
      drawIndex: draw.drawIndex + this.#draws,
      penaltyWindow: this.#isPenalised ? this.#nextWindow(draw) : draw.penaltyWindow,
    }
  }

  #nextWindow({ penaltyWindow, penaltyLastN }: DrawOptions): Int32Array {
    const drawn = Math.min(this.drawnCount, penaltyLastN)
    const asked = Math.min(penaltyWindow.length, penaltyLastN - drawn)
    const window = new Int32Array(asked + drawn)
    window.set(penaltyWindow.subarray(penaltyWindow.length - asked))
    window.set(this.tokens.subarray(this.count - drawn, this.count), asked)
    return window
  }

  /** Forbidden paths that can still be completed, counted from the next draw. */
  nextForbidden(): readonly Int32Array[] {
    const count = this.drawnCount
    return count === 0 ? this.#forbidden : this.#forbidden.map((path) => path.subarray(count))
  }

  /** `kinds`: all drawn by default. */
  addDrawn(tokens: Int32Array, kinds: Uint8Array = new Uint8Array(tokens.length)): void {
    const count = this.count + tokens.length
    if (count > this.tokens.length) {
      // By what was drawn: the prompt may be a thousand times as long.
      const room = Math.max(roomMin, this.drawnCount) + tokens.length
      this.tokens = withRoom(this.tokens.subarray(0, this.count), room)
    }
    if (count - this.promptCount > this.#kinds.length) {
      const kindsGrown = new Uint8Array(this.tokens.length - this.promptCount)
      kindsGrown.set(this.#kinds)
      this.#kinds = kindsGrown
    }
    this.tokens.set(tokens, this.count)
    const before = this.drawnCount
    this.#kinds.set(kinds, before)
    for (const kind of kinds) if (kind !== tokenKind.forced) this.#draws += 1
    this.count = count
    if (this.#forbidden.length === 0) return
    const goesOn = (path: Int32Array): boolean =>
      path.length > this.drawnCount && tokens.every((token, index) => path[before + index] === token)
    this.#forbidden = this.#forbidden.filter(goesOn)
  }

  addDecoded(from: number, until: number): void {
    addRange(this.decoded, from, until)
    this.rowsDecoded += Math.max(0, until - from)
  }

  addCalls(from: number, until: number): void {
    addRange(this.decodeCalls, from, until)
  }

  /** Tokens of the prompt that this request neither decoded nor brought back. */
  get reused(): number {
    const ranges = [...this.decoded].sort((a, b) => a.from - b.from)
    let until = 0
    let own = 0
    for (const range of ranges) {
      const from = Math.max(range.from, until)
      until = Math.max(until, Math.min(range.until, this.promptCount))
      own += Math.max(0, until - from)
    }
    return Math.max(0, this.promptCount - own - this.restored)
  }
}

/** Adjacent ranges become one, so that the list grows with the interruptions and not with the steps. */
function addRange(ranges: DecodedRange[], from: number, until: number): void {
  if (until <= from) return
  const last = ranges.at(-1)
  if (last !== undefined && last.until === from) last.until = until
  else ranges.push({ from, until })
}
