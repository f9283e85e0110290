// A hole within a call of a tool: its value stands among the template's marks, so it never holds a special token's
// text. Decides how it is filled and noted; not what it means.
import type { Hole } from '../../prompt/part.js'
import { fillBySampling } from '../hole/by-sampling.js'
import type { HoleResult } from '../hole/hole-task.js'
import type { Scope } from '../state/scope.js'
import type { WalkState } from '../state/walk-state.js'

export interface CallHole {
  readonly name: string
  readonly language: Hole['language']
  /** At most. */
  readonly tokens: number
}

/** `literal`: what stands behind it for sure. Rejects as holes do. */
export function fillPart(
  scope: Scope,
  state: WalkState,
  { name, language, tokens }: CallHole,
  literal: string,
): Promise<HoleResult> {
  const { engine } = scope.run
  const check: Hole['options']['check'] = (_, { text }) =>
    !engine.hasSpecial(text) || 'it holds the text of a special token'
  return fillBySampling({
    scope,
    hole: { kind: 'hole', name, language, method: { kind: 'sample' }, options: { tokensMax: tokens, check } },
    transcript: state.transcript,
    after: { literal, either: [] },
    values: () => state.values.all(scope.outer),
  })
}

/** What was drawn stands in the conversation's text, too. */
export function drawnOf(state: WalkState, { text, transcript }: HoleResult): WalkState {
  return { ...state, transcript, chat: { ...state.chat, text: state.chat.text + text } }
}
