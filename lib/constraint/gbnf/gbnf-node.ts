// A grammar in GBNF that was read: rules by name, each a tree of texts, sets, references, sequences, choices and
// repeats.
import type { CodePointRange } from '../ir/code-point-set.js'

export type GbnfNode = GbnfBody & {
  /** Its number among the grammar's nodes; parts have smaller ones. */
  readonly id: number
}

type GbnfBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly ranges: readonly CodePointRange[]; readonly isNegated: boolean }
  | { readonly kind: 'reference'; readonly name: string; readonly offset: number }
  | { readonly kind: 'sequence'; readonly parts: readonly GbnfNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly GbnfNode[] }
  | { readonly kind: 'repeat'; readonly part: GbnfNode; readonly min: number; readonly max: number | null }

export type GbnfRules = ReadonlyMap<string, GbnfNode>

/** The nodes a node is made of. */
export function partsOf(node: GbnfNode): readonly GbnfNode[] {
  if (node.kind === 'sequence' || node.kind === 'choice') return node.parts
  return node.kind === 'repeat' ? [node.part] : []
}
