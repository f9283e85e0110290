// Which texts go into the next llama_decode. Decides that every job gets its turn: one text of each after the other.
// Pure; never waits and never reads.

/** Tokens of one text of a job, read up to `read`. */
export interface Text<Job> {
  readonly job: Job
  /** Which of the job's texts. */
  readonly index: number
  readonly tokens: Int32Array
  read: number
  /** Under which id it is being read, while part of it is. */
  sequence: number
}

export interface Room {
  /** Tokens to read at once, if no single text has more. */
  readonly rows: number
  /** Tokens that can be read at once. */
  readonly rowsMax: number
  readonly sequences: number
  readonly canSplit: boolean
}

/** A text, and until where its tokens are read now. */
export interface Packed<Job> {
  readonly text: Text<Job>
  readonly until: number
}

/**
 * Takes texts from the front of the queues. `begun` was read in part and goes on first: at most one text is, at the end
 * of what was packed before.
 */
export function pack<Job>(
  queues: readonly Text<Job>[][],
  begun: Text<Job> | null,
  { rows, rowsMax, sequences, canSplit }: Room,
): readonly Packed<Job>[] {
  const packed: Packed<Job>[] = []
  let left = rows
  const put = (text: Text<Job>, max: number): void => {
    const until = Math.min(text.tokens.length, text.read + max)
    packed.push({ text, until })
    left -= until - text.read
  }
  if (begun !== null) put(begun, left)
  for (let took = true; took; ) {
    took = false
    for (const queue of queues) {
      const [text] = queue
      if (left <= 0 || packed.length === sequences) return numbered(packed)
      if (text === undefined) continue
      // A text that is longer than all others may be goes alone.
      const max = packed.length === 0 ? rowsMax : left
      if (!canSplit && text.tokens.length > max) continue
      queue.shift()
      put(text, canSplit ? left : max)
      took = true
    }
  }
  return numbered(packed)
}

/** Gives ids to those that have none. */
function numbered<Job>(packed: readonly Packed<Job>[]): readonly Packed<Job>[] {
  const used = new Set(packed.filter(({ text }) => text.read > 0).map(({ text }) => text.sequence))
  let next = 0
  for (const { text } of packed) {
    if (text.read > 0) continue
    while (used.has(next)) next += 1
    text.sequence = next
    next += 1
  }
  return packed
}
