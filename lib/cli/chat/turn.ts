// One turn of a chat: asks the model and tells what comes while it comes. Decides what becomes of one that is stopped:
// what was shown of the answer stays, as known text that the model is not asked for again; before there is any, nothing
// does. Changes nothing of the conversation, so that a turn that fails leaves it as it was.
import { AbortError, CapacityError } from '../../base/errors.js'
import type { Ledger } from '../../engine/ledger.js'
import type { HoleEnd } from '../../run/report/results.js'
import type { Branch, Draft } from './conversation.js'
import type { Settings } from './settings.js'
import type { Speaker } from './speaker.js'
import { answerName, type Talk, type TurnRun, thoughtName, turnRun } from './turn-prompts.js'

/** What is told while a turn goes on. */
export interface Hearer {
  thought(text: string): void
  answer(text: string): void
}

export interface Answer {
  readonly thought: string | null
  readonly answer: string
  readonly transcript: Talk
  /** How it ended; 'stopped' by the person. */
  readonly end: HoleEnd['reason'] | 'stopped'
  readonly ledger: Ledger
  readonly ms: number
  /** Tokens a second, from the first ones on; null: too few, or nothing was drawn. */
  readonly pace: number | null
}

export interface TurnSignals {
  /** Ends everything. */
  readonly signal: AbortSignal
  /** Ends this answer, and keeps what there is of it. */
  readonly stop: AbortSignal
}

/** Null: stopped before there was an answer. Rejects as a run, with AbortError for `signal`. */
export async function takeTurn(
  speaker: Speaker,
  branch: Branch<Talk>,
  draft: Draft,
  settings: Settings,
  { signal, stop, ...hearer }: TurnSignals & Hearer,
): Promise<Answer | null> {
  const { temperature, seed, max } = settings
  const run = await turnRun(branch, draft, { mind: speaker.mind, tokensMax: max }).catch((error: unknown) => {
    throw orFull(
      error,
      `Message ${draft.turn + 1} can't be gone back to: what was dropped for room before it does not fit any more; ` +
        'go on from the end, or start with more --context.',
    )
  })
  const options = { temperature, seed: seed + draft.tries, ...speaker.options }
  const names = { answer: answerName(draft.turn), thought: thoughtName(draft.turn) }
  const heard = new Heard(names, hearer)
  try {
    const both = { ...options, signal: AbortSignal.any([signal, stop]) }
    const transcript = await streamed(speaker, run, both, heard)
    const end = transcript.ends.get(names.answer)?.reason ?? 'end'
    return answerOf(transcript, heard, end)
  } catch (error) {
    if (!(error instanceof AbortError) || signal.aborted || !stop.aborted) {
      const { contextTokens } = speaker.model.info
      throw orFull(
        error,
        `The context of ${contextTokens} tokens is full: there is no room for the message and an answer; go back ` +
          'with /undo or /edit, or start with more --context, or with --shift to forget the middle.',
      )
    }
    if (heard.answer === '') return null
    const thought = heard.thought === null ? {} : { [names.thought]: heard.thought }
    const kept = { ...run, given: { ...run.given, [names.answer]: heard.answer, ...thought } }
    return answerOf(await streamed(speaker, kept, { ...options, signal }, null), heard, 'stopped')
  }
}

/** The error, or what is said in a chat where the context is full. */
function orFull(error: unknown, said: string): unknown {
  const isFull = error instanceof CapacityError && ['CONTEXT_FULL', 'PROMPT_TOO_LONG'].includes(error.code)
  return isFull ? new CapacityError(error.code, said, { cause: error }) : error
}

async function streamed(
  { model }: Speaker,
  { from, prompt, given }: TurnRun,
  options: object,
  heard: Heard | null,
): Promise<Talk> {
  // The compiler can't tell: the names of the holes are counted.
  const known = given as Readonly<Record<string, never>>
  const events = from === null ? model.stream(prompt, known, options) : from.stream(prompt, known, options)
  let transcript: Talk | null = null
  for await (const event of events) {
    if (event.type === 'token') heard?.take(event)
    else if (event.type === 'done') transcript = event.run as Talk
  }
  return transcript!
}

function answerOf(transcript: Talk, heard: Heard, end: Answer['end']): Answer {
  const { ledger, ms } = transcript
  const textOf = (name: string): string | null => {
    const value = transcript.values[name]
    return typeof value === 'string' ? value : null
  }
  const { names } = heard
  const answer = textOf(names.answer) ?? ''
  const thought = textOf(names.thought)
  return { thought, answer, transcript, end, ledger, ms, pace: end === 'stopped' ? null : heard.pace }
}

/** What was heard of an answer so far. */
class Heard {
  answer = ''
  thought: string | null = null
  readonly names: { readonly answer: string; readonly thought: string }
  readonly #hearer: Hearer
  #first = 0
  #last = 0
  /** Behind the first event. */
  #tokens = -1

  constructor(names: { readonly answer: string; readonly thought: string }, hearer: Hearer) {
    this.names = names
    this.#hearer = hearer
  }

  take({
    hole,
    text,
    tokens,
  }: {
    readonly hole: string
    readonly text: string
    readonly tokens: readonly number[]
  }): void {
    this.#last = performance.now()
    if (this.#tokens < 0) {
      this.#first = this.#last
      this.#tokens = 0
    } else this.#tokens += tokens.length
    if (hole === this.names.answer) {
      this.answer += text
      this.#hearer.answer(text)
    } else if (hole === this.names.thought) {
      this.thought = (this.thought ?? '') + text
      this.#hearer.thought(text)
    }
  }

  get pace(): number | null {
    const ms = this.#last - this.#first
    return this.#tokens < 8 || ms <= 0 ? null : (this.#tokens * 1000) / ms
  }
}
