// What a caller may say about the attempts at one hole beside its check: what the next one reads, what is kept where
// none was right, and who is asked before each draw. Decides the shapes, the defaults and the checks of them.
import { PromptError } from '../base/errors.js'
import type { OptionTable } from '../base/options.js'
import { shown } from '../base/seen.js'
import type { DrawHook } from './draw-view.js'

/** How a hole is attempted. */
export interface AttemptOptions {
  /**
   * Text that stands before the hole while it is attempted again, by the reason of the check, so that the model can
   * read what was wrong; a prompt has to hold text alone. It is gone once a value is kept: the value is then written
   * behind the text as it was, where its tokens are computed again; those behind the feedback count as rolled back.
   * Nothing stays of what was rejected, and draws are at the hole's own temperature. Default: the next attempt does
   * not know why.
   */
  readonly feedback?: { feedback(reason: string): TextOrPrompt | Promise<TextOrPrompt> }['feedback']
  /**
   * Called before each draw of the hole, at once, with what the model makes of every token there; it may add to their
   * logits or force one. Tokens that the constraint leaves no choice about are not asked about. Costs: every draw comes
   * back to JavaScript, with the log-probabilities of the whole vocabulary, and decodes one token twice (where memory
   * can't be cut, as in recurrent models, all since its last checkpoint). What it throws ends the run. CapabilityError
   * NO_HOOKS where an engine draws no tokens. Default: nobody is asked.
   */
  readonly logits?: DrawHook
  /**
   * 'least bad': where the attempts are spent or nothing is left to try, the value whose check found fault latest in
   * its text (its `from`; one without is wrong from the beginning), the first of equals, is kept instead of a
   * FillError. `ends` tells that it was rejected. Default: FillError.
   */
  readonly best?: 'least bad'
}

/** A text, or a prompt. */
type TextOrPrompt = string | { readonly kind: 'prompt' }

export const attemptTable: OptionTable<AttemptOptions> = { feedback: true, best: true, logits: true }

/** Throws PromptError OPTION_INVALID. `where` names the hole. */
export function checkAttempts(options: object, where: string): void {
  const { feedback, best, logits } = options as AttemptOptions
  if (feedback !== undefined && typeof feedback !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `feedback of ${where} is ${shown(feedback)}; it must be a function.`,
    )
  }
  if (logits !== undefined && typeof logits !== 'function') {
    throw new PromptError('OPTION_INVALID', `logits of ${where} is ${shown(logits)}; it must be a function.`)
  }
  if (best !== undefined && best !== 'least bad') {
    throw new PromptError('OPTION_INVALID', `best of ${where} is ${shown(best)}; it must be 'least bad'.`)
  }
}
