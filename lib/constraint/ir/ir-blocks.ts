// Expressions kept across builders: what most schemas need again, such as the characters of a JSON string or a format.
// Decides their form, in which no id means anything outside, and how many are kept; never knows what they stand for.
import { childRange, irOp } from './ir.js'
import type { IrNodes } from './ir-nodes.js'

/** Nodes one after the other as `encode` has them, but with ids counted within the block and literals by index. */
export interface IrBlock {
  readonly words: readonly number[]
  readonly starts: readonly number[]
  readonly texts: readonly string[]
}

/** Words of all kept blocks together; beyond, all are let go and begin anew. */
const keptWordsMax = 200_000

export class IrBlocks {
  readonly #blocks = new Map<string, IrBlock>()
  #words = 0

  get(key: string): IrBlock | undefined {
    return this.#blocks.get(key)
  }

  keep(key: string, block: IrBlock): void {
    const size = block.words.length + block.starts.length + key.length
    if (size > keptWordsMax / 4) return
    if (this.#words + size > keptWordsMax) {
      this.#blocks.clear()
      this.#words = 0
    }
    this.#blocks.set(key, block)
    this.#words += size
  }
}

/** A node and all that it is made of; `texts`: literals by node. */
export function blockOf(root: number, nodes: IrNodes, texts: readonly string[]): IrBlock {
  const ids = reachable(root, nodes)
  const indexOf = new Map(ids.map((id, index) => [id, index]))
  const block = { words: [] as number[], starts: [] as number[], texts: [] as string[] }
  for (const id of ids) {
    const words = [...nodes.wordsOf(id)]
    const [from, until] = childRange(words[0]!, words.length)
    for (let at = from; at < until; at++) words[at] = indexOf.get(words[at]!)!
    if (words[0] === irOp.bytes) {
      words[1] = block.texts.push(texts[id]!) - 1
    }
    block.starts.push(block.words.length)
    for (const word of words) block.words.push(word)
  }
  return block
}

/** Ids of the nodes that `root` is made of, itself included, by rising id. */
function reachable(root: number, nodes: IrNodes): number[] {
  const found = new Set<number>([root])
  for (const id of found) {
    const words = nodes.wordsOf(id)
    const [from, until] = childRange(words[0]!, words.length)
    for (let at = from; at < until; at++) found.add(words[at]!)
  }
  return [...found].sort((a, b) => a - b)
}
