// How long a prompt's text would be, known texts and whatever may be drawn between them. Decides that a text behind
// something nobody knows is spelled on its own. Computes nothing, and asks for no room.
import { partCost } from '../../../async/pace.js'
import { refuseAborted } from '../../../async/signal.js'
import type { RoomStep } from '../../room-step.js'
import type { TextSize } from '../../tokens.js'
import type { SessionContext } from '../session-context.js'
import type { Spelled } from '../text/position.js'
import { appendText } from './append.js'

/** Rejects with AbortError. */
export async function measured(
  context: SessionContext,
  before: Spelled,
  steps: Iterable<RoomStep>,
  signal: AbortSignal,
): Promise<TextSize> {
  let at = { spelled: before, drawn: 0 }
  let size: TextSize = { tokens: before.tokens.length, tokensMax: before.tokens.length }
  const forks: (typeof at)[] = []
  for (const step of steps) {
    const turn = context.pace.take(partCost)
    if (turn !== null) await turn
    refuseAborted(signal)
    if (step.kind === 'fork') forks.push(at)
    else if (step.kind === 'back') at = forks.pop()!
    else if (step.kind === 'gap') {
      const generatedUntil = at.spelled.tokens.length
      at = { spelled: { ...at.spelled, generatedUntil }, drawn: at.drawn + step.tokensMax }
    } else {
      const { text, as = 'given' } = step
      const spelled = await appendText(context, at.spelled, { text, as }, Number.POSITIVE_INFINITY)
      at = { spelled: spelled!, drawn: at.drawn }
    }
    const { length } = at.spelled.tokens
    const [tokens, tokensMax] = [Math.max(size.tokens, length), Math.max(size.tokensMax, length + at.drawn)]
    size = { tokens, tokensMax }
  }
  return size
}
