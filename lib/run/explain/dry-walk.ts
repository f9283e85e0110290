// A walk over a prompt that draws nothing: known text is appended, which computes nothing, and of holes it is asked
// what may come. Decides what can be known of each kind of part before it runs; what depends on values is left open.
import { partCost } from '../../async/pace.js'
import { refuseAborted } from '../../async/signal.js'
import { own } from '../../base/own.js'
import type {
  Branches,
  Collect,
  Each,
  Hole,
  Join,
  Message,
  OneOf,
  Prompt,
  Repeat,
  Thinking,
} from '../../prompt/part.js'
import { writeIfTaken } from '../chat/chat-write.js'
import { inputText } from '../given/inputs.js'
import { formatKnown, knownArray } from '../given/known.js'
import { knownKey } from '../given/one-of.js'
import type { Piece } from '../state/pieces.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { FollowPart, WalkPart, WalkState } from '../state/walk-state.js'
import { inside, promptParts } from '../walk/branches.js'
import { readyFor, settled, walkMessage } from '../walk/messages.js'
import { chained, Rest } from '../walk/rest.js'
import { type TakeHole, takeThought } from '../walk/thought.js'
import type { At } from './at.js'
import { explainHole } from './dry-hole.js'
import { told, written } from './known-text.js'
import { beside, type Cost, costOf, noCost, oneOf, repeated, type Tally, then } from './tally.js'

interface Walked {
  readonly at: At
  readonly cost: Cost
}

export class DryWalk {
  readonly #tally: Tally

  constructor(tally: Tally) {
    this.#tally = tally
  }

  async walk(
    scope: Scope,
    start: At,
    parts: readonly WalkPart[],
    after: Iterable<FollowPart>,
  ): Promise<Walked> {
    let walked: Walked = { at: start, cost: noCost }
    let rest = Rest.of(parts)
    for (let part = rest.first; part !== undefined; part = rest.first) {
      const turn = scope.run.pace.take(partCost)
      if (turn !== null) await turn
      refuseAborted(scope.run.signal)
      rest = rest.others
      if (part.kind === 'prompt') {
        rest = rest.behind(part.prompt.parts, rest.generation)
        continue
      }
      const key = part.kind === 'one-of' ? knownKey(scope, part) : null
      if (part.kind === 'one-of' && key !== null) {
        rest = rest.behind(promptParts(part.prompts[key]!), rest.generation)
        continue
      }
      const before = walked.at.state
      walked = await this.#moved(scope, walked, await readyFor(scope, before, part))
      walked = await this.#part(scope, walked, part, chained<FollowPart>(rest, after))
      walked = { ...walked, at: { ...walked.at, state: settled(before, walked.at.state) } }
    }
    return walked
  }

  /** The walk went on to a state by writing known text alone. */
  async #moved(scope: Scope, { at, cost }: Walked, state: WalkState): Promise<Walked> {
    return { at: { ...at, state }, cost: then(cost, await told(scope, this.#tally, at, state)) }
  }

  async #written(scope: Scope, walked: Walked, piece: Piece): Promise<Walked> {
    return this.#moved(scope, walked, await written(scope, walked.at.state, piece))
  }

  async #part(
    scope: Scope,
    walked: Walked,
    part: Exclude<WalkPart, { kind: 'prompt' }>,
    after: Iterable<FollowPart>,
  ): Promise<Walked> {
    switch (part.kind) {
      case 'text':
        return this.#written(scope, walked, { kind: 'literal', hole: null, text: part.text })
      case 'mark':
        return this.#written(scope, walked, { kind: 'mark', hole: null, text: part.text })
      case 'input': {
        // Its name is told with it, though pieces of a run have none.
        const text = inputText(scope.inputs, part)
        return this.#written(scope, walked, { kind: 'input', hole: part.name, text })
      }
      case 'hole':
        return this.#hole(scope, walked, part, after)
      case 'collect':
        return this.#collect(scope, walked, part, after)
      case 'thinking':
        return this.#thought(scope, walked, part)
      case 'ask':
        if (Object.hasOwn(scope.known, part.name)) return walked
        return this.#sideBySide(scope, walked, [part], null)
      case 'one-of':
        return this.#oneOf(scope, walked, part, after)
      case 'message':
        return this.#message(scope, walked, part)
      case 'branches':
        return this.#sideBySide(scope, walked, branchesOf(part), part.join)
      case 'each':
        if (typeof part.items === 'function') return this.#open(scope, walked, part.name)
        return this.#sideBySide(scope, walked, itemsOf(part, part.items), part.join)
      case 'repeat':
        return this.#repeat(scope, walked, part, after)
      case 'choose': {
        const { count } = part.method
        const inner = await this.walk(scope, timed(walked.at, count), part.prompt.parts, after)
        const { cells, sequences } = inner.cost
        const cost = { ...inner.cost, cells: cells * count, sequences: sequences * count }
        return { at: timed(inner.at, 1 / count), cost: then(walked.cost, cost) }
      }
      case 'tools': {
        const written = await writeIfTaken(scope.run, scope.prefix, walked.at.state)
        return this.#open(scope, await this.#moved(scope, walked, written), part.answer.name)
      }
      case 'computed':
        return this.#open(scope, walked, part.make.name)
    }
  }

