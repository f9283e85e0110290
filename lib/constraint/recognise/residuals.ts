// Expressions over bytes and what is left of them after each byte (Brzozowski's derivatives; alternatives are parted as
// Antimirov has them). Equal expressions are one object, so what was worked out once is known. Nothing recurses: an
// expression may be as deep as it likes. Work is counted, and ends in ConstraintError CONSTRAINT_TOO_COMPLEX.
import { ConstraintError } from '../../base/errors.js'
import { scalars } from '../ir/code-point-set.js'
import { escaped, isRaw } from './escapes.js'
import type { ItemLists } from './item-lists.js'
import { afterByte, type Ranges } from './points.js'
import { deriving, idsOf, type Made, type Residual, type Source } from './residual.js'
import { stateAfter, suffixAutomaton } from './suffix-automaton.js'

/** Of one reading; a second or two. */
const stepsMax = 20_000_000

export abstract class Residuals {
  abstract readonly lists: ItemLists
  protected readonly bytes: Uint8Array
  readonly #known = new Map<string, Residual>()
  readonly #after = new Map<number, Residual>()
  #steps = 0
  readonly nothing = this.node('nothing', { kind: 'nothing', isNullable: false, isPlain: true })
  readonly empty = this.node('empty', { kind: 'empty', isNullable: true, isPlain: true })
  protected readonly anyText = this.repeat(this.points(scalars.flat()), 0, Number.POSITIVE_INFINITY)

  /** `bytes`: those that texts point into. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** How much is kept. */
  get size(): number {
    return this.#known.size + this.#after.size + this.lists.size
  }

  /** Begins to count anew. */
  restart(): void {
    this.#steps = 0
  }

  /** Throws ConstraintError CONSTRAINT_TOO_COMPLEX once too much was done. */
  count(steps: number): void {
    this.#steps += steps
    if (this.#steps <= stepsMax) return
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `Reading a text by the constraint took more than ${stepsMax} steps; ` +
        'expected a simpler constraint or a shorter text.',
    )
  }

  text(from: number, until: number): Residual {
    if (from === until) return this.empty
    const made = { kind: 'text', from, until, isNullable: false, isPlain: true } as const
    return this.node(`t${from},${until}`, made)
  }

  /** `need`: bytes that are missing for one code point of the ranges. */
  points(ranges: Ranges, need = 0): Residual {
    if (ranges.length === 0) return this.nothing
    const made = { kind: 'points', need, ranges, isNullable: false, isPlain: true } as const
    return this.node(`p${need}:${ranges.join()}`, made)
  }

  concat(left: Residual, right: Residual): Residual {
    if (left === this.nothing || right === this.nothing) return this.nothing
    if (left === this.empty) return right
    if (right === this.empty) return left
    const isNullable = left.isNullable && right.isNullable
    const isPlain = left.isPlain && right.isPlain
    return this.node(`.${left.id},${right.id}`, { kind: 'concat', left, right, isNullable, isPlain })
  }

  alt(list: Iterable<Residual>): Residual {
    const parts = this.#parts('alt', list)
    parts.delete(this.nothing)
    if (parts.size === 0) return this.nothing
    const sorted = [...parts].sort((a, b) => a.id - b.id)
    if (sorted.length === 1) return sorted[0]!
    const isNullable = sorted.some((part) => part.isNullable)
    const isPlain = sorted.every((part) => part.isPlain)
    return this.node(`|${idsOf(sorted)}`, { kind: 'alt', parts: sorted, isNullable, isPlain })
  }

  and(list: Iterable<Residual>): Residual {
    const parts = this.#parts('and', list)
    if (parts.has(this.nothing)) return this.nothing
    const others = [...parts].filter((part) => part.kind !== 'other' || part.part !== this.nothing)
    const sorted = others.sort((a, b) => a.id - b.id)
    if (sorted.length === 1) return sorted[0]!
    const isNullable = sorted.every((part) => part.isNullable)
    return this.node(`&${idsOf(sorted)}`, { kind: 'and', parts: sorted, isNullable, isPlain: false })
  }

