// What one fill drew, as tokens from the start of the text: closed paths are never completed again, and the beginning
// of a rejected value may stay.

import type { Drawn, Split } from '../../fill.js'
import { ofAnotherEngine } from '../../foreign.js'
import type { TokenList } from '../text/tokens.js'
import { commonLength } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import type { Told } from './told.js'

const encoder = new TextEncoder()

/** Tokens that stay of an earlier attempt. */
export interface Kept extends Pick<TokenList, 'tokens' | 'origins'> {
  readonly told: Told
}

const nothingKept: Kept = { tokens: new Int32Array(0), origins: new Uint8Array(0), told: [] }

/** What an attempt begins with; null: nothing. */
export function keptOf(drawn: Drawn | null): Kept {
  return drawn === null ? nothingKept : DrawnTokens.of(drawn).kept
}

/** The first `count` of them. */
export function beginningOf({ tokens, origins, told }: Kept, count: number): Kept {
  const some = told.slice(0, count)
  return { tokens: tokens.subarray(0, count), origins: origins.subarray(0, count), told: some }
}

interface DrawnParts {
  /** Tokens up to the last drawn one, an end-of-generation token included. */
  readonly path: Int32Array
  /** Of these, how many stood before the hole. */
  readonly keep: number
  /** Bytes of the hole's first tokens that belong to the text before it. */
  readonly prefixLength: number
  readonly text: string
  /** All tokens there were in the end, forced ones behind the last drawn one included. */
  readonly list: Pick<TokenList, 'tokens' | 'origins'>
  /** What was seen of the hole's tokens. */
  readonly told: Told
}

export class DrawnTokens implements Drawn, DrawnParts {
  readonly path: Int32Array
  readonly keep: number
  readonly prefixLength: number
  readonly text: string
  readonly list: DrawnParts['list']
  readonly told: Told
  readonly #vocabulary: Vocabulary

  constructor(vocabulary: Vocabulary, parts: DrawnParts) {
    this.#vocabulary = vocabulary
    this.path = parts.path
    this.keep = parts.keep
    this.prefixLength = parts.prefixLength
    this.text = parts.text
    this.list = parts.list
    this.told = parts.told
  }

  get steps(): number {
    return Math.max(0, this.path.length - this.keep)
  }

  /** Tokens of the hole, and who wrote each: where an attempt begins with them, they are what they were. */
  get kept(): Kept {
    const { path, keep, list, told } = this
    const origins = list.origins.subarray(keep, path.length)
    return { tokens: path.subarray(keep), origins, told: told.slice(0, path.length - keep) }
  }

  tokens(): { readonly from: number; readonly tokens: Int32Array } {
    return { from: this.keep, tokens: this.list.tokens.slice(this.keep) }
  }

  shorter(): Split | null {
    if (this.steps === 0) return null
    return { kept: this.#with(this.path.slice(0, -1)), closed: this }
  }

  cut(at: number): Split {
    const bytesKept = this.prefixLength + encoder.encode(this.text.slice(0, at)).length
    const own = this.path.subarray(this.keep)
    let count = 0
    let length = 0
    while (count < own.length) {
      length += this.#vocabulary.tokenBytes(own[count]!).length
      if (length > bytesKept || this.#vocabulary.isEog(own[count]!)) break
      count += 1
    }
    // The token that holds the first wrong byte must not come again after the ones that stay.
    const closed = this.#with(this.path.slice(0, this.keep + Math.min(count + 1, own.length)))
    return { kept: this.#with(this.path.slice(0, this.keep + count)), closed }
  }

  #with(path: Int32Array): DrawnTokens {
    const { keep, prefixLength, text, list, told } = this
    return new DrawnTokens(this.#vocabulary, { path, keep, prefixLength, text, list, told })
  }

  /** Throws UsageError ARGUMENT_INVALID for what another engine drew. */
  static of(drawn: Drawn): DrawnTokens {
    if (drawn instanceof DrawnTokens) return drawn
    throw ofAnotherEngine('draw')
  }
}

/** What is left of the closed paths that begin with `tokens`. */
export function closedAfter(closed: readonly Drawn[], tokens: Int32Array): Int32Array[] {
  const left: Int32Array[] = []
  for (const drawn of closed) {
    const rest = restOf(DrawnTokens.of(drawn).path, tokens)
    if (rest !== null) left.push(rest)
  }
  return left
}

/** What is left of a path behind the tokens; null where it does not go on from them. */
export function restOf(path: Int32Array, tokens: Int32Array): Int32Array | null {
  if (path.length <= tokens.length || commonLength(path, tokens) < tokens.length) return null
  return path.subarray(tokens.length)
}
