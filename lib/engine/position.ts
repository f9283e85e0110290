// Where a text stands, as an engine has it, and what is written behind it.

/**
 * Everything that stands before one point of a text, as one engine has it: an immutable value, a cache at most behind
 * it. Only the engine that made it can go on from it.
 */
export interface Position {
  /** Tokens up to here, as `capabilities.counts` says. */
  readonly length: number
  /** Of these, the beginning that stays when others are dropped for room; 0: none was named. */
  readonly head: number
  /**
   * Text that the model wrote beyond what was asked for, the beginning of what comes next: appending it writes nothing
   * anew.
   */
  readonly ahead: string
}

/** A stretch of text and what it is to the engine. */
export interface Written {
  readonly text: string
  /** 'mark': special tokens are read in it. 'generated': the model's own, which is never spelled anew. */
  readonly as: 'given' | 'mark' | 'generated'
}