  /** Every text that is not in the part. */
  not(part: Residual): Residual {
    return this.and([this.anyText, this.#other(part)])
  }

  #other(part: Residual): Residual {
    if (part.kind === 'other') return part.part
    return this.node(`!${part.id}`, { kind: 'other', part, isNullable: !part.isNullable, isPlain: false })
  }

  /** `max` may be Infinity. */
  repeat(part: Residual, min: number, max: number): Residual {
    if (max === 0 || part === this.empty) return this.empty
    if (part === this.nothing) return min === 0 ? this.empty : this.nothing
    const least = part.isNullable ? 0 : min
    const { isPlain } = part
    const made = { kind: 'repeat', part, min: least, max, isNullable: least === 0, isPlain } as const
    return this.node(`*${part.id},${least},${max}`, made)
  }

  /** The part's texts as they are spelled inside of a JSON string. `begun`: an escape that is not whole yet. */
  spelled(part: Residual, begun = ''): Residual {
    if (part === this.nothing || (part === this.empty && begun === '')) return part
    const isNullable = part.isNullable && begun === ''
    return this.node(`q${part.id},${begun}`, { kind: 'spelled', part, begun, isNullable, isPlain: false })
  }

  /** Any stretch of the bytes [from, until) of the constraint but the empty one, whole characters only. */
  stretch(from: number, until: number): Residual {
    if (from === until) return this.nothing
    const automaton = suffixAutomaton(this.bytes.subarray(from, until))
    return this.#stretch({ id: `${from},${until}`, automaton }, 0)
  }

  /** null: nothing is left. */
  #stretch(source: Source, state: number | null): Residual {
    if (state === null) return this.nothing
    const { first, endsCharacter } = source.automaton
    if (first[state] === -1) return this.empty
    const isNullable = state !== 0 && endsCharacter[state] === 1
    return this.node(`s${source.id},${state}`, { kind: 'stretch', source, state, isNullable, isPlain: true })
  }

  /** What is left after a byte, be it without members. */
  derived(residual: Residual, byte: number): Residual {
    const known = this.#knownAfter(residual, byte)
    if (known !== undefined) return known
    /** Each is seen twice: once to look at its parts first, and once when these are known. */
    const left: (Residual | null)[] = [residual]
    const opened: Residual[] = []
    while (left.length > 0) {
      const next = left.pop()!
      if (next === null) {
        const part = opened.pop()!
        this.#after.set(part.id * 256 + byte, this.#derive(part, byte))
      } else if (this.#knownAfter(next, byte) === undefined) {
        opened.push(next)
        left.push(null)
        for (const child of deriving(next)) left.push(child)
      }
    }
    return this.#knownAfter(residual, byte)!
  }

  #knownAfter(residual: Residual, byte: number): Residual | undefined {
    switch (residual.kind) {
      case 'nothing':
      case 'empty':
        return this.nothing
      case 'text':
        if (this.bytes[residual.from] !== byte) return this.nothing
        return this.text(residual.from + 1, residual.until)
      default:
        return this.#after.get(residual.id * 256 + byte)
    }
  }

  /** From what is left of its parts. */
  #derive(residual: Residual, byte: number): Residual {
    this.count(1)
    const of = (part: Residual): Residual => this.#knownAfter(part, byte)!
    switch (residual.kind) {
      case 'points': {
        const rest = afterByte(residual.ranges, residual.need, byte)
        if (rest === null) return this.nothing
        return rest.need === 0 ? this.empty : this.points(rest.ranges, rest.need)
      }
      case 'concat': {
        const { left, right } = residual
        const first = this.#then(of(left), right)
        return left.isNullable ? this.alt([first, of(right)]) : first
      }
      case 'spelled':
        return this.#afterSpelled(residual.part, residual.begun, byte)
      case 'stretch':
        return this.#stretch(residual.source, stateAfter(residual.source.automaton, residual.state, byte))
      case 'alt':
        return this.alt(residual.parts.map(of))
      case 'and':
        return this.and(residual.parts.map(of))
      case 'other':
        return this.#other(of(residual.part))
      case 'repeat': {
        const { part, min, max } = residual
        return this.#then(of(part), this.repeat(part, Math.max(0, min - 1), max - 1))
      }
      case 'items': {
        const { place } = residual
        return this.lists.after(place, byte, of(place.rest), () => of(place.list.comma))
      }
      default:
        return this.nothing
    }
  }

  #afterSpelled(part: Residual, begun: string, byte: number): Residual {
    if (begun === '' && isRaw(byte)) return this.spelled(this.#knownAfter(part, byte)!)
    const meant = escaped(begun + String.fromCharCode(byte))
    if (meant === 'begun') return this.spelled(part, begun + String.fromCharCode(byte))
    if (meant === null) return this.nothing
    let after = part
    for (const each of meant) after = this.derived(after, each)
    return this.spelled(after)
  }

  /** Each alternative with what follows it, so that equal ones are found whatever they stand beside. */
  #then(left: Residual, right: Residual): Residual {
    if (left.kind !== 'alt') return this.concat(left, right)
    return this.alt(left.parts.map((part) => this.concat(part, right)))
  }

  #parts(kind: 'alt' | 'and', list: Iterable<Residual>): Set<Residual> {
    const parts = new Set<Residual>()
    for (const part of list) {
      if (part.kind !== kind) parts.add(part)
      else for (const inner of part.parts) parts.add(inner)
    }
    this.count(parts.size)
    return parts
  }

  protected node(key: string, made: Made): Residual {
    let node = this.#known.get(key)
    if (node === undefined) {
      node = { ...made, id: this.#known.size }
      this.#known.set(key, node)
    }
    return node
  }
}
