// Draws as a run without any options draws them: always the most probable token.
import { drawOptions } from '../../lib/engine/local/hole/draw-options.js'
import { oracleVocabulary } from './oracle-vocabulary.js'

export const greedy = drawOptions(
  { sampling: { run: {}, hole: {} }, seed: 0, vocabulary: oracleVocabulary },
  new Int32Array(0),
  0,
)
