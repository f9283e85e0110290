// Which expressions have members. Decides that what is left after a byte leads somewhere, by its parts where these tell
// it, else by looking for a member.
import { addEscapeEdges, pointsOf } from './escapes.js'
import { ItemLists } from './item-lists.js'
import { addEdges } from './points.js'
import { deriving, type Residual } from './residual.js'
import { Residuals } from './residuals.js'
import { addBytes } from './suffix-automaton.js'

/** Parts in each other up to which one is judged by them: deeper nesting is only met in hostile expressions. */
const depthMax = 64

export class LivingResiduals extends Residuals {
  readonly #isLive = new Map<Residual, boolean>()
  readonly lists = new ItemLists({
    nothing: this.nothing,
    node: (key, made) => this.node(key, made),
    alt: (parts) => this.alt(parts),
    concat: (left, right) => this.concat(left, right),
    after: (residual, byte) => this.after(residual, byte),
    isLive: (residual) => this.isLive(residual),
    spelledWhole: (part, begun) => this.spelled(this.#begunBy(part, begun)),
    count: (steps) => this.count(steps),
  })
  #depth = 0

  /** What is left after a byte; `nothing` where nothing at all is. */
  after(residual: Residual, byte: number): Residual {
    const next = this.derived(residual, byte)
    return this.isLive(next) ? next : this.nothing
  }

  /** Whether it has a member. */
  isLive(residual: Residual): boolean {
    if (residual.isPlain) return residual !== this.nothing
    if (residual.isNullable) return true
    const known = this.#isLive.get(residual)
    if (known !== undefined) return known
    this.#depth += 1
    try {
      const isLive = this.#livesBy(residual) ?? this.#search(residual)
      this.#isLive.set(residual, isLive)
      return isLive
    } finally {
      this.#depth -= 1
    }
  }

  /** Whether it has a member beside the empty string. */
  goesOn(residual: Residual): boolean {
    if (residual.isPlain) return residual !== this.nothing && residual !== this.empty
    return this.#edgesOf(residual).some((byte) => this.after(residual, byte) !== this.nothing)
  }

  /** Where parts tell it: what is spelled has too many states to be searched. */
  #livesBy(residual: Residual): boolean | null {
    if (residual.kind === 'items') return this.lists.hasOther(residual.place)
    if (this.#depth > depthMax) return null
    switch (residual.kind) {
      case 'concat': {
        let rest: Residual = residual
        for (; rest.kind === 'concat'; rest = rest.right) if (!this.isLive(rest.left)) return false
        return this.isLive(rest)
      }
      case 'alt':
        return residual.parts.some((part) => this.isLive(part))
      case 'spelled':
        return this.isLive(
          residual.begun === '' ? residual.part : this.#begunBy(residual.part, residual.begun),
        )
      default:
        return null
    }
  }

  /** Of the part's texts those that begin with what the escape may come to mean. */
  #begunBy(part: Residual, begun: string): Residual {
    return this.and([part, this.concat(this.points(pointsOf(begun)), this.anyText)])
  }

  /** Looks for a member, the shortest first: others may be very long, and there may be no end of them. */
  #search(start: Residual): boolean {
    const cameFrom = new Map<Residual, Residual | null>([[start, null]])
    const left = [start]
    for (const state of left) {
      for (const byte of this.#edgesOf(state)) {
        const next = this.derived(state, byte)
        const isFound = next.isNullable || (next.isPlain && next !== this.nothing)
        if (isFound || this.#isLive.get(next) === true) {
          for (let at: Residual | null = state; at !== null; at = cameFrom.get(at)!)
            this.#isLive.set(at, true)
          return true
        }
        if (next === this.nothing || this.#isLive.has(next) || cameFrom.has(next)) continue
        cameFrom.set(next, state)
        left.push(next)
      }
    }
    for (const state of cameFrom.keys()) this.#isLive.set(state, false)
    return false
  }

  /** One byte of each kind that may make a difference now. */
  #edgesOf(residual: Residual): number[] {
    const edges = new Set<number>([0])
    const seen = new Set([residual])
    for (const part of seen) {
      if (part.kind === 'text') {
        edges.add(this.bytes[part.from]!)
        edges.add(this.bytes[part.from]! + 1)
      } else if (part.kind === 'points') addEdges(part.ranges, part.need, edges)
      else if (part.kind === 'spelled') addEscapeEdges(part.begun, edges)
      else if (part.kind === 'stretch') addBytes(part.source.automaton, part.state, edges)
      for (const child of deriving(part)) seen.add(child)
    }
    this.count(seen.size + edges.size)
    edges.delete(256)
    return [...edges]
  }
}
