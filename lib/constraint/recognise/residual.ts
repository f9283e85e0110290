// The shapes of expressions over bytes (residuals.ts). Decides which parts of one have a say in what follows; never
// makes one.
import type { Ranges } from './points.js'
import type { SuffixAutomaton } from './suffix-automaton.js'

/** A text whose stretches may stand somewhere. */
export interface Source {
  readonly id: string
  readonly automaton: SuffixAutomaton
}

/** `max` may be Infinity. */
export interface DistinctList {
  readonly id: number
  readonly item: Residual
  readonly comma: Residual
  readonly min: number
  readonly max: number
}

/** Values in the order they came; the last one stands in front. */
export interface SeenValues {
  readonly id: number
  readonly size: number
  readonly key: string
  readonly before: SeenValues | null
}

/** Bytes of an item. */
export interface ItemText {
  readonly id: number
  readonly byte: number
  readonly before: ItemText | null
}

/** A residual within a list: before an item (`text` null) or in it, `rest` being what is left of it. */
export interface ListPlace {
  readonly list: DistinctList
  readonly seen: SeenValues
  /** Items before. */
  readonly count: number
  readonly text: ItemText | null
  readonly rest: Residual
}

type Shape =
  | { readonly kind: 'nothing' | 'empty' }
  /** The bytes [from, until) of the constraint. */
  | { readonly kind: 'text'; readonly from: number; readonly until: number }
  /** `need` bytes are missing for one code point of the ranges; 0: all of it. */
  | { readonly kind: 'points'; readonly need: number; readonly ranges: Ranges }
  | { readonly kind: 'concat'; readonly left: Residual; readonly right: Residual }
  | { readonly kind: 'alt' | 'and'; readonly parts: readonly Residual[] }
  /** Every string of bytes that is not in the part. */
  | { readonly kind: 'other'; readonly part: Residual }
  | { readonly kind: 'repeat'; readonly part: Residual; readonly min: number; readonly max: number }
  /** The part's texts as JSON spells them; `begun`: an escape that is not whole yet. */
  | { readonly kind: 'spelled'; readonly part: Residual; readonly begun: string }
  /** What may follow in a source, in this state of its automaton. */
  | { readonly kind: 'stretch'; readonly source: Source; readonly state: number }
  | { readonly kind: 'items'; readonly place: ListPlace }

/** What is known of an expression by its parts. */
export type Made = Shape & {
  /** Whether the empty string is a member. */
  readonly isNullable: boolean
  /** Whether intersections and complements have no part in it, so that it has a member unless it is `nothing`. */
  readonly isPlain: boolean
}

/** What may still come of an expression. */
export type Residual = Made & { readonly id: number }

const none: readonly Residual[] = []

/** The parts that have a say in what is left after a byte. */
export function deriving(residual: Residual): readonly Residual[] {
  switch (residual.kind) {
    case 'concat':
      return residual.left.isNullable ? [residual.left, residual.right] : [residual.left]
    case 'alt':
    case 'and':
      return residual.parts
    case 'items': {
      const { list, rest, text } = residual.place
      return text !== null && rest.isNullable ? [rest, list.comma] : [rest]
    }
    case 'other':
    case 'repeat':
      return [residual.part]
    case 'spelled':
      return residual.begun === '' ? [residual.part] : none
    default:
      return none
  }
}

export function idsOf(parts: readonly Residual[]): string {
  return parts.map(({ id }) => id).join()
}
