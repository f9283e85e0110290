// A text that ends because no more tokens may come. Decides that it ends between two characters, and that the literal
// before it is whole whatever becomes of the text.
import type { NativeMatcher } from '../../../native/addon.js'
import { editTokens, origin, type TokenList } from '../text/tokens.js'

const nothing = new Int32Array(0)

/** Tokens of a text and the matcher that accepted those from `keep` on. */
export interface UncutText {
  readonly list: TokenList
  readonly matcher: NativeMatcher
}

/** The text without what is no whole character. `replaced`: the literal's tokens that stood from `keep` on. */
export function cutText(text: UncutText, keep: number, replaced: Int32Array): UncutText {
  const { matcher } = text
  let { list } = text
  while (!matcher.canEnd()) {
    const last = list.tokens.length - 1
    // Not even the literal is there again: the text is empty, and the literal stands as it stood.
    if (last < keep) return { matcher, list: editTokens(list, keep, replaced, origin.given) }
    matcher.rollback(1)
    list = editTokens(list, last, nothing, origin.sampled)
  }
  return { matcher, list }
}
