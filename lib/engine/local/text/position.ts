// What the local engine has of a position: its tokens, and how far they reach into what comes next. Only this engine
// reads it; to the walk it is opaque.

import { isReadable } from '../../../base/seen.js'
import { ofAnotherEngine } from '../../foreign.js'
import type { Position } from '../../position.js'
import { joinTokenBytes } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import { type TokenList, textIn } from './tokens.js'

/** Tokens that a session dropped for room, or wrote anew, on the way to a position: they count in its books. */
export interface Dropped {
  readonly session: object
  readonly list: TokenList
  readonly before: Dropped | null
}

/** What a position is made of. */
export interface Spelled extends TokenList {
  /** Bytes at the end of the tokens that no text was written for yet. */
  readonly overrun: number
  readonly dropped: Dropped | null
}

export class LocalPosition implements Position {
  readonly ahead: string
  readonly spelled: Spelled
  readonly #vocabulary: Vocabulary

  constructor(vocabulary: Vocabulary, spelled: Spelled) {
    this.#vocabulary = vocabulary
    this.spelled = spelled
    this.ahead = aheadIn(vocabulary, spelled)
  }

  get length(): number {
    return this.spelled.tokens.length
  }

  get head(): number {
    return this.spelled.head
  }

  /** Throws UsageError ARGUMENT_INVALID for what another engine made. */
  static of(vocabulary: Vocabulary, position: Position): Spelled {
    if (isReadable(position) && #vocabulary in position && position.#vocabulary === vocabulary) {
      return position.spelled
    }
    throw ofAnotherEngine('position')
  }
}

/** The text that stands in the tokens although nothing wrote it yet. */
function aheadIn(vocabulary: Vocabulary, { tokens, overrun }: Spelled): string {
  if (overrun === 0) return ''
  // A token holds a byte at least, a special one none.
  const bytes = joinTokenBytes(vocabulary, tokens.subarray(Math.max(0, tokens.length - overrun)))
  return textIn(bytes.subarray(bytes.length - overrun))
}