  async #hole(scope: Scope, walked: Walked, hole: Hole, after: Iterable<FollowPart>): Promise<Walked> {
    if (Object.hasOwn(scope.known, hole.name)) {
      const text = formatKnown(scope, hole, scope.known[hole.name])
      return this.#written(scope, walked, { kind: 'known', hole: pathOf(scope, hole.name), text })
    }
    const cost = await explainHole(scope, this.#tally, walked.at, hole, after)
    return { at: { ...walked.at, isExact: false }, cost: then(walked.cost, cost) }
  }

  async #collect(scope: Scope, walked: Walked, part: Collect, after: Iterable<FollowPart>): Promise<Walked> {
    const { at } = walked
    const index = at.state.values.itemsOf(part.name)
    const hole = { ...part.hole, name: `${part.name}[${index}]` }
    const item = knownArray(scope, part.name)[index]
    const known = item === undefined ? {} : { [hole.name]: item }
    const end = await this.#hole({ ...scope, known }, walked, hole, after)
    const values = at.state.values.withItem(part.name, undefined)
    return { ...end, at: { ...end.at, state: { ...end.at.state, values } } }
  }

  async #oneOf(
    scope: Scope,
    { at, cost }: Walked,
    part: OneOf,
    after: Iterable<FollowPart>,
  ): Promise<Walked> {
    const costs: Cost[] = []
    for (const prompt of Object.values(part.prompts)) {
      costs.push((await this.walk(scope, at, promptParts(prompt), after)).cost)
    }
    return { at: { ...at, isExact: false }, cost: then(cost, oneOf(costs)) }
  }

  async #message(scope: Scope, walked: Walked, part: Message): Promise<Walked> {
    let inner = walked
    const state = await walkMessage(
      async (deeper, start, parts, after) => {
        const { at, cost } = await this.walk(deeper, { ...walked.at, state: start }, parts, after)
        inner = { at, cost: then(walked.cost, cost) }
        return at.state
      },
      scope,
      walked.at.state,
      part,
    )
    return { ...inner, at: { ...inner.at, state } }
  }

  /** Opened and closed as it would be, with nothing in between. */
  async #thought(scope: Scope, walked: Walked, part: Thinking): Promise<Walked> {
    let opened = walked
    const take: TakeHole = async (inner, before, hole, after) => {
      opened = await this.#hole(inner, await this.#moved(inner, walked, before), hole, after)
      return { state: opened.at.state, instead: null, drawn: null }
    }
    const { state } = await takeThought(take, scope, walked.at.state, part)
    return this.#moved(scope, opened, state)
  }

  async #sideBySide(scope: Scope, { at, cost }: Walked, list: readonly Inner[], join: Join): Promise<Walked> {
    const costs: Cost[] = []
    for (const { name, prompt } of list) {
      const path = pathOf(scope, name)
      const inner = inside(scope, path, own(scope.known, name), scope.outer)
      const end = await this.walk(inner, at, promptParts(prompt), [])
      const state = await writeIfTaken(inner.run, inner.prefix, end.at.state)
      costs.push((await this.#moved(inner, end, state)).cost)
    }
    const all = then(cost, beside(costs))
    if (join === null || list.length === 0) return { at, cost: all }
    if (typeof join === 'function') return this.#open(scope, { at, cost: all }, '')
    // The first goes on as it is; the others' texts are computed again behind it.
    const length = costs.reduce((sum, one) => sum + one.length, 0)
    const known = costs.reduce((sum, one) => sum + one.known, 0)
    const [text, prefilled] = [costOf(known, length - known), length - (costs[0]?.length ?? 0)]
    this.#tally.add({
      kind: 'text',
      path: scope.prefix.slice(0, -1),
      prefilled,
      timesMax: at.timesMax,
    })
    return { at: { ...at, isExact: false }, cost: then(all, text) }
  }

  /** One turn stands for all. */
  async #repeat(
    scope: Scope,
    { at, cost }: Walked,
    part: Repeat,
    after: Iterable<FollowPart>,
  ): Promise<Walked> {
    const known = knownArray(scope, part.name)
    const isKnown = Object.hasOwn(scope.known, part.name)
    const { min, max } = isKnown ? { min: known.length, max: known.length } : part
    if (max === 0) return { at, cost }
    const inner = inside(scope, `${pathOf(scope, part.name)}[0]`, known[0], scope.outer)
    const texts = [{ kind: 'text', text: part.separator } as const, ...promptParts(part.prompt)]
    const turn = await this.walk(inner, timed(at, max), texts, after)
    const state = { ...turn.at.state, values: at.state.values }
    return { at: { ...at, state, isExact: false }, cost: then(cost, repeated(turn.cost, min, max)) }
  }

  #open(scope: Scope, { at, cost }: Walked, name: string): Walked {
    const path = name === '' ? scope.prefix.slice(0, -1) : pathOf(scope, name)
    this.#tally.add({ kind: 'open', path, timesMax: at.timesMax })
    return { at: { ...at, isExact: false }, cost }
  }
}

function timed(at: At, times: number): At {
  return { ...at, timesMax: Math.round(at.timesMax * times) }
}

interface Inner {
  readonly name: string
  readonly prompt: Prompt
}

function branchesOf({ branches }: Branches): Inner[] {
  return Object.entries(branches).map(([name, prompt]) => ({ name, prompt }))
}

function itemsOf(part: Each, items: readonly unknown[]): Inner[] {
  return items.map((item, index) => ({ name: `${part.name}[${index}]`, prompt: part.prompts(item, index) }))
}
