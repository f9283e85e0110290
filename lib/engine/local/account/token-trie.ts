// All token lists of one run as one trie, each stretch without a branching in typed arrays. Decides how a list finds
// its place: from the list before it, so that what it costs follows what is new. Knows nothing of what marks mean.
//
//   root -- [ 5 6 7 8 ] -- [ 9 9 ]        a stretch: its tokens, and for each token an origin, marks and a count
//                       \- [ 4 ]

import { commonLength } from '../tokens/text.js'
/** A list of tokens and who wrote each. */
export interface OwnedTokens {
  readonly tokens: Int32Array
  readonly origins: Uint8Array
}

/** Tokens that follow each other without a branching between them. Arrays may be longer than it is. */
class Stretch {
  tokens: Int32Array
  origins: Uint8Array
  marks: Uint8Array
  counts: Uint32Array
  length: number
  /** By first token. */
  children: Map<number, Stretch> | null = null

  constructor(tokens: Int32Array, origins: Uint8Array) {
    this.length = tokens.length
    this.tokens = tokens
    this.origins = origins
    this.marks = new Uint8Array(tokens.length)
    this.counts = new Uint32Array(tokens.length)
  }

  append(tokens: Int32Array, origins: Uint8Array): void {
    const length = this.length + tokens.length
    // The first tokens may be a caller's list, which never changes; the copy is the stretch's own.
    if (length > this.tokens.length) this.#grow(length + Math.max(length >> 3, 64))
    this.tokens.set(tokens, this.length)
    this.origins.set(origins, this.length)
    this.length = length
  }

  /** Keeps the first `at` tokens; the others become its only child. */
  split(at: number): void {
    const rest = new Stretch(this.tokens.subarray(0, 0), this.origins.subarray(0, 0))
    rest.tokens = this.tokens.subarray(at)
    rest.origins = this.origins.subarray(at)
    rest.marks = this.marks.subarray(at)
    rest.counts = this.counts.subarray(at)
    rest.length = this.length - at
    rest.children = this.children
    this.tokens = this.tokens.subarray(0, at)
    this.origins = this.origins.subarray(0, at)
    this.marks = this.marks.subarray(0, at)
    this.counts = this.counts.subarray(0, at)
    this.length = at
    this.children = new Map([[rest.tokens[0]!, rest]])
  }

  #grow(room: number): void {
    const { tokens, origins, marks, counts, length } = this
    this.tokens = new Int32Array(room)
    this.tokens.set(tokens.subarray(0, length))
    this.origins = new Uint8Array(room)
    this.origins.set(origins.subarray(0, length))
    this.marks = new Uint8Array(room)
    this.marks.set(marks.subarray(0, length))
    this.counts = new Uint32Array(room)
    this.counts.set(counts.subarray(0, length))
  }
}

const nothing = new Int32Array(0)

export class TokenTrie {
  readonly #root = new Stretch(nothing, new Uint8Array(0))
  /** The last list looked for, the stretches it goes through, and where in it each of them begins. */
  #tokens: Int32Array = nothing
  #stretches: Stretch[] = [this.#root]
  #starts: number[] = [0]
  #length = 0
  /** By mark: how much of the path from its start is known to have it. */
  readonly #marked = new Map<number, number>()

  /** Tokens of the path that stands: what `mark` and `each` are about. */
  get length(): number {
    return this.#length
  }

  /** Goes to a list; what the trie does not have of it is put in. */
  enter({ tokens, origins }: OwnedTokens): void {
    this.#follow(tokens)
    if (this.#length === tokens.length) return
    const at = this.#length
    const last = this.#stretches.at(-1)!
    const offset = at - this.#starts.at(-1)!
    if (offset < last.length) last.split(offset)
    const rest = tokens.subarray(at)
    const own = origins.subarray(at)
    if (last.children === null && last !== this.#root) last.append(rest, own)
    else {
      const child = new Stretch(rest, own)
      last.children ??= new Map()
      last.children.set(rest[0]!, child)
      this.#push(child, at)
    }
    this.#length = tokens.length
  }

  /** Goes along a list as far as the trie has it. */
  find(tokens: Int32Array): void {
    this.#follow(tokens)
  }

  /** Gives the tokens [from, until) of the path the mark: a power of two. */
  mark(mark: number, from: number, until: number): void {
    const known = this.#marked.get(mark) ?? 0
    const start = from <= known ? Math.max(from, known) : from
    if (start >= until) return
    this.each(start, until, (stretch, offset) => {
      stretch.marks[offset]! |= mark
    })
    if (from <= known) this.#marked.set(mark, until)
  }

  /** Visits the tokens [from, until) of the path. */
  each(from: number, until: number, visit: (stretch: Stretch, offset: number, index: number) => void): void {
    let index = from
    for (let place = this.#placeOf(from); index < until; place += 1) {
      const stretch = this.#stretches[place]!
      const start = this.#starts[place]!
      const end = Math.min(until, start + stretch.length)
      for (; index < end; index += 1) visit(stretch, index - start, index)
    }
  }

  /** All stretches there are; in no order. */
  *all(): Generator<Stretch> {
    const pending = [this.#root]
    for (let stretch = pending.pop(); stretch !== undefined; stretch = pending.pop()) {
      if (stretch.children !== null) for (const child of stretch.children.values()) pending.push(child)
      yield stretch
    }
  }

  /** Takes the mark off all tokens. */
  unmark(mark: number): void {
    this.#marked.delete(mark)
    for (const { marks, length } of this.all()) {
      for (let index = 0; index < length; index += 1) marks[index]! &= ~mark
    }
  }

  #follow(tokens: Int32Array): void {
    const same = Math.min(commonLength(this.#tokens, tokens), this.#length)
    this.#cut(same)
    this.#tokens = tokens
    let at = same
    while (at < tokens.length) {
      const last = this.#stretches.at(-1)!
      const offset = at - this.#starts.at(-1)!
      if (offset < last.length) {
        const more = commonLength(last.tokens.subarray(offset, last.length), tokens.subarray(at))
        at += more
        if (offset + more < last.length) break
      } else {
        const child = last.children?.get(tokens[at]!)
        if (child === undefined) break
        this.#push(child, at)
      }
    }
    this.#length = at
  }

  #cut(length: number): void {
    while (this.#stretches.length > 1 && this.#starts.at(-1)! >= length) {
      this.#stretches.pop()
      this.#starts.pop()
    }
    this.#length = length
    for (const [mark, known] of this.#marked) if (known > length) this.#marked.set(mark, length)
  }

  #push(stretch: Stretch, start: number): void {
    this.#stretches.push(stretch)
    this.#starts.push(start)
  }

  /** The last stretch that begins at the index or before it. */
  #placeOf(index: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= index) low = middle
      else high = middle
    }
    return low
  }
}
