// Draws as a run without any options draws them: always the most probable token.
import { drawOptions } from '../../lib/engine/local/hole/draw-options.js'

export const greedy = drawOptions(
  { sampling: { run: {}, hole: {} }, seed: 0, vocabularySize: 0 },
  new Int32Array(0),
  0,
)
