// What a finished text means: the value its constraint gives it. Decides that a constraint may take a promise of its
// own to tell, which is never waited for past the end of the run.

import { settleOrAbort } from '../../async/signal.js'
import { isConstraint } from '../../constraint/constraint-type.js'
import type { Hole } from '../../prompt/part.js'
import type { Scope } from '../state/scope.js'

/** Rejects with ConstraintError VALUE_INVALID for a member that means nothing, such as a date that does not exist. */
export async function meaningOf(scope: Scope, { language }: Hole, text: string): Promise<unknown> {
  if (!isConstraint(language)) return text
  if (language.parseAsync === undefined) return language.parse(text)
  return settleOrAbort(scope.run.signal, () => language.parseAsync!(text))
}
