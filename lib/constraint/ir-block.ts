// Expressions kept across builders: what most schemas need again, such as the characters of a JSON string or a format.
// Decides their form, in which no id means anything outside, and how many are kept; never knows what they stand for.
import type { RegexId } from './ir.js'

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

/** Operands of a node that are nodes themselves: [from, until) within its words. */
export function childRange(op: number, length: number): readonly [from: number, until: number] {
  if (op >= 4 && op <= 6) return [2, length]
  return op >= 7 ? [1, 2] : [0, 0]
}

/** Ids of the nodes that `root` is made of, itself included, by rising id; `childrenOf` gives those of one node. */
export function reachable(root: RegexId, childrenOf: (id: number) => readonly number[]): number[] {
  const found = new Set<number>([root])
  for (const id of found) for (const child of childrenOf(id)) found.add(child)
  return [...found].sort((a, b) => a - b)
}
