// The text before a hole with nothing in it that speaks for a value: what scores are calibrated against. Decides what
// stands for an input, and writes no more than the engine needs to score behind it.
import { PromptError } from '../../base/errors.js'
import type { Written } from '../../engine/position.js'
import type { ScoreMethod } from '../../prompt/scores.js'
import { writtenAs } from '../state/transcript.js'
import { type HoleTask, taskPath } from './hole-task.js'

/** What every input says where there is none. */
const neutral = 'N/A'

/** Where the options are scored, too; null: nowhere. Throws PromptError CALIBRATION_NEEDS_INPUT. */
export async function neutralPosition(task: HoleTask, calibrate: ScoreMethod['calibrate']) {
  if (calibrate === null) return null
  const { run } = task.scope
  const { engine, session, signal } = run
  const written: readonly Written[] =
    calibrate === 'inputs' ? neutralText(task) : [{ text: calibrate.text, as: 'given' }]
  let position = engine.start(engine.adaptersOf(task.transcript.position))
  for (const one of written) position = await session.append(position, one, signal)
  return position
}

/** The text before the hole with neutral inputs, stretches that are alike in one. */
function neutralText(task: HoleTask): Written[] {
  const pieces = task.transcript.pieces.since(0)
  if (!pieces.some(({ kind }) => kind === 'input')) {
    throw new PromptError(
      'CALIBRATION_NEEDS_INPUT',
      `Hole ${taskPath(task)} has calibrate: true, and no input stands before it; put what the answer depends on ` +
        'into an input, or give the text to calibrate against.',
    )
  }
  const all: { text: string; as: Written['as'] }[] = []
  for (const piece of pieces) {
    const as = writtenAs(piece)
    const text = piece.kind === 'input' ? neutral : piece.text
    const last = all.at(-1)
    if (last?.as === as) last.text += text
    else all.push({ text, as })
  }
  return all
}
