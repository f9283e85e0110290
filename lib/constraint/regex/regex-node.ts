// A regular expression that was read: texts, sets of characters, sequences, choices, repeats and the two anchors.
// Immutable.
import type { CodePointSet } from '../ir/code-point-set.js'

export type RegexNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number | null }
  | { readonly kind: 'start' | 'end'; readonly offset: number }
