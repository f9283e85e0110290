// How the tree of cached tokens changed between two looks at it, as data. Types only: the cache finds it out, traces
// keep it.

/** What came, changed and went since the look before. */
export interface TreeChange {
  readonly nodes: readonly NodeChange[]
  readonly gone: readonly NodeGone[]
}

/** A node as it is now. Its tokens from number `tokensFrom` on are `tokens`; the ones before are what they were. */
export interface NodeChange {
  /** From 0 on, never used again. */
  readonly id: number
  /** Null: a text begins with it. */
  readonly parent: number | null
  /** Tokens before its first one. */
  readonly from: number
  readonly length: number
  /** In cells, or in host memory. */
  readonly state: 'live' | 'parked'
  /** Whether a request or a pin holds it or something below it. */
  readonly held: boolean
  readonly tokensFrom: number
  readonly tokens: readonly number[]
}

/** 'joined': its tokens are its parent's now. 'freed': its cells, or its bytes of host memory, were given to others. */
export interface NodeGone {
  readonly id: number
  readonly why: 'joined' | 'freed'
}
