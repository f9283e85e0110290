// Where the tokens of a generation may be found before they are drawn: in its own text, in what was drawn from the same
// place before, and in what was drawn last. Decides what is looked through; which guesses are worth their rows is
// decided beside the decodes, and what is drawn never depends on any of it.
import type { KvCache } from '../kv/cache.js'
import { commonLength, type TreeNode } from '../kv/tree-node.js'
import type { Work } from './work.js'

/** Shorter answers are not worth a look. */
const answerTokensMin = 4
const answersMax = 8
/** Of a continuation in the tree. */
const tokensAheadMax = 256
/**
 * Of a text, its end: whoever looks through it does so after every token. It begins at a multiple of the step, so that
 * a draft model that has read it finds the same beginning for a while.
 */
const tokensMax = 16_384
const tokensStep = 4096
/** So many tokens before a continuation make it found. */
const lead = 4

export class Guesses {
  /** What was drawn last, the newest first. */
  #answers: readonly Int32Array[] = []

  /** A generation is over. */
  remember(work: Work): void {
    if (work.generation === null || work.drawnCount < answerTokensMin) return
    this.#answers = [work.drawn, ...this.#answers].slice(0, answersMax)
  }

  /** Texts to find its next tokens in, the first of which is what it goes on from. */
  textsFor(cache: KvCache, work: Work): readonly Int32Array[] {
    const from = Math.ceil(Math.max(0, work.count - tokensMax) / tokensStep) * tokensStep
    const own = work.tokens.subarray(from, work.count)
    const before = continuation(cache, work)
    return before === null ? [own, ...this.#answers] : [own, before, ...this.#answers]
  }
}

/** What the tree has behind the work's tokens, most recently used, with the last of these before it. */
function continuation(cache: KvCache, work: Work): Int32Array | null {
  if (work.found !== null && work.found.match.seen < work.count) return null
  const { tokens, count, lineage } = work
  const { node: top } = cache.tree.match(tokens, { count, limit: count, lineage })
  const ahead: number[] = []
  let node: TreeNode | null = top
  let at = count
  while (node !== null && ahead.length < tokensAheadMax) {
    if (node.state !== 'pending') {
      const { from, length } = node
      for (let index = at - from; index < length && ahead.length < tokensAheadMax; index++) {
        ahead.push(node.tokens[index]!)
        at++
      }
    }
    node = latest(node, work)
  }
  if (ahead.length === 0) return null
  return Int32Array.of(...tokens.subarray(Math.max(0, count - lead), count), ...ahead)
}

/** The child below that was used last, and that has the work's tokens. */
function latest(node: TreeNode, { tokens, count }: Work): TreeNode | null {
  let best: TreeNode | null = null
  for (const child of node.allChildren()) {
    const shared = Math.max(0, Math.min(child.length, count - child.from))
    if (child.state === 'pending' || commonLength(child, tokens, count) < shared) continue
    if (best === null || child.usedAt > best.usedAt) best = child
  }
  return best
}
