// What may be said of a value somebody passed, whatever it is: how to show it in a sentence, and whether it can be read
// or written. An object without a prototype can't become text, and a revoked proxy can't be read at all. Of the
// caller's code only a getter of Symbol.toStringTag may run, and if it throws, the value is called an object.

const textMax = 100

/** The name under which consoles ask an object how to print it: Node's, and Bun and Deno read it, too. */
export const inspected = Symbol.for('nodejs.util.inspect.custom')

/** What consoles give beside it, as far as it is used here; another console may give none of it. */
export interface InspectOptions {
  readonly depth?: number | null
  readonly compact?: boolean | number
  readonly breakLength?: number
  /** Colours a text by what it is, where colours are wanted. */
  readonly stylize?: (text: string, style: 'special' | 'string' | 'number' | 'undefined') => string
}

/** The value seen, for a sentence about it: `5`, `an array`, `a Date`, `a function`. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null)
    return isRevoked(value) ? 'a revoked proxy' : kindShown(value)
  if (typeof value === 'string') return JSON.stringify(cut(value))
  return cut(typeof value === 'bigint' ? `${value}n` : String(value))
}

/** What to call a value of the wrong type in a message. */
export function typeName(value: unknown): string {
  return typeof value === 'object' || typeof value === 'number' ? shown(value) : typeof value
}

/** What somebody threw, or gave as a reason, says for itself: an error's message, a text, or what is shown of it. */
export function saidBy(reason: unknown): string {
  if (typeof reason === 'string') return reason
  try {
    if (reason instanceof Error && typeof reason.message === 'string') return reason.message
  } catch {
    // A revoked proxy, or a getter of the caller's.
  }
  return shown(reason)
}

/** A text in quotes, cut where it is long: messages are for people, and texts may be megabytes. */
export function quoted(text: string): string {
  return text.length <= textMax ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, textMax))}...`
}

/** Whether a string is text that UTF-8 can hold: no lone surrogates. */
export function isUnicodeText(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text)
}

function cut(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax)}...`
}

/** Whether it is an object that can be read. */
export function isReadable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRevoked(value)
}

/** Whether it can hold members by name: an array, a Date or a signal has other things to say. */
export function isRecord(value: unknown): value is object {
  return isReadable(value) && ['Object', 'Module'].includes(kindOf(value))
}

/** As Array.isArray, which throws for a proxy that was revoked. */
export function isArray(value: unknown): value is readonly unknown[] {
  return isReadable(value) && Array.isArray(value)
}

/** Whether it can be waited for: a promise, or what has a `then` of its own. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isReadable(value) && typeof (value as { then?: unknown }).then === 'function'
  } catch {
    return false
  }
}

function kindShown(value: object): string {
  const kind = kindOf(value)
  if (kind === 'Object') return 'an object'
  if (kind === 'Array') return 'an array'
  return `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind.slice(0, textMax)}`
}

/** 'Object', 'Array', 'Date', 'Map', 'Promise', ...; of whatever realm. */
function kindOf(value: object): string {
  try {
    return Object.prototype.toString.call(value).slice('[object '.length, -1)
  } catch {
    return 'Object'
  }
}

function isRevoked(value: unknown): boolean {
  try {
    Array.isArray(value)
    return false
  } catch {
    return true
  }
}
