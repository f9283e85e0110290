// Asks a script for what a hole holds. Decides that nobody is asked where nothing is left to say, and what a full
// context does to an answer; tells whoever listens. Keeps no books.
import type { Pace } from '../async/pace.js'
import { refuseAborted, settleOrAbort } from '../async/signal.js'
import { CapabilityError } from '../base/errors.js'
import { isRecord, quoted } from '../base/seen.js'
import { choice } from '../constraint/choice.js'
import type { Rejected } from '../constraint/exclude.js'
import type { EngineCapabilities } from '../engine/engine.js'
import type { FillRequest, HoleRequest, Rejection } from '../engine/fill.js'
import type { AskLogprobs, TokenLogprobs } from '../engine/logprobs.js'
import type { OptionSum, ScoreRequest } from '../engine/options.js'
import { keysOf, turnsOf } from '../run/walk/decision.js'
import { invalid } from './invalid.js'
import type { ScriptPosition } from './position.js'
import { probabilitiesOf } from './probabilities.js'
import { noRoom } from './room.js'
import { type Answer, type Asked, type Script, Turns } from './script.js'
import { goesOn } from './turns.js'
import { again, isSpent, readerOf, type Value, valueIn } from './value.js'
import { wordsOf } from './words.js'

/** Who answers, and whose turn it is. */
export interface Asking {
  readonly script: Script
  readonly contextTokens: number
  readonly pace: Pace
}

export interface Said {
  /** null: nothing is left to say. */
  readonly value: Value | null
  readonly warnings: readonly string[]
}

/** Log-probabilities of a word: of one the script says, and of one it does not say. */
const [said, unsaid] = [0, -3]

const nothing: Rejected = { texts: [], beginnings: [] }
/** Nothing but the value ends it. */
const free = { stops: [], stopText: 'cut', follows: { literal: '', either: [] }, tokensMin: 0 } as const

/** Throws ConstraintError, CapacityError CONTEXT_FULL, and what is wrong with the script as UsageError. */
export async function askFor(asking: Asking, before: ScriptPosition, request: HoleRequest): Promise<Said> {
  const { constraint, rejected, closed, tokensMax } = request
  const { contextTokens } = asking
  if (constraint !== null) readerOf(constraint)
  const room = contextTokens - before.length
  if (room < 1) throw noRoom('CONTEXT_FULL', 'The transcript would have', before.length + 1, contextTokens)
  if (isSpent(constraint, rejected)) return { value: null, warnings: [] }
  const asked = askedOf(before, request)
  const told = await answered(asking, asked, before, request.signal)
  const answer =
    told instanceof Turns ? goesOn(asked, told, turnsOf(constraint)) : chosen(asked, constraint, told)
  const value = valueIn(request, asked, answer, Math.min(tokensMax, room))
  refuseBanned(asked, before, request, value.text)
  const end = before.word.after(value.text + value.behind)
  if (end !== before.word && closed.some((drawn) => 'word' in drawn && drawn.word === end)) {
    throw again(asked, value.text)
  }
  if (room > tokensMax || !['limit', 'unfinished'].includes(value.end.kind)) return { value, warnings: [] }
  if (constraint !== null)
    throw noRoom('CONTEXT_FULL', 'The transcript would have', end.length + 1, contextTokens)
  return {
    value,
    warnings: [`The context is full, and the text of the hole ends there, after ${room} words.`],
  }
}

/** For a choice between prompts the answer is a key, and what is written is the beginning of that prompt. */
function chosen(asked: Asked, constraint: HoleRequest['constraint'], answer: Answer): Answer {
  const keys = keysOf(constraint)
  if (constraint === null || keys === null) return answer
  if (typeof answer === 'string' && keys.includes(answer)) return constraint.format(answer)
  throw invalid(asked, answer, 'the script answers with the key of a prompt.')
}

/**
 * What each option gets, one that the script says the most; an object gives their probabilities. Throws UsageError
 * ANSWER_INVALID.
 */
