// What a dry run tells of a prompt: where its tokens would come from, whether it fits, and what might be written
// better.

/** What `model.explain` gives. Counts are tokens. */
export interface Explanation {
  /** In the order they stand; texts of chat marks are among them, and what a branch or an item holds follows it. */
  readonly parts: readonly ExplainedPart[]
  /** In the transcript that the prompt goes on from, not counted below. */
  readonly before: number
  /** Sums over all parts, as often as they may come; with the token a text begins with, which is in no part. */
  readonly tokens: TokenSources
  /** In the longest transcript, if holes stay empty. */
  readonly transcriptMin: number
  /** In the longest transcript there may be, if every hole takes all it may. */
  readonly transcriptMax: number
  /** Cells that may be held at once, and sequences that may be drawn from at once. */
  readonly cellsMax: number
  readonly sequencesMax: number
  /** 'no': the known texts alone are too long. 'maybe': only if holes stay shorter than they may become. */
  readonly fits: 'yes' | 'maybe' | 'no'
  /** Whether parts depend on values nobody has yet, and are counted as nothing. */
  readonly isOpen: boolean
  readonly notes: readonly ExplainNote[]
}

/** Where tokens would come from. */
export interface TokenSources {
  /** Found in the cache as it is now. */
  readonly reused: number
  /** Brought back from host memory. */
  readonly restored: number
  /** Text to be computed, many tokens at once; behind a hole all text, since nobody knows its value. */
  readonly prefilled: number
  /** Of values: their beginnings that a constraint leaves no choice about. */
  readonly forced: number
  /** Of values: the rest at most. */
  readonly drawnMax: number
}

/** A stretch of known text, a hole, or something nobody knows yet. A token that spells two stretches counts once. */
export interface ExplainedPart extends TokenSources {
  /**
   * 'text', 'input', 'known' (a value that was given) and 'mark' (the chat template's) are known; 'hole' is drawn;
   * 'open' depends on values nobody has yet.
   */
  readonly kind: 'text' | 'input' | 'known' | 'mark' | 'hole' | 'open'
  /** Path of the hole, name of the input, or of the branch, item or turn it stands in; '' for other text. */
  readonly path: string
  /** Known text; '' for a hole. */
  readonly text: string
  /** How often it may come: more than once in turns and candidates. */
  readonly timesMax: number
  /** Of the text before a hole: tokens that are spelled anew together with the value. */
  readonly healed: number
  /** Tokens that have to be computed again when this input changes: its own, and all known text behind it. */
  readonly breaks: number
}

/** Something that might be written better. */
export interface ExplainNote {
  readonly code:
    | 'INPUT_EARLY'
    | 'SPACE_BEFORE_HOLE'
    | 'TEXT_WITHOUT_END'
    | 'OPTION_BEGINS_OPTION'
    | 'HOLE_LONGER_THAN_CONTEXT'
  /** As of the part. */
  readonly path: string
  readonly message: string
}
