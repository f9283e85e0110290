// Has the model decide which of several known texts comes next. Decides how much of them is drawn: what is chosen stays
// in the tokens as overrun, and the literals that come next find themselves already written: nothing is computed twice.
import { isUnicodeText } from '../../base/seen.js'
import type { Constraint } from '../../constraint/constraint-type.js'
import type { Drawn } from '../../engine/fill.js'
import type { Hole } from '../../prompt/part.js'
import { fillBySampling } from '../hole/by-sampling.js'
import type { Listener, RunEvent } from '../report/event.js'
import { apart } from '../state/run-context.js'
import type { Scope } from '../state/scope.js'
import type { TranscriptState } from '../state/transcript.js'
import { nothingFollows } from './follow.js'

export interface Decided {
  /** Which of the texts. */
  readonly index: number
  /** Behind what was drawn, which is still to be written. */
  readonly transcript: TranscriptState
  /** null: the last hole had ended with the beginning of one of them, so nothing was drawn. */
  readonly drawn: { readonly drawn: Drawn; readonly text: string } | null
}

/** As many tokens spell 512 code units at most, a byte each. */
const tokensMax = 2048

/**
 * Asks the model which of the texts comes next, none of which begins with another one (one may be empty), as far as the
 * end of the last hole has not told (where that is none of them, the last one comes). `languageOf`: the choice between
 * what is left of those that may come, by index.
 */
export async function decide(
  scope: Scope,
  name: string,
  transcript: TranscriptState,
  texts: readonly string[],
  languageOf: (rests: readonly string[], indexes: readonly number[]) => Constraint<unknown>,
): Promise<Decided> {
  const written = transcript.position.ahead
  const fits = (text: string): boolean =>
    text.startsWith(written) || (text !== '' && written.startsWith(text))
  const all = texts.map((_, index) => index)
  const fitting = written === '' ? all : all.filter((index) => fits(texts[index]!))
  if (fitting.length === 0) return { index: texts.length - 1, transcript, drawn: null }
  if (fitting.length === 1 && written !== '') return { index: fitting[0]!, transcript, drawn: null }
  const rests = fitting.map((index) => texts[index]!.slice(written.length))
  const language = languageOf(rests, fitting)
  // The texts are the caller's own, so none of them is banned.
  const options = { tokensMax, ban: [] }
  const hole: Hole = { kind: 'hole', name, language, method: { kind: 'sample' }, options }
  const quiet = { ...scope, run: { ...apart(scope.run), listener: tiesOnly(scope.run.listener) } }
  const task = { scope: quiet, hole, transcript, after: nothingFollows, values: () => ({}) }
  const result = await fillBySampling(task, 'choice')
  const chosen = { position: result.transcript.position, pieces: transcript.pieces }
  const { text, drawn } = result
  return { index: fitting[rests.indexOf(text)]!, transcript: chosen, drawn: { drawn, text } }
}

/** Nobody asked for the decision's text, but it may be what makes two runs differ. */
function tiesOnly(listener: Listener): Listener {
  const emit = (event: RunEvent): void => {
    if (event.type === 'near-tie') listener.emit(event)
  }
  return { emit, ready: null, wantsTokens: false }
}

/** How much of a text the model has to see to choose it, where that tells them apart. */
const decisionLength = 64

/** The beginnings of the texts that are drawn: long enough to tell them apart, if anything does. */
export function decidedBy(texts: readonly string[]): string[] {
  const sorted = [...texts].sort()
  let common = 0
  for (let index = 1; index < sorted.length; index += 1) {
    common = Math.max(common, commonLength(sorted[index - 1]!, sorted[index]!))
  }
  // The last code unit may be half a pair.
  return texts.map((text) => cut(text, Math.max(decisionLength, common + 2)))
}

function commonLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

function cut(text: string, length: number): string {
  const units = text.slice(0, length)
  return isUnicodeText(units) ? units : units.slice(0, -1)
}
