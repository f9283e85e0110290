// Where a text stands behind a filled hole.
import type { FillRequest } from '../../fill.js'
import { type Dropped, LocalPosition, type Spelled } from '../text/position.js'
import { withGenerated } from '../text/tokens.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import type { CutValue } from './ends.js'

const encoder = new TextEncoder()

export function positionAfter(
  vocabulary: Vocabulary,
  before: Spelled,
  writes: FillRequest['writes'],
  { text, behind, list, overrun }: CutValue,
  dropped: Dropped | null,
): LocalPosition {
  if (writes === 'value') {
    const after = withGenerated(vocabulary, list, text + behind, overrun)
    return new LocalPosition(vocabulary, { ...after, overrun, dropped })
  }
  // What was chosen is the text of a literal that is still to be written.
  const ahead = before.overrun + encoder.encode(text).length
  const { generatedUntil } = before
  return new LocalPosition(vocabulary, { ...list, generatedUntil, overrun: ahead, dropped })
}
