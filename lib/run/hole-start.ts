// Where a hole begins in the tokens of a transcript. Decides that the end of a literal or an input may be spelled anew
// together with the value (healing), and that text the model wrote, or all before a hole with `heal: false`, may not.
import { PromptError } from '../base/errors.js'
import type { NativeConstraint } from '../native/addon.js'
import type { Hole } from '../prompt/part.js'
import type { RunContext } from './scope.js'
import type { TokenList } from './transcript.js'

export interface HoleStart {
  /** Tokens that stay. */
  readonly keep: number
  /** Bytes of the others: the value's tokens have to spell them first. */
  readonly prefix: Uint8Array
}

/** Throws PromptError START_EMPTY where there is nothing to draw after. */
export function startHole(
  { engine, boundary }: RunContext,
  path: string,
  hole: Hole,
  list: TokenList,
  options: { readonly constraint: NativeConstraint; readonly suffix: Uint8Array | null },
): HoleStart {
  const keepMin = tokensKept(hole, list)
  const start = boundary.openHole(engine.vocabulary, list.tokens, { ...options, keepMin })
  // The engine needs a token to start from, so the only one is never given up.
  const { keep, prefix } = start.keep > 0 ? start : { keep: list.tokens.length, prefix: new Uint8Array(0) }
  if (keep > 0) return { keep, prefix }
  throw new PromptError(
    'START_EMPTY',
    `Hole ${path} stands at the very start and the model has no token to begin with; put text before it.`,
  )
}

/** So many tokens before a hole stay as they are, whatever its value begins with. */
export function tokensKept(hole: Hole, { tokens, generatedUntil }: TokenList): number {
  return hole.options.heal === false ? tokens.length : generatedUntil
}
