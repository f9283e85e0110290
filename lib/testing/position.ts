// What the scripted engine has of a position, and of what was drawn there: words of its tree.

import { CapabilityError, UsageError } from '../base/errors.js'
import { isRecord, shown } from '../base/seen.js'
import type { Found, TokenRange } from '../engine/engine.js'
import type { Drawn, Split } from '../engine/fill.js'
import { ofAnotherEngine } from '../engine/foreign.js'
import type { Position } from '../engine/position.js'
import { noRoom } from './room.js'
import type { Word } from './words.js'

export class ScriptPosition implements Position {
  /** Where all texts of its engine begin. */
  readonly root: Word
  readonly word: Word
  readonly head: number
  readonly ahead: string

  constructor(root: Word, word: Word, head = 0, ahead = '') {
    this.root = root
    this.word = word
    this.head = head
    this.ahead = ahead
  }

  get length(): number {
    return this.word.length
  }

  /** All of it, what stands ahead included. */
  get text(): string {
    return this.word
      .path()
      .map(({ text }) => text)
      .join('')
  }

  /** So much of its end, or all of it. */
  textEnd(length: number): string {
    let text = ''
    for (let { word } = this; word.before !== null && text.length < length; word = word.before) {
      text = word.text + text
    }
    return text.slice(Math.max(0, text.length - length))
  }

  /** Without its words from `from` to `until`, which is its end. Throws UsageError RANGE_INVALID, CapabilityError. */
  without(range: TokenRange): ScriptPosition {
    const { from, until } = isRecord(range) ? range : { from: Number.NaN, until: Number.NaN }
    if (!(Number.isSafeInteger(from) && from >= 1 && from < until && until <= this.length)) {
      const seen = isRecord(range) ? `${shown(from)} to ${shown(until)}` : shown(range)
      throw new UsageError('RANGE_INVALID', `The range is ${seen}; expected a part of 1 to ${this.length}.`)
    }
    if (until < this.length) throw noShift('drop()')
    return new ScriptPosition(this.root, this.word.path()[from - 1]!, Math.min(this.head, from))
  }

  /** Throws UsageError ARGUMENT_INVALID for what another engine made. */
  static of(root: Word, position: Position): ScriptPosition {
    if (position instanceof ScriptPosition && position.root === root) return position
    throw ofAnotherEngine('position')
  }
}

/** A whole value: a script does not go back into one. */
export class DrawnWords implements Drawn {
  readonly steps = 0
  /** The last one. */
  readonly word: Word
  /** The last one before them. */
  readonly since: Word

  constructor(word: Word, since: Word) {
    this.word = word
    this.since = since
  }

  tokens(): { readonly from: number; readonly tokens: Int32Array } {
    return { from: this.since.length, tokens: new Int32Array(0) }
  }

  shorter(): null {
    return null
  }

  cut(): Split {
    return { kept: new DrawnWords(this.since, this.since), closed: this }
  }
}

/** How many of the first words some session computed. */
export function foundOf({ word }: ScriptPosition): Found {
  const words = word.path()
  const missing = words.findIndex(({ isCached }) => !isCached)
  return { reused: missing < 0 ? words.length : missing, restored: 0 }
}

/** The position as JSON has it. */
export function savedWords({ text, head, ahead }: ScriptPosition): unknown {
  return { text, head, ahead }
}

/** Throws UsageError SAVED_INVALID, CapacityError CONTEXT_FULL. */
export function restoredWords(root: Word, saved: unknown, contextTokens: number): ScriptPosition {
  const { text, head, ahead } = (isRecord(saved) ? saved : {}) as Readonly<Record<string, unknown>>
  const isText = typeof text === 'string' && typeof ahead === 'string' && text.endsWith(ahead)
  const word = isText ? root.after(text) : root
  if (!isText || !Number.isSafeInteger(head) || (head as number) < 0 || (head as number) > word.length) {
    throw new UsageError(
      'SAVED_INVALID',
      `The saved transcript has ${shown(saved)} as its position; expected what toJSON() gave.`,
    )
  }
  if (word.length <= contextTokens) return new ScriptPosition(root, word, head as number, ahead)
  throw noRoom('CONTEXT_FULL', 'The saved transcript has', word.length, contextTokens)
}

export function noShift(what: string): CapabilityError {
  return new CapabilityError(
    'NO_SHIFT',
    `A script's words can't be dropped from the middle, which ${what} needs.`,
  )
}