export async function askForScores(
  asking: Asking,
  before: ScriptPosition,
  request: ScoreRequest,
): Promise<OptionSum[]> {
  const { options, path } = request
  const constraint = choice(options)
  const asked = askedOf(before, { path, constraint, rejected: nothing })
  const answer = await answered(asking, asked, before, request.signal)
  if (!isRecord(answer)) {
    const place = { ...free, constraint, rejected: nothing }
    const { text } = valueIn(place, asked, answer, Number.POSITIVE_INFINITY)
    return options.map((option) => {
      const tokens = wordsOf(option).length
      return { tokens, sum: tokens * (option === text ? said : unsaid) }
    })
  }
  return probabilitiesOf(asked, options, answer)
}

/** Throws UsageError ANSWER_INVALID for a text that finishes a banned one. */
function refuseBanned(asked: Asked, before: ScriptPosition, { sampling }: HoleRequest, text: string): void {
  const ban = sampling.hole.ban ?? sampling.run.ban ?? []
  const lengthMax = ban.reduce((max, { length }) => Math.max(max, length), 1)
  const last = before.textEnd(lengthMax - 1)
  // What stands before the value was finished by nobody's draw.
  const found = ban.find((one) =>
    (last.slice(Math.max(0, last.length - one.length + 1)) + text).includes(one),
  )
  if (found !== undefined) throw invalid(asked, text, `${quoted(found)} is banned there.`)
}

/** What an option gets with nothing before it: no one more than another. */
export function scoresAlone(after: readonly OptionSum[]): OptionSum[] {
  return after.map(({ tokens }) => ({ tokens, sum: unsaid }))
}

/** Log-probabilities of the words that the script says; null where nobody wants them. */
export function logprobsOf(request: HoleRequest, text: string): AskLogprobs | null {
  if (!wantsLogprobs(request)) return null
  return async () => wordsOf(text).map((word) => toldOf(word, said, 'drawn'))
}

/** A word has no id, and there is nothing else to say. */
function toldOf(text: string, logprob: number, origin: TokenLogprobs['origin']): TokenLogprobs {
  return { token: -1, text, logprob, allowed: 0, origin, alternatives: [] }
}

/** The log-probability of an option, on its words. */
export function spread(option: string, { sum }: OptionSum): TokenLogprobs[] {
  const words = wordsOf(option)
  return words.map((word) => toldOf(word, sum / words.length, 'known'))
}

export function wantsLogprobs({ sampling: { run, hole } }: HoleRequest): boolean {
  return (hole.logprobs ?? run.logprobs ?? 0) > 0
}

/** Throws CapabilityError NO_LOGPROBS. */
export function requireLogprobs({ logprobs }: Pick<EngineCapabilities, 'logprobs'>): void {
  if (logprobs === 'exact') return
  throw new CapabilityError(
    'NO_LOGPROBS',
    "The script has no log-probabilities: it was made with logprobs: 'none'.",
  )
}

export function noDraws(path: string): CapabilityError {
  return new CapabilityError(
    'NO_HOOKS',
    `Hole ${path} has a logits function, and a script draws no token that it could be asked about.`,
  )
}

/** The next word of a value, to whoever listens; a reason ends it. */
export async function tell(
  { listener, signal }: FillRequest,
  news: string,
  text: string,
): Promise<Rejection | null> {
  listener.news?.(news, [])
  const rejection = (await listener.watch?.({ news, text: () => text })) ?? null
  if (listener.ready !== null) await settleOrAbort(signal, listener.ready)
  refuseAborted(signal)
  return rejection
}

function askedOf(
  before: ScriptPosition,
  { path, constraint, rejected }: Pick<HoleRequest, 'path' | 'constraint' | 'rejected'>,
): Asked {
  const texts = [...rejected.texts, ...rejected.beginnings]
  return {
    hole: path,
    // Put together only for who looks at it.
    get text() {
      return before.text
    },
    attempt: texts.length,
    rejected: texts,
    expects: constraint === null ? 'any text' : constraint.describe(),
  }
}

async function answered(
  { script, pace }: Asking,
  asked: Asked,
  before: ScriptPosition,
  signal: AbortSignal,
): Promise<Answer> {
  const turn = pace.take(before.length)
  if (turn !== null) await turn
  return settleOrAbort(signal, () => script.answer(asked))
}
