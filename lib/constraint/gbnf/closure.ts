// Properties of grammar nodes that follow from those of their parts and of the rules they refer to. Decides them by
// counting what is still missing, linear in the grammar's size: grammars of 100,000 rules come in, in any order.
import { type GbnfNode, type GbnfRules, partsOf } from './gbnf-node.js'

/** Whether a node has the property: at once, never, or where all or any of its parts have it. */
export type Condition = 'yes' | 'no' | 'all' | 'any'

/** What has the property, rules in an order in which each comes after those it has the property by. */
export interface Closure {
  has(node: GbnfNode): boolean
  readonly rules: ReadonlySet<string>
}

/** The least set of nodes that satisfy their conditions; a reference has what its rule has. */
export function closureOf(rules: GbnfRules, conditionOf: (node: GbnfNode) => Condition): Closure {
  /** By node; -1 for the whole of a rule. */
  const parents: number[] = []
  const ruleOf = new Map<number, string>()
  const missing: number[] = []
  const has: boolean[] = []
  const references = new Map<string, number[]>()
  const ready: number[] = []
  for (const [name, root] of rules) {
    parents[root.id] = -1
    ruleOf.set(root.id, name)
    walkNodes(root, (node) => {
      for (const part of partsOf(node)) parents[part.id] = node.id
      if (node.kind === 'reference') {
        const users = references.get(node.name)
        if (users) users.push(node.id)
        else references.set(node.name, [node.id])
        return
      }
      const condition = conditionOf(node)
      missing[node.id] =
        condition === 'all' ? partsOf(node).length : condition === 'any' ? 1 : condition === 'yes' ? 0 : -1
      if (missing[node.id] === 0) ready.push(node.id)
    })
  }
  const found = new Set<string>()
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    if (has[id]) continue
    has[id] = true
    const parent = parents[id]!
    const rule = parent === -1 ? ruleOf.get(id) : undefined
    if (rule !== undefined) {
      found.add(rule)
      for (const reference of references.get(rule) ?? []) ready.push(reference)
    } else {
      missing[parent]! -= 1
      if (missing[parent] === 0) ready.push(parent)
    }
  }
  return { has: (node) => has[node.id] === true, rules: found }
}

/** The rules that `start` needs. */
export function reachableRules(rules: GbnfRules, start: string): ReadonlySet<string> {
  const reached = new Set([start])
  for (const name of reached) {
    walkNodes(rules.get(name)!, (node) => {
      if (node.kind === 'reference') reached.add(node.name)
    })
  }
  return reached
}

function walkNodes(root: GbnfNode, visit: (node: GbnfNode) => void): void {
  for (const stack = [root]; stack.length > 0; ) {
    const node = stack.pop()!
    visit(node)
    for (const part of partsOf(node)) stack.push(part)
  }
}
