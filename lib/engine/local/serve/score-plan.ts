// Turns a score request into works: the continuations form a trie, every inner token of it is one row, and the row
// before a token gives its log-probability. Decides which work decodes which row; never runs anything.
//
//   tokens ─┬─ [a b] ─┬─ [c] last        works:  tokens + a b d   (targets after the prefix, a, b, d)
//           │         └─ [d] ─ [e] last          tokens + x       (targets after x)
//           └─ [x] ─ [y] last
import type { ContextCapabilities, TokenLogprob } from '../../../native/addon.js'
import type { Work, WorkSpec } from '../../../schedule/work.js'
import { concatTokens } from '../tokens/text.js'
import type { ScoreRequest, ScoreResult } from './token-engine.js'

/** A place in the trie: the tokens that may come next and where they lead. */
interface Place {
  readonly next: Map<number, Place>
  readonly depth: number
  /** Which of the tokens that may come at its parent it is. */
  readonly index: number
}

export interface ScorePlan {
  /** Works of one stage run together, stages one after the other. */
  readonly stages: readonly (readonly WorkSpec[])[]
  /** Per place: its targets in the order they were asked. */
  readonly root: Place
  readonly placesOf: readonly ReadonlyMap<number, Place>[]
}

/** A place on the way, and those whose targets the work that goes this way looks at. */
interface Visit {
  readonly place: Place
  readonly token: number
  readonly owned: Place[]
}

export function planScore(request: ScoreRequest, capabilities: ContextCapabilities): ScorePlan {
  const root: Place = { next: new Map(), depth: 0, index: 0 }
  for (const continuation of request.continuations) insert(root, continuation)
  const longest = request.continuations.reduce((most, { length }) => Math.max(most, length), 0)
  const path = new Int32Array(longest)
  const base = request.tokens.length - 1
  const specs: WorkSpec[] = []
  const placesOf: Map<number, Place>[] = []
  const add = (depth: number, owned: readonly Place[]): void => {
    const tokens = concatTokens(request.tokens, path.subarray(0, depth))
    const targets = new Map(owned.map((place) => [base + place.depth, Int32Array.from(place.next.keys())]))
    specs.push({ tokens, generation: null, targets, best: request.best ?? 0 })
    placesOf.push(new Map(owned.map((place) => [base + place.depth, place])))
  }
  const { canForkPartially } = capabilities
  // Where forks take whole sequences only, the prefix is decoded first and every path goes on from its end.
  if (!canForkPartially) add(0, [root])
  const stack: Visit[] = [{ place: root, token: 0, owned: canForkPartially ? [root] : [] }]
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { place, token, owned } = visit
    if (place.depth > 0) path[place.depth - 1] = token
    const inner = [...place.next].filter(([, child]) => child.next.size > 0)
    if (inner.length === 0 && owned.length > 0) add(place.depth, owned)
    // The last one in is the first one out, and goes on with what its parent had.
    for (const [next, child] of inner.slice(1).reverse()) {
      stack.push({ place: child, token: next, owned: [child] })
    }
    for (const [next, child] of inner.slice(0, 1)) {
      owned.push(child)
      stack.push({ place: child, token: next, owned })
    }
  }
  const stages = canForkPartially ? [specs] : [specs.slice(0, 1), specs.slice(1)]
  return { stages: stages.filter((stage) => stage.length > 0), root, placesOf }
}

export function collectScores(request: ScoreRequest, plan: ScorePlan, works: readonly Work[]): ScoreResult {
  const found = new Map<Place, Float64Array>()
  const bests = new Map<Place, readonly TokenLogprob[]>()
  for (const [index, work] of works.entries()) {
    for (const [position, place] of plan.placesOf[index]!) {
      found.set(place, work.scores.get(position)!)
      if (work.best > 0) bests.set(place, work.bests.get(position)!)
    }
  }
  const logprobs = request.continuations.map((continuation) =>
    Float64Array.from(onTheWay(plan, continuation), ({ place, child }) => found.get(place)![child.index]!),
  )
  const best = request.continuations.map((continuation) =>
    bests.size === 0 ? [] : Array.from(onTheWay(plan, continuation), ({ place }) => bests.get(place)!),
  )
  return { logprobs, best, ...countScored(request.tokens.length, works) }
}

/** The place before each of the tokens, and the one behind it. */
function* onTheWay({ root }: ScorePlan, continuation: Int32Array) {
  let place = root
  for (const token of continuation) {
    const child = place.next.get(token)!
    yield { place, child }
    place = child
  }
}

function countScored(prefix: number, works: readonly Work[]): Pick<ScoreResult, 'scored' | 'usage'> {
  const decoded: { from: number; until: number }[] = []
  let scored = 0
  for (const work of works) {
    for (const { from, until } of work.decoded) {
      if (from < prefix) decoded.push({ from, until: Math.min(until, prefix) })
      scored += Math.max(0, until - Math.max(from, prefix))
    }
  }
  const own = decoded.reduce((sum, range) => sum + range.until - range.from, 0)
  const restored = Math.min(
    works.reduce((most, work) => Math.max(most, work.restored), 0),
    prefix - Math.min(own, prefix),
  )
  const redecoded = Math.min(
    own,
    works.reduce((sum, work) => sum + work.redecoded, 0),
  )
  const decodeCalls = works.flatMap((work) => work.decodeCalls)
  return {
    scored,
    usage: {
      reused: Math.max(0, prefix - own - restored),
      restored,
      decoded,
      redecoded,
      redrawn: 0,
      guessed: 0,
      confirmed: 0,
      heldUntil: prefix,
      decodeCalls,
    },
  }
}

function insert(root: Place, continuation: Int32Array): void {
  let place = root
  for (const token of continuation) {
    let child = place.next.get(token)
    if (child === undefined) {
      child = { next: new Map(), depth: place.depth + 1, index: place.next.size }
      place.next.set(token, child)
    }
    place = child
  }
}
