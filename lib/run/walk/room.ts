// Asks the engine whether the known texts of a prompt have room, before they are walked.
import type { Part } from '../../prompt/part.js'
import { roomSteps } from '../given/room-steps.js'
import type { Scope } from '../state/scope.js'
import type { TranscriptState } from '../state/transcript.js'
import { knownTexts } from './follow.js'

/** For a whole prompt. Rejects with CapacityError PROMPT_TOO_LONG, CONTEXT_FULL. */
export async function requireRoom(
  scope: Scope,
  { position }: TranscriptState,
  parts: readonly Part[],
): Promise<void> {
  const { session, signal } = scope.run
  const opening = [...knownTexts(scope, parts)]
  await session.requireRoom(position, { opening, steps: () => roomSteps(scope, parts) }, signal)
}

/** For parts that were made in the middle of a run. Rejects with CapacityError CONTEXT_FULL. */
export async function requireMadeRoom(
  scope: Scope,
  { position }: TranscriptState,
  parts: readonly Part[],
): Promise<void> {
  const { session, signal } = scope.run
  await session.requireRoom(position, { opening: [], steps: () => roomSteps(scope, parts) }, signal)
}
