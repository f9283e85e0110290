// Fills one hole for good: attempt after attempt until a value passes its check. Decides which value is rejected,
// what stays of it, and when to give up. Every rejected path of tokens is never drawn again in this namespace.
import { ConstraintError, type FillAttempt, FillError } from '../base/errors.js'
import {
  type CheckDetail,
  type CheckResult,
  retriesDefault,
  type TextHoleOptions,
} from '../prompt/options.js'
import type { Hole } from '../prompt/part.js'
import { type Filled, type FillRequest, fillOnce, type Rejection, type ValueSoFar } from './fill.js'
import type { Following } from './follow.js'
import { jsonSizeAtLeast } from './json-size.js'
import { meaningOf } from './meaning.js'
import { pathOf, type Scope } from './scope.js'
import { attemptSeed } from './seed.js'
import { settleOrAbort } from './signal.js'
import { type TranscriptState, textOf, withGenerated } from './transcript.js'

export interface HoleRequest {
  readonly scope: Scope
  readonly hole: Hole
  readonly transcript: TranscriptState
  readonly after: Following
  /** Values captured before, for checks. */
  readonly values: () => Readonly<Record<string, unknown>>
}

export interface HoleResult {
  readonly value: unknown
  readonly text: string
  readonly transcript: TranscriptState
  /** Tokens up to the last drawn one: rejecting the value later means never drawing these again. */
  readonly drawnPath: Int32Array
}

type Verdict = { readonly value: unknown } | Rejection

const nothing = new Int32Array(0)
/** Attempts after a rejected one draw at least at this temperature. */
const retryTemperature = 0.7
const deadEndReason = 'no token is left that the constraint allows and that was not tried'

/** Throws FillError ATTEMPTS_SPENT, DEAD_END or TOKENS_MAX; the transcript it was given is unchanged. */
export async function fillHole(request: HoleRequest): Promise<HoleResult> {
  const { scope, hole } = request
  const path = pathOf(scope, hole.name)
  const attempts = attemptsAt(scope, path)
  const retries = hole.options.retries ?? retriesDefault
  let kept: Int32Array = nothing
  let tries = 0
  /** Since the last value that was new; as many cost no retry as the value has tokens to change. */
  let repeats = 0
  for (;;) {
    scope.run.listener.emit({ type: 'hole-start', hole: path, attempt: attempts.length })
    const filled = await attempt(request, path, kept)
    if (filled.end.kind === 'dead-end') {
      kept = backUp(request, path, filled)
      continue
    }
    if (filled.end.kind === 'tokens-max') throw tokensMax(request, path, filled)
    // Only a grammar can come to a rejected text again, by other tokens; nobody needs to judge it twice.
    const { texts } = scope.tried.rejectedAt(request.transcript)
    const isAgain = filled.end.kind === 'value' && texts.includes(filled.text)
    if (isAgain && repeats < filled.drawnPath.length - filled.keep) {
      repeats += 1
      kept = giveUpLast(request, path, filled, 'it was rejected before')
      continue
    }
    repeats = 0
    const verdict = filled.end.kind === 'rejected' ? filled.end.rejection : await judge(request, filled.text)
    if ('value' in verdict) return accept(request, path, filled, verdict.value)
    kept = reject(request, path, filled, verdict)
    if (tries >= retries) throw spent(request, path)
    tries += 1
  }
}

async function attempt(request: HoleRequest, path: string, kept: Int32Array): Promise<Filled> {
  try {
    return await fillOnce(attemptRequest(request, path, kept))
  } catch (error) {
    const isSpent = error instanceof ConstraintError && attemptsAt(request.scope, path).length > 0
    if (!isSpent) throw error
    // All values there are were rejected: what is left of the constraint allows nothing.
    throw deadEnd(request, path, '')
  }
}

function attemptRequest(request: HoleRequest, path: string, kept: Int32Array): FillRequest {
  const { scope, hole, transcript, after } = request
  const { run } = scope
  const attempt = attemptsAt(scope, path).length
  const { check, checkEvery } = hole.options as TextHoleOptions<unknown>
  const watch = check === undefined || checkEvery === undefined ? null : watcher(request, check, checkEvery)
  const seed = attemptSeed(hole.options.seed ?? run.seed, scope.seedPrefix + path, attempt)
  const vocabularySize = run.engine.vocabulary.size
  // Greedy draws would only change the last token of what was rejected; a hole that keeps a beginning does differ.
  const temperature = hole.options.temperature ?? run.sampling.temperature ?? 0
  const livelier = attempt > 0 && kept.length === 0 ? Math.max(temperature, retryTemperature) : temperature
  const draw = { run: run.sampling, hole: { ...hole.options, temperature: livelier }, seed, vocabularySize }
  return { scope, hole, path, transcript, after, draw, kept, watch }
}

