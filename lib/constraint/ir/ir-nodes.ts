// The nodes of a constraint under construction, as the words they are encoded as. Decides that equal nodes are one, and
// how many words there may be; never knows what a node means.
import { ConstraintError } from '../../base/errors.js'

/** Ten times what the largest sensible constraints take; reading as many is a second's work. */
const wordsMax = 1 << 20

export class IrNodes {
  /** Nodes one after the other; node i begins at `#starts[i]`. With room for more. */
  #words = new Int32Array(1024)
  #length = 0
  readonly #starts: number[] = []
  /** Open addressing by content: id + 1, or 0. */
  #table = new Int32Array(256)
  /** Nodes in the table; the others are never looked for. */
  readonly #entries: number[] = []

  get count(): number {
    return this.#starts.length
  }

  /** All of them, until the next is made. */
  get words(): Int32Array {
    return this.#words.subarray(0, this.#length)
  }

  /** Of one node, until the next is made. */
  wordsOf(id: number): Int32Array {
    return this.#words.subarray(this.#starts[id]!, this.#end(id))
  }

  /** The node of these words, an earlier one if there is one. Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
  known(words: readonly number[]): number {
    let at = hashOf(words, 0, words.length) & (this.#table.length - 1)
    for (let known = this.#table[at]!; known !== 0; known = this.#table[at]!) {
      if (this.#isNode(known - 1, words)) return known - 1
      at = (at + 1) & (this.#table.length - 1)
    }
    const id = this.append(words)
    this.#table[at] = id + 1
    this.#entries.push(id)
    if (this.#entries.length * 2 > this.#table.length) this.#growTable()
    return id
  }

  /** A node of which there is no other: one told apart by what only the caller knows. */
  append(words: readonly number[]): number {
    const length = this.#length + words.length
    if (length > wordsMax) {
      throw new ConstraintError(
        'CONSTRAINT_TOO_COMPLEX',
        `The constraint takes more than ${wordsMax} words in its flat form; expected a smaller one.`,
      )
    }
    if (length > this.#words.length) this.#growWords(length)
    const id = this.#starts.push(this.#length) - 1
    for (let index = 0; index < words.length; index++) this.#words[this.#length + index] = words[index]!
    this.#length = length
    return id
  }

  #end(id: number): number {
    return this.#starts[id + 1] ?? this.#length
  }

  #growWords(length: number): void {
    const larger = new Int32Array(Math.max(length, this.#words.length * 2))
    larger.set(this.words)
    this.#words = larger
  }

  #isNode(id: number, words: readonly number[]): boolean {
    const from = this.#starts[id]!
    if (this.#end(id) - from !== words.length) return false
    for (let index = 0; index < words.length; index++) {
      if (this.#words[from + index] !== words[index]) return false
    }
    return true
  }

  #growTable(): void {
    this.#table = new Int32Array(this.#table.length * 4)
    const mask = this.#table.length - 1
    for (const id of this.#entries) {
      let at = hashOf(this.#words, this.#starts[id]!, this.#end(id)) & mask
      while (this.#table[at] !== 0) at = (at + 1) & mask
      this.#table[at] = id + 1
    }
  }
}

function hashOf(words: ArrayLike<number>, from: number, until: number): number {
  let hash = until - from
  for (let index = from; index < until; index++) {
    hash = Math.imul(hash ^ words[index]!, 0x5bd1e995)
    hash ^= hash >>> 15
  }
  return hash
}
