// What stands after a hole: the literal text up to the next thing nobody knows yet. Decides where a hole without a
// stop ends. Pure over the parts that are left and what the run was given.
import type { Part } from '../prompt/part.js'
import { formatKnown } from './known.js'
import type { Scope } from './scope.js'

/** Marks of the chat template among the parts of a walk; `text` may hold special tokens. */
export type WalkPart = Part | { readonly kind: 'mark'; readonly text: string }

/** The known text at the start of `parts`; empty where something unknown comes first. */
export function literalAfter(scope: Scope, parts: readonly WalkPart[]): string {
  let text = ''
  for (const part of parts) {
    const known = literalOf(scope, part)
    if (known === null) break
    text += known
  }
  return text
}

function literalOf(scope: Scope, part: WalkPart): string | null {
  if (part.kind === 'text') return part.text
  if (part.kind === 'input') return String(scope.inputs[part.name])
  if (part.kind === 'hole' && Object.hasOwn(scope.known, part.name)) {
    return formatKnown(scope, part, scope.known[part.name])
  }
  return null
}
