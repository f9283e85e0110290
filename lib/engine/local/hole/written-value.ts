// A value that was cut out of its tokens, as a fill and a search give it back: where the text stands behind it, what
// was drawn for it, and what can be told of its tokens.
import type { Filled, HoleRequest } from '../../fill.js'
import type { SessionContext } from '../session-context.js'
import type { Dropped, Spelled } from '../text/position.js'
import { type TokenList, withGenerated } from '../text/tokens.js'
import { logprobsWanted } from './draw-options.js'
import { DrawnTokens } from './drawn.js'
import type { CutValue } from './ends.js'
import { positionAfter } from './position-after.js'
import { askFor, type Told, toldOf } from './told.js'
import { trailOf } from './trail.js'

const encoder = new TextEncoder()

export interface ValueParts {
  readonly value: CutValue
  /** The tokens before the value was cut out, and what was seen of the hole's own. */
  readonly list: TokenList
  readonly told: Told
  /** Tokens before the hole, and bytes of its first ones that belong to the text there. */
  readonly keep: number
  readonly prefixLength: number
  /** Up to the last drawn token. */
  readonly path: Int32Array
  readonly dropped: Dropped | null
  readonly writes: 'value' | 'choice'
  /** Of the hole's tokens, those that an earlier attempt left. */
  readonly kept: number
}

export function writtenValue(
  context: SessionContext,
  before: Spelled,
  request: HoleRequest,
  parts: ValueParts,
): Pick<Filled, 'text' | 'behind' | 'position' | 'drawn' | 'logprobs' | 'trail'> {
  const { vocabulary } = context
  const { value, keep, prefixLength, path, dropped, writes, kept } = parts
  const { text, behind, list, overrun } = value
  const position = positionAfter(vocabulary, before, writes, value, dropped)
  const told = toldOf(parts.told, parts.list, keep, list)
  const after = overrun + encoder.encode(behind).length
  const until = text === '' ? keep : withGenerated(vocabulary, list, text, after).generatedUntil
  const best = writes === 'value' ? logprobsWanted(request) : 0
  return {
    text,
    behind,
    position,
    drawn: new DrawnTokens(vocabulary, { path, keep, prefixLength, text, list, told }),
    trail:
      context.looked === 0 ? null : () => trailOf({ list, told, keep, before: before.tokens.length, kept }),
    logprobs: askFor(context, { list, keep, until, told }, best),
  }
}
