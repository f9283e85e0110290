// What d3-flextree does not declare: the layout of trees whose nodes have sizes of their own.
declare module 'd3-flextree' {
  import type { HierarchyNode } from 'd3-hierarchy'

  export interface FlexNode<T> extends HierarchyNode<T> {
    /** Across the tree, and down the tree. */
    x: number
    y: number
  }

  export function flextree<T>(options: {
    children(data: T): readonly T[] | undefined
    nodeSize(node: HierarchyNode<T>): readonly [across: number, down: number]
    spacing(one: HierarchyNode<T>, other: HierarchyNode<T>): number
  }): {
    hierarchy(data: T): FlexNode<T>
    (tree: FlexNode<T>): FlexNode<T>
  }
}
