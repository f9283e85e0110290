// Tells a listener what a fill draws: single tokens with the text they make certain, and for JSON the value so far.
import { isConstraint } from '../../constraint/constraint-type.js'
import type { FillListener } from '../../engine/fill.js'
import { type HoleTask, taskPath } from './hole-task.js'
import { PartialJson } from './partial-json.js'

/** null: nobody listens. */
export function newsOf(task: HoleTask): FillListener['news'] {
  const { listener } = task.scope.run
  if (!listener.wantsTokens) return null
  const hole = taskPath(task)
  const { language } = task.hole
  const json = isConstraint(language) && language.kind === 'json' ? new PartialJson() : null
  return (text, tokens) => {
    listener.emit({ type: 'token', hole, tokens, text })
    if (json === null || text === '') return
    json.push(text)
    const value = json.value()
    if (value !== undefined) listener.emit({ type: 'partial', hole, value })
  }
}