/** The attempts made at a path so far in this run and candidate. */
export function attemptsAt(scope: Scope, path: string): FillAttempt[] {
  const { attempts } = scope.run
  const key = scope.seedPrefix + path
  let list = attempts.get(key)
  if (list === undefined) {
    list = []
    attempts.set(key, list)
  }
  return list
}

/** Parses a finished text and asks the hole's check. */
export async function judge(request: HoleRequest, text: string): Promise<Verdict> {
  let value: unknown
  try {
    value = await meaningOf(request.scope, request.hole, text)
  } catch (error) {
    // A member of the constraint that means nothing, such as a date that does not exist.
    if (!(error instanceof ConstraintError)) throw error
    return { reason: error.message, from: null }
  }
  const { check } = request.hole.options
  if (check === undefined) return { value }
  const result = await checkNow(request, check, value, { text, isPartial: false })
  return result ?? { value }
}

async function checkNow(
  request: HoleRequest,
  check: (value: unknown, detail: CheckDetail) => CheckResult | Promise<CheckResult>,
  value: unknown,
  detail: Omit<CheckDetail, 'values'>,
): Promise<Rejection | null> {
  const { signal } = request.scope.run
  const result: unknown = await settleOrAbort(signal, () => check(value, detailOf(request, detail)))
  if (result === true) return null
  if (typeof result === 'string') return { reason: result, from: null }
  const shape = result as { from?: unknown; reason?: unknown } | null
  if (typeof shape === 'object' && shape !== null && typeof shape.reason === 'string') {
    const { from = null } = shape
    // Wrong from its end on is wrong as a whole: nothing of it can stay.
    if (from === null || (Number.isSafeInteger(from) && (from as number) >= detail.text.length)) {
      return { reason: shape.reason, from: null }
    }
    if (Number.isSafeInteger(from) && (from as number) >= 0)
      return { reason: shape.reason, from: from as number }
    const told = `${shape.reason} (the check gave ${spelled(from)} as from; expected an index of the text)`
    return { reason: told, from: null }
  }
  return {
    reason: `the check returned ${spelled(result)} instead of true`,
    from: null,
  }
}

/** The values are put together only for a check that looks at them. */
function detailOf(request: HoleRequest, detail: Omit<CheckDetail, 'values'>): CheckDetail {
  let values: Readonly<Record<string, unknown>> | null = null
  return {
    ...detail,
    get values() {
      values ??= request.values()
      return values
    },
  }
}

const spelledMax = 10_000

/** A value a caller's function returned, for a sentence about it. */
export function spelled(value: unknown): string {
  try {
    if (jsonSizeAtLeast(value, spelledMax) > spelledMax) return `a large ${typeof value}`
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value
  }
}

type Watcher = (value: ValueSoFar) => Promise<Rejection | null>

/** Calls the check with the unfinished text whenever another token, word or line is complete. */
function watcher(
  request: HoleRequest,
  check: (value: unknown, detail: CheckDetail) => CheckResult | Promise<CheckResult>,
  every: 'token' | 'word' | 'line',
): Watcher {
  const isComplete = every === 'word' ? /\s/u : every === 'line' ? /\n/ : null
  return async (value) => {
    if (isComplete !== null && !isComplete.test(value.news)) return null
    const text = value.text()
    return checkNow(request, check, text, { text, isPartial: true })
  }
}

function accept(request: HoleRequest, path: string, filled: Filled, value: unknown): HoleResult {
  const { transcript } = request
  const pieces = transcript.pieces.with({ kind: 'generated', hole: path, text: filled.text })
  request.scope.run.listener.emit({ type: 'hole-end', hole: path, value, text: filled.text })
  for (const list of filled.shifted) request.scope.run.ledger.keep(list)
  if (filled.logprobs.length > 0) request.scope.run.logprobs.set(path, filled.logprobs)
  const { overrun, text } = filled
  const list = withGenerated(request.scope.run.engine.vocabulary, filled.tokens, text, overrun)
  return {
    value,
    text,
    transcript: { ...list, pieces, overrun },
    drawnPath: filled.drawnPath,
  }
}

