// Every error this library throws on purpose. Decides the classes and their shape; which code belongs to which
// situation is decided where it is thrown. A message is a sentence with the value seen and the value expected.
// Never catch one of these to continue as if nothing happened: they are the caller's.

import { type InspectOptions, inspected, isReadable, saidBy, shown } from './seen.js'

/** Base of all errors thrown by espalier. `code` is stable and meant for programs; `message` is meant for people. */
export abstract class EspalierError extends Error {
  // Fields of the object's own: a setter that somebody put on Error.prototype is not run.
  /** Of the class, as 'FillError'. */
  override readonly name: string
  /** Which situation it is, as 'TOKENS_MAX'; the same in all versions. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }

  /** All of it but the stack as plain data, for another thread or a log; `errorFrom` makes the error of it again. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, code, message, cause } = this
    return { name, code, message, ...(cause === undefined ? {} : { cause: plain(cause) }) }
  }
}

/** An error or a value as plain data; of what is neither only its text. */
function plain(value: unknown): unknown {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return value
  if (!isReadable(value) || !(value instanceof Error)) return shown(value)
  if (value instanceof EspalierError) return value.toJSON()
  const { name } = value
  return { name: typeof name === 'string' ? name : 'Error', message: saidBy(value) }
}

type Inspect = (value: unknown, options: object) => string

/** As a console prints an error: its stack, then these members. */
function shownWith(
  error: Error,
  members: object,
  [options, inspect]: readonly [InspectOptions, Inspect],
): string {
  return `${error.stack ?? `${error.name}: ${error.message}`} ${inspect(members, options)}`
}

/** The template cannot mean anything, or a run was given other inputs than it needs. Nothing has happened yet. */
export class PromptError extends EspalierError {}

/** The constraint cannot be compiled, is too large, or allows no value. Nothing has happened yet. */
export class ConstraintError extends EspalierError {}

/** The engine or the model cannot do what was asked. Nothing has happened yet. */
export class CapabilityError extends EspalierError {}

/** Expected lack of room: cells, sequence ids, queue, context length. What existed before is intact. */
export class CapacityError extends EspalierError {}

/** The model file or the llama.cpp library is missing, damaged or unsupported. Nothing was loaded. */
export class ModelError extends EspalierError {}

/** The device or the native library failed in the middle of work. */
export class EngineError extends EspalierError {}

/** An argument is outside of what the method takes, or an object is used after it was closed. Nothing has happened. */
export class UsageError extends EspalierError {}

/** An invariant of this library broke: a bug of ours. The engine refuses further work. */
export class InternalError extends EspalierError {}

/** The caller's signal was aborted; `reason` is the signal's. */
export class AbortError extends EspalierError {
  /** The signal's `reason`. */
  readonly reason: unknown
  constructor(reason: unknown) {
    super('ABORTED', `The work was aborted by the caller's signal: ${saidBy(reason)}.`, { cause: reason })
    this.reason = reason
  }

  override toJSON(): Readonly<Record<string, unknown>> {
    const { cause: _, ...members } = super.toJSON()
    return { ...members, reason: plain(this.reason) }
  }

  /** For `console.log`: the reason once, though it is the cause, too. */
  [inspected](depth: number | null, options: InspectOptions, inspect: Inspect): string {
    if (depth !== null && depth < 0) return `[${this.name}]`
    return shownWith(this, { code: this.code, reason: this.reason }, [options, inspect])
  }
}

/** One attempt at a hole that was given up. */
export interface FillAttempt {
  /** The bytes of the attempt as text, as far as they went. */
  readonly text: string
  /** Why it was given up. */
  readonly reason: string
}

const attemptsShown = 5
const textShownMax = 200

/** What a text ends with. */
function tail(text: string): string {
  return text.length <= textShownMax ? text : `... ${text.slice(-textShownMax)}`
}

/** A hole could not be filled. The transcript is cut back to the hole's start. */
export class FillError extends EspalierError {
  /** Name of the hole, with the path of branches before it, for example `items[2].name`. */
  readonly hole: string
  /** In the order they were made. */
  readonly attempts: readonly FillAttempt[]
  /** Text of the run up to the hole and the last attempt. */
  readonly partialText: string
  constructor(
    code: string,
    message: string,
    detail: { hole: string; attempts: readonly FillAttempt[]; partialText: string },
    options?: ErrorOptions,
  ) {
    super(code, message, options)
    this.hole = detail.hole
    this.attempts = detail.attempts
    this.partialText = detail.partialText
  }

  override toJSON(): Readonly<Record<string, unknown>> {
    const { hole, attempts, partialText } = this
    return { ...super.toJSON(), hole, attempts, partialText }
  }

  /** For `console.log`: the last attempts, and the end of the text; the whole text of a run may be a book. */
  [inspected](depth: number | null, options: InspectOptions, inspect: Inspect): string {
    if (depth !== null && depth < 0) return `[${this.name}]`
    const { code, hole, cause } = this
    const last = this.attempts.slice(-attemptsShown).map(({ text, reason }) => ({ text: tail(text), reason }))
    const more = this.attempts.length - last.length
    const attempts = more > 0 ? [`... ${more} before`, ...last] : last
    const members = { code, hole, attempts, partialText: tail(this.partialText) }
    return shownWith(this, cause === undefined ? members : { ...members, cause }, [options, inspect])
  }
}

/** Those that are told by class, code and message alone, by name. */
export const plainErrors = {
  CapabilityError,
  CapacityError,
  ConstraintError,
  EngineError,
  InternalError,
  ModelError,
  PromptError,
  UsageError,
} as const
