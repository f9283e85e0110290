// Reads a text by a constraint, byte by byte, without native code: how far a member may begin so, where one ends, and
// whether one goes on. Follows all ways of cutting the text into lexemes at once (Earley), each stretch of a rule as a
// frame that knows who waits for it. A rule at the end of another one returns to whoever waits for that, so that
// lists of any length cost what they are long. Throws ConstraintError CONSTRAINT_TOO_COMPLEX.
import type { ConstraintIr } from '../ir/ir.js'
import { Grammar } from './grammar.js'
import type { Residual } from './residual.js'

export interface Reading {
  /** Characters that some member begins with. */
  readonly fits: number
  /** The numbers of characters, from the fewest on, after which the text is a member. */
  readonly ends: readonly number[]
  /** Whether some member goes on behind what fits. */
  readonly goesOn: boolean
}

/** What waits for a rule: a place of an alternative in its frame. */
interface Waiting {
  readonly slot: number
  readonly frame: Frame
}

/** One rule begun at one byte. Marks hold the byte something was last done at, so that it is done once. */
interface Frame {
  readonly rule: number
  readonly at: number
  readonly waiting: Waiting[]
  /** Who waits for the rules this one stands at the end of. */
  readonly inherited: Set<readonly Waiting[]>
  /** All who wait, once no more come. */
  all: readonly Waiting[] | null
  endedAt: number
  readonly enteredAt: Map<number, number>
  readonly threadAt: Map<number, number>
}

interface Thread extends Waiting {
  readonly residual: Residual
}

/** Kept residuals and states beyond which all begin anew. */
const keptMax = 400_000
const idsMax = 2 ** 31

export class Recogniser {
  readonly #ir: ConstraintIr
  #grammar: Grammar

  constructor(ir: ConstraintIr) {
    this.#ir = ir
    this.#grammar = new Grammar(ir)
  }

  /** Whether there is no member at all. */
  get isEmpty(): boolean {
    return this.#grammar.beginsOf(this.#grammar.top).length === 0
  }

  has(text: string): boolean {
    const { ends } = this.read(text)
    return ends.at(-1) === text.length
  }

