// What can be done to cells: the operations the cache asks for are the ones the native layer carries out. Types only;
// when an operation is refused, the caller says what that means.

/**
 * Cell operations; they run in order before the rows of a step. Ranges are half-open positions. The cache tells ids
 * and positions apart (see ids.ts); callers of the native layer need not.
 */
export type KvOp<Sequence extends number = number, At extends number = number> =
  /** Adds `to` to the cells of `from` in [0, until): a fork. Copies no KV data. */
  | { readonly kind: 'copy'; readonly from: Sequence; readonly to: Sequence; readonly until: At }
  /** Drops `sequence` from its cells at [from, end). `from` 0 frees the whole sequence. */
  | { readonly kind: 'truncate'; readonly sequence: Sequence; readonly from: At }
  /** Drops [from, until) of the sequence and renumbers the rest. Lossy. */
  | { readonly kind: 'shift'; readonly sequence: Sequence; readonly from: At; readonly until: At }
  /** Writes the state of cells [from, until) of the sequence to host memory under `blob` (an id the caller picks). */
  | {
      readonly kind: 'park'
      readonly sequence: Sequence
      readonly from: At
      readonly until: At
      readonly blob: number
    }
  /** Reads a blob back into `sequence` (which must hold nothing in that range). The blob stays until dropped. */
  | { readonly kind: 'restore'; readonly sequence: Sequence; readonly blob: number }
  | { readonly kind: 'drop-blob'; readonly blob: number }
  /**
   * Moves cells [from, until) to the lowest free places, so that fewer places are attended. `sequences` are all that
   * hold them, and they share them. Refused where the memory saves no ranges; a refusal has lost nothing.
   */
  | {
      readonly kind: 'repack'
      readonly sequences: readonly Sequence[]
      readonly from: At
      readonly until: At
    }
