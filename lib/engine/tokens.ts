// Text and tokens as such, apart from any run: what an engine says of them, and how large a text is.

/** Whether the texts of special tokens, `<|im_end|>`, are text like any other or are read as these tokens. */
export type SpecialTexts = 'text' | 'read'

/** How many tokens known texts take, and how many with all that may be drawn between them. */
export interface TextSize {
  /** Of the text that is known, where it is longest. */
  readonly tokens: number
  /** With all tokens that may be drawn; Infinity where nobody can say. */
  readonly tokensMax: number
}