/** Notes the attempt and forbids its tokens; returns the tokens that stay. */
function reject(request: HoleRequest, path: string, filled: Filled, rejection: Rejection): Int32Array {
  const { scope } = request
  const { reason } = rejection
  attemptsAt(scope, path).push({ text: filled.text, reason })
  scope.run.listener.emit({ type: 'rollback', hole: path, text: filled.text, reason })
  scope.run.ledger.reject(filled.tokens, filled.keep)
  // Other tokens may spell the same text; nothing that begins like a lost beginning is wanted.
  if (filled.end.kind === 'value') scope.tried.addText(request.transcript, filled.text)
  else scope.tried.addBeginning(request.transcript, filled.text)
  if (rejection.from === null) {
    scope.tried.add(filled.drawnPath)
    return nothing
  }
  const { vocabulary } = scope.run.engine
  const own = filled.drawnPath.subarray(filled.keep)
  const bytesKept =
    filled.prefixLength + new TextEncoder().encode(filled.text.slice(0, rejection.from)).length
  let count = 0
  let length = 0
  while (count < own.length) {
    length += vocabulary.tokenBytes(own[count]!).length
    if (length > bytesKept || vocabulary.isEog(own[count]!)) break
    count += 1
  }
  // The token that holds the first wrong byte must not come again after the ones that stay.
  scope.tried.add(filled.drawnPath.slice(0, filled.keep + Math.min(count + 1, own.length)))
  return own.slice(0, count)
}

/**
 * Every way on from here was tried: the last drawn token goes too, and the ones before it stay. No value was judged, so
 * it costs no retry; it comes to an end, since each time a beginning of what was tried is closed for good. Throws
 * FillError DEAD_END where the constraint leads nowhere by itself, or nothing is left to give up.
 */
function backUp(request: HoleRequest, path: string, filled: Filled): Int32Array {
  const { scope } = request
  const { drawnPath, keep, tokens, text } = filled
  if (drawnPath.length <= keep || scope.tried.after(tokens.tokens).length === 0)
    throw deadEnd(request, path, text)
  return giveUpLast(request, path, filled, deadEndReason)
}

/** Closes the path that was drawn; returns its tokens but for the last one. */
function giveUpLast(request: HoleRequest, path: string, filled: Filled, reason: string): Int32Array {
  const { scope } = request
  const { drawnPath, keep, tokens, text } = filled
  attemptsAt(scope, path).push({ text, reason })
  scope.run.listener.emit({ type: 'rollback', hole: path, text, reason })
  scope.run.ledger.reject(tokens, drawnPath.length - 1)
  scope.tried.add(drawnPath)
  return drawnPath.slice(keep, -1)
}

export function spent(request: HoleRequest, path: string): FillError {
  const attempts = attemptsAt(request.scope, path)
  const last = attempts.at(-1)!
  return new FillError(
    'ATTEMPTS_SPENT',
    `Hole ${path} was given up after ${attempts.length} attempts, the last one ` +
      `${JSON.stringify(last.text)}: ${last.reason.replace(/\.$/, '')}.`,
    { hole: path, attempts: [...attempts], partialText: textOf(request.transcript) + last.text },
  )
}

export function deadEnd(request: HoleRequest, path: string, text: string): FillError {
  const attempts = attemptsAt(request.scope, path)
  attempts.push({ text, reason: deadEndReason })
  return new FillError(
    'DEAD_END',
    `Hole ${path} can't go on after ${JSON.stringify(text)}: ${deadEndReason}.`,
    {
      hole: path,
      attempts: [...attempts],
      partialText: textOf(request.transcript) + text,
    },
  )
}

function tokensMax(request: HoleRequest, path: string, filled: Filled): FillError {
  const attempts = attemptsAt(request.scope, path)
  const reason = `the value is not finished after ${filled.tokens.tokens.length - filled.keep} tokens`
  attempts.push({ text: filled.text, reason })
  return new FillError('TOKENS_MAX', `Hole ${path} holds ${JSON.stringify(filled.text)} and ${reason}.`, {
    hole: path,
    attempts: [...attempts],
    partialText: textOf(request.transcript) + filled.text,
  })
}
