// How a token of a generation came about, as the addon says it: a closed set, numbers on both sides.

/** How a token of a generation came about. */
export const tokenKind = {
  /** The draw options chose it from logits. */
  drawn: 0,
  /**
   * Its bytes follow without alternative after a draw, two at least, and it is canonical whatever follows these. It
   * counts neither for `tokensMax` nor in the numbers of draws, and nothing can refuse it.
   */
  forced: 1,
  /**
   * It counts as drawn, but its logits were not needed: its bytes follow without alternative, and it is canonical
   * whatever follows that the constraint allows. Not where the bias names it, or a forbidden path ends with it.
   */
  sure: 2,
} as const