  read(text: string): Reading {
    if (this.#grammar.size > keptMax) this.#grammar = new Grammar(this.#ir)
    this.#grammar.residuals.restart()
    const walk = new Walk(this.#grammar)
    const ends = walk.isMember ? [0] : []
    let fits = 0
    for (const character of text) {
      // A character may have begun well.
      if (!walk.take(character.codePointAt(0)!)) return this.read(text.slice(0, fits))
      fits += character.length
      if (walk.isMember) ends.push(fits)
    }
    return { fits, ends, goesOn: walk.goesOn }
  }
}

class Walk {
  readonly #grammar: Grammar
  readonly #top: Frame
  #at = 0
  #threads: Thread[] = []
  /** Frames that begin at this byte, by rule. */
  #begun = new Map<number, Frame>()
  readonly #left: Waiting[] = []

  constructor(grammar: Grammar) {
    this.#grammar = grammar
    this.#top = this.#begin(grammar.top)
    this.#close()
  }

  get isMember(): boolean {
    return this.#top.endedAt === this.#at
  }

  get goesOn(): boolean {
    return this.#threads.some(({ residual }) => this.#grammar.residuals.goesOn(residual))
  }

  /** One more character; false where no member goes on with it. */
  take(point: number): boolean {
    if (point < 0x80) return this.#takeByte(point)
    // Half a surrogate pair is no text.
    if (point >= 0xd800 && point < 0xe000) return false
    if (point < 0x800) return this.#takeByte(0xc0 | (point >> 6)) && this.#takeRest(point, 1)
    if (point < 0x10000) return this.#takeByte(0xe0 | (point >> 12)) && this.#takeRest(point, 2)
    return this.#takeByte(0xf0 | (point >> 18)) && this.#takeRest(point, 3)
  }

  #takeRest(point: number, count: number): boolean {
    for (let left = count - 1; left >= 0; left -= 1) {
      if (!this.#takeByte(0x80 | ((point >> (left * 6)) & 0x3f))) return false
    }
    return true
  }

  #takeByte(byte: number): boolean {
    const { residuals } = this.#grammar
    const before = this.#threads
    this.#threads = []
    this.#at += 1
    this.#begun = new Map()
    residuals.count(before.length)
    for (const { slot, frame, residual } of before) {
      const next = residuals.after(residual, byte)
      if (next !== residuals.nothing) this.#follow(slot, frame, next)
    }
    this.#close()
    return this.#threads.length > 0 || this.isMember
  }

  /** Goes on within a lexeme, and behind it where it may end. */
  #follow(slot: number, frame: Frame, residual: Residual): void {
    if (residual.isNullable) this.#left.push({ slot: slot + 1, frame })
    if (residual === this.#grammar.residuals.empty) return
    const key = slot * idsMax + residual.id
    if (frame.threadAt.get(key) === this.#at) return
    frame.threadAt.set(key, this.#at)
    this.#threads.push({ slot, frame, residual })
  }

  /** Follows everything that takes no byte. */
  #close(): void {
    for (let next = this.#left.pop(); next !== undefined; next = this.#left.pop()) {
      const { slot, frame } = next
      if (frame.enteredAt.get(slot) === this.#at) continue
      frame.enteredAt.set(slot, this.#at)
      this.#grammar.residuals.count(1)
      const here = this.#grammar.slotAt(slot)
      const rule = this.#grammar.ruleAt(here, frame.rule)
      if (here.kind === 'lexeme') this.#follow(slot, frame, here.residual)
      else if (rule !== null) this.#call(rule, slot + 1, frame)
      else this.#end(frame)
    }
  }

  #begin(rule: number): Frame {
    const frame: Frame = {
      rule,
      at: this.#at,
      waiting: [],
      inherited: new Set(),
      all: null,
      endedAt: -1,
      enteredAt: new Map(),
      threadAt: new Map(),
    }
    this.#begun.set(rule, frame)
    for (const slot of this.#grammar.beginsOf(rule)) this.#left.push({ slot, frame })
    return frame
  }

  /** The rule begins here; `slot` of the frame comes after it. */
  #call(rule: number, slot: number, frame: Frame): void {
    const called = this.#begun.get(rule) ?? this.#begin(rule)
    // Nobody else will wait for a frame that began before, so those who do can be told at once.
    const isLast = this.#grammar.slotAt(slot).kind === 'end' && frame.at < this.#at
    const all = isLast ? this.#allOf(frame) : [{ slot, frame }]
    if (isLast && called.inherited.has(all)) return
    if (isLast) called.inherited.add(all)
    else called.waiting.push(all[0]!)
    if (called.endedAt === this.#at) this.#resume(all)
  }

  #end(frame: Frame): void {
    if (frame.endedAt === this.#at) return
    frame.endedAt = this.#at
    const lists = frame.at < this.#at ? [this.#allOf(frame)] : [frame.waiting, ...frame.inherited]
    for (const list of lists) this.#resume(list)
  }

  #resume(list: readonly Waiting[]): void {
    this.#grammar.residuals.count(list.length)
    for (const waiting of list) this.#left.push(waiting)
  }

  /** Of a frame that began before this byte. */
  #allOf(frame: Frame): readonly Waiting[] {
    frame.all ??= this.#merged(frame)
    return frame.all
  }

  #merged({ waiting, inherited }: Frame): readonly Waiting[] {
    const lists = [...inherited, ...(waiting.length > 0 ? [waiting] : [])]
    if (lists.length === 1) return lists[0]!
    const places = new Map<Frame, Set<number>>()
    const all: Waiting[] = []
    for (const { slot, frame } of lists.flat()) {
      const slots = places.get(frame) ?? new Set()
      places.set(frame, slots)
      if (slots.has(slot)) continue
      slots.add(slot)
      all.push({ slot, frame })
    }
    this.#grammar.residuals.count(all.length)
    return all
  }
}
