// Where the first stop is in a text that grows. Decides which match counts: the one that ends first, and of those that
// end there the one that begins first; so what comes later never changes it. Looks at no character twice.
import { Recent } from '../base/recent.js'
import { IrBuilder } from './ir/ir-builder.js'
import { Grammar } from './recognise/grammar.js'
import type { LivingResiduals } from './recognise/living.js'
import type { Residual } from './recognise/residual.js'
import { anyOf, type Stop } from './stops.js'

/** A match, in characters (UTF-16) of the text. */
export interface StopFound {
  readonly from: number
  readonly until: number
}

interface Language {
  readonly residuals: LivingResiduals
  /** null: no text is a stop. */
  readonly start: Residual | null
}

/** A match that may still come. */
interface Begun {
  readonly from: number
  readonly left: Residual
}

/** Kept residuals beyond which all begin anew. */
const keptMax = 400_000
const languages = new WeakMap<readonly Stop[], Language>()
/** Of lists of texts, by these. */
const ofTexts = new Recent<Language>(64)

/** Reads one text. Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
export class StopReader {
  readonly #language: Language
  #begun: readonly Begun[] = []
  #at = 0
  #found: StopFound | null = null

  /** The list is known again: give the same one for the same stops. */
  constructor(stops: readonly Stop[]) {
    this.#language = languageOf(stops)
  }

  /** The first match, once it is there. What comes behind it is not read. */
  get found(): StopFound | null {
    return this.#found
  }

  /** The text before this index is in no match, whatever comes. */
  get safeUntil(): number {
    return this.#begun[0]?.from ?? this.#at
  }

  /** The text goes on; whole code points only. */
  next(text: string): StopFound | null {
    this.#language.residuals.restart()
    for (const character of text) {
      if (this.#found !== null) break
      this.#take(character)
    }
    return this.#found
  }

  #take(character: string): void {
    const { residuals, start } = this.#language
    if (start === null) {
      this.#at += character.length
      return
    }
    let begun: readonly Begun[] = [...this.#begun, { from: this.#at, left: start }]
    for (const byte of bytesOf(character)) begun = afterByte(residuals, begun, byte)
    this.#begun = begun
    this.#at += character.length
    const first = begun.find(({ left }) => left.isNullable)
    if (first !== undefined) this.#found = { from: first.from, until: this.#at }
  }
}

/** The first match in a whole text. */
export function firstStop(stops: readonly Stop[], text: string): StopFound | null {
  const texts: string[] = []
  for (const stop of stops) if (typeof stop === 'string') texts.push(stop)
  return texts.length < stops.length ? new StopReader(stops).next(text) : firstText(texts, text)
}

function firstText(stops: readonly string[], text: string): StopFound | null {
  let first: StopFound | null = null
  for (const stop of stops) {
    const from = text.indexOf(stop)
    const until = from + stop.length
    if (
      from < 0 ||
      (first !== null && (until > first.until || (until === first.until && from >= first.from)))
    ) {
      continue
    }
    first = { from, until }
  }
  return first
}

/** Those that go on; of equal rests the one that began first is enough. */
function afterByte(residuals: LivingResiduals, begun: readonly Begun[], byte: number): Begun[] {
  const next: Begun[] = []
  const known = begun.length > 1 ? new Set<Residual>() : null
  residuals.count(begun.length)
  for (const { from, left } of begun) {
    const rest = residuals.after(left, byte)
    if (rest === residuals.nothing || known?.has(rest)) continue
    known?.add(rest)
    next.push({ from, left: rest })
  }
  return next
}

function languageOf(stops: readonly Stop[]): Language {
  const key = stops.every((stop) => typeof stop === 'string') ? JSON.stringify(stops) : null
  const known = key === null ? languages.get(stops) : ofTexts.get(key)
  if (known !== undefined && known.residuals.size <= keptMax) return known
  const builder = new IrBuilder()
  const grammar = new Grammar(builder.finish({ lexeme: anyOf(builder, stops) }))
  const [first] = grammar.beginsOf(grammar.top)
  const slot = first === undefined ? undefined : grammar.slotAt(first)
  const made = { residuals: grammar.residuals, start: slot?.kind === 'lexeme' ? slot.residual : null }
  if (key === null) languages.set(stops, made)
  else ofTexts.set(key, made)
  return made
}

function bytesOf(character: string): Iterable<number> {
  const code = character.charCodeAt(0)
  return code < 0x80 ? [code] : Buffer.from(character)
}
