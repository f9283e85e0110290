// The tree of cached tokens at any moment. Each node keeps its versions in order, so that what comes later never
// changes what was: going to a moment is a search for the last version before it. Never throws: lines may be missing.
import type { TracedTree } from '../trace.js'

/** A node as it was at a moment. 'freed': its room was given to others; it is told so that one sees what was lost. */
export interface NodeAt {
  readonly id: number
  /** Null: it begins a text, or what it hung on is not known. */
  readonly parent: number | null
  /** Tokens before its first one. */
  readonly from: number
  readonly length: number
  readonly state: 'live' | 'parked' | 'freed'
  readonly held: boolean
  /** Its tokens, a copy; -1 for what was never told. */
  tokens(): readonly number[]
}

export interface TreeAt {
  /** By id; freed ones too. */
  readonly nodes: ReadonlyMap<number, NodeAt>
  /** Ids of the nodes below a node, and of those below none by null; the oldest first. */
  readonly children: ReadonlyMap<number | null, readonly number[]>
}

interface Version {
  /** Number of the line that told it. */
  readonly line: number
  readonly parent: number | null
  readonly from: number
  readonly length: number
  readonly state: 'live' | 'parked' | 'freed' | 'joined'
  readonly held: boolean
  /** Shared by versions that only grew; `length` of them are this one's. */
  readonly tokens: number[]
}

export class TreeHistory {
  readonly #versions = new Map<number, Version[]>()

  apply(line: number, change: TracedTree): void {
    for (const node of change.nodes) {
      const versions = this.#versions.get(node.id) ?? []
      if (versions.length === 0) this.#versions.set(node.id, versions)
      const tokens = grown(versions.at(-1), node.tokensFrom, node.tokens)
      const { parent, from, length, state, held } = node
      put(versions, { line, parent, from, length, state, held, tokens })
    }
    for (const { id, why } of change.gone) {
      const versions = this.#versions.get(id)
      const last = versions?.at(-1)
      if (versions !== undefined && last !== undefined)
        put(versions, { ...last, line, state: why, held: false })
    }
  }

  /** As the first `moment` lines told it. Costs what nodes there ever were. */
  at(moment: number): TreeAt {
    const found = new Map<number, Version>()
    for (const [id, versions] of this.#versions) {
      const version = lastBefore(versions, moment)
      if (version !== undefined) found.set(id, version)
    }
    const nodes = new Map<number, NodeAt>()
    const children = new Map<number | null, number[]>()
    const standing = new Map<number, number | null>()
    for (const [id, version] of found) {
      if (version.state === 'joined') continue
      const parent = standingParent(found, version, standing)
      const { from, length, state, held } = version
      nodes.set(id, { id, parent, from, length, state, held, tokens: () => tokensOf(version) })
      const siblings = children.get(parent)
      if (siblings === undefined) children.set(parent, [id])
      else siblings.push(id)
    }
    return { nodes, children }
  }
}

/** Two changes of one line are one. */
function put(versions: Version[], version: Version): void {
  if (versions.at(-1)?.line === version.line) versions[versions.length - 1] = version
  else versions.push(version)
}

/** The tokens with others from `from` on. The list grows in place where nothing that stands is changed. */
function grown(last: Version | undefined, from: number, tokens: readonly number[]): number[] {
  const known = Math.min(last?.length ?? 0, from)
  const isGrowth = last !== undefined && known === from && last.tokens.length === from
  const list = isGrowth ? last.tokens : (last?.tokens.slice(0, known) ?? [])
  while (list.length < from) list.push(-1)
  for (const token of tokens) list.push(token)
  return list
}

function tokensOf({ tokens, length }: Version): readonly number[] {
  const own = tokens.slice(0, length)
  while (own.length < length) own.push(-1)
  return own
}

/**
 * The nearest node above that is still there; null where there is none. Nodes that would hang on each other in a circle
 * hang on none: what is above begins before. `standing`: what joined ones were found to lie in, for the next ones that
 * hang on them.
 */
function standingParent(
  found: ReadonlyMap<number, Version>,
  version: Version,
  standing: Map<number, number | null>,
): number | null {
  const passed = new Set<number>()
  let at = version.parent
  let above = at === null ? undefined : found.get(at)
  while (at !== null && above?.state === 'joined' && !passed.has(at)) {
    passed.add(at)
    const known = standing.get(at)
    at = known === undefined ? above.parent : known
    above = at === null ? undefined : found.get(at)
  }
  const stands = above === undefined || above.state === 'joined' ? null : at
  for (const joined of passed) standing.set(joined, stands)
  if (stands === null || above === undefined) return null
  const isEmpty = above.length === 0 && above.from === version.from && version.length > 0
  return above.from < version.from || isEmpty ? stands : null
}

/** The last of the entries, which are in order, that one of the first `moment` lines told. */
function lastBefore<T extends { readonly line: number }>(
  entries: readonly T[],
  moment: number,
): T | undefined {
  return entries[countBefore(entries, moment) - 1]
}

/** How many of the entries, which are in order, the first `moment` lines told. */
export function countBefore(entries: readonly { readonly line: number }[], moment: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (entries[middle]!.line < moment) low = middle + 1
    else high = middle
  }
  return low
}
