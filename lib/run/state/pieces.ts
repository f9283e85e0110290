// The text of a transcript as it was written, piece by piece: an immutable list that grows at its end without a copy.
// Decides when two lists hold the same text, whoever wrote which stretch of it.
import { createHash, type Hash } from 'node:crypto'

/** A stretch of text and who wrote it. */
export interface Piece {
  /** 'literal': the template. 'input' and 'known': the caller. 'generated': the model. 'mark': the chat template. */
  readonly kind: 'literal' | 'input' | 'known' | 'generated' | 'mark'
  /** Path of the hole for 'known' and 'generated'. */
  readonly hole: string | null
  readonly text: string
}

/** The text alone: a slice of a longer text would hold all of that for as long as it is held. */
export function ownText(slice: string): string {
  return JSON.parse(JSON.stringify(slice)) as string
}

export class Pieces {
  static readonly none = new Pieces(null, null)
  readonly length: number
  readonly #before: Pieces | null
  readonly #last: Piece | null
  /** Of all text up to here; made when first asked for. */
  #hash: Hash | null = null

  private constructor(before: Pieces | null, last: Piece | null) {
    this.#before = before
    this.#last = last
    this.length = before === null ? 0 : before.length + 1
  }

  /** An empty text is no piece. */
  with(piece: Piece): Pieces {
    return piece.text === '' ? this : new Pieces(this, piece)
  }

  /** What it was made of; null: it is empty. */
  get made(): { readonly before: Pieces; readonly last: Piece } | null {
    return this.#before === null ? null : { before: this.#before, last: this.#last! }
  }

  /** The pieces from number `from` on. */
  since(from: number): readonly Piece[] {
    const pieces = new Array<Piece>(Math.max(0, this.length - from))
    let at: Pieces = this
    for (let index = pieces.length - 1; index >= 0; index -= 1) {
      pieces[index] = at.#last!
      at = at.#before!
    }
    return pieces
  }

  /** The pieces behind those that both lists begin with; mostly one list was made from the other. */
  behind(before: Pieces): readonly Piece[] {
    if (this.#at(before.length) === before) return this.since(before.length)
    const pieces = this.since(0)
    let common = 0
    for (const { kind, hole, text } of before.since(0)) {
      const other = pieces[common]
      if (other?.kind !== kind || other.hole !== hole || other.text !== text) break
      common += 1
    }
    return pieces.slice(common)
  }

  /** Those of so many characters from the start; the last one may be cut. What stays is shared, and not copied. */
  untilCharacter(characters: number): Pieces {
    let length = 0
    for (let at: Pieces = this; at.#before !== null; at = at.#before) length += at.#last!.text.length
    let at: Pieces = this
    while (at.#before !== null && length - at.#last!.text.length >= characters) {
      length -= at.#last!.text.length
      at = at.#before
    }
    if (at.#before === null || length <= characters) return at
    const last = at.#last!
    return at.#before.with({ ...last, text: ownText(last.text.slice(0, characters - length)) })
  }

  /** The list when it had so many pieces; null: it never had. */
  #at(length: number): Pieces | null {
    let at: Pieces | null = this
    while (at !== null && at.length > length) at = at.#before
    return at
  }

  /** Equal for equal texts only; costs what is new since it was asked of a list this one was made from. */
  textKey(): string {
    return this.#hashed().copy().digest('base64')
  }

  #hashed(): Hash {
    if (this.#hash !== null) return this.#hash
    const texts: string[] = []
    let at: Pieces = this
    while (at.#hash === null && at.#before !== null) {
      texts.push(at.#last!.text)
      at = at.#before
    }
    const hash = at.#hash === null ? createHash('sha256') : at.#hash.copy()
    for (const text of texts.reverse()) hash.update(text)
    this.#hash = hash
    return hash
  }
}
