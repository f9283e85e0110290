// Logits that a step kept join the tree. Decides which token they come after; the plan named them.
import type { Position } from '../base/ids.js'
import type { KvCache } from '../kv/cache.js'
import type { StepResult } from '../native/addon.js'
import type { PlannedStep } from './draft.js'
import type { Work } from './work.js'

/** Those of a step that was cut short come after nothing. */
export function commitLogits(cache: KvCache, step: PlannedStep, result: StepResult): void {
  const isOk = result.status === 'ok'
  const untilOf = (work: Work, id: number): Position | null => {
    if (!isOk) return null
    if (work.generation === null) return result.logitsKept.includes(id) ? work.position : null
    const { kept, tokens } = result.generations[step.drawing.indexOf(work)]!
    return kept?.logits === id ? ((work.count - tokens.length + kept.after) as Position) : null
  }
  for (const [work, id] of step.keeping) {
    const until = untilOf(work, id)
    if (until === null) {
      cache.logits.refuse(id)
      continue
    }
    let node = work.lease!.node
    while (node.from >= until) node = node.parent!
    cache.logits.keep(id, node, until)
  }
}
