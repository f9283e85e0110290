// What a walk moves from part to part, and what it walks: prompts' parts and marks of the chat template.
import type { Drawn } from '../../engine/fill.js'
import type { Part } from '../../prompt/part.js'
import type { Chat } from './chat.js'
import type { Mark } from './marks.js'
import type { Scope } from './scope.js'
import type { TranscriptState } from './transcript.js'
import type { Values } from './values.js'

/** An immutable value, so undoing is going on from an older one. */
export interface WalkState {
  readonly transcript: TranscriptState
  readonly values: Values
  readonly chat: Chat
  /** Where the text may be taken back to. */
  readonly marks: Mark | null
}

/** Marks of the chat template among the parts of a walk; `text` may hold special tokens. */
export type WalkPart = Part | { readonly kind: 'mark'; readonly text: string }

/** A part that only follows others: one of the texts comes next, and the model decides which. */
export type FollowPart = WalkPart | { readonly kind: 'either'; readonly texts: readonly string[] }

/** Walks parts; `after` are those that follow them, for the ends of holes. For parts that hold prompts of their own. */
export type Walk = (
  scope: Scope,
  start: WalkState,
  parts: readonly WalkPart[],
  after: Iterable<FollowPart>,
) => Promise<WalkState>

/** What one part of a walk came to. */
export interface Step {
  readonly state: WalkState
  /** Parts to walk before the ones that are left. */
  readonly instead: readonly WalkPart[] | null
  /** For a hole the model filled. */
  readonly drawn: Drawn | null
  /** Where its value begins, if that is not where the part does. */
  readonly from?: TranscriptState
}
