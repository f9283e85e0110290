// What an engine tells of the tokens of a text: how probable each was, and what else might have stood there. Natural
// logarithms of the model's own probabilities: before masks, penalties, filters and temperature.

import type { TokenAlternative } from '../prompt/draw-view.js'

/** How probable one token of a text was, and what else might have stood there. */
export interface TokenLogprobs extends TokenAlternative {
  /**
   * What the token adds to the text. A character that several tokens spell belongs to the last of them, and the others
   * have '' for it. A special token has the name a chat template gives it.
   */
  readonly text: string
  /**
   * ln of what all tokens that the constraint allowed here had together: 0 where it forbade nothing. A token that
   * nothing drew has its own `logprob`, since nothing else could come; a known one has 0.
   */
  readonly allowed: number
  /**
   * 'drawn': chosen by the model, by itself or with the whole option it belongs to. 'forced': the constraint left no
   * choice. 'known': given by the caller.
   */
  readonly origin: 'drawn' | 'forced' | 'known'
  /** The most probable tokens here, the best first, as many as `logprobs` asks for. */
  readonly alternatives: readonly TokenAlternative[]
}

/** Works out what is missing; costs a decode of the tokens that nothing drew. Rejects as a fill does. */
export type AskLogprobs = (signal: AbortSignal) => Promise<readonly TokenLogprobs[]>
