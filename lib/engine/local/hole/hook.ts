// Asks a caller's function before a draw: computes what the model makes of every token there, and takes what the
// function says as a bias of this one draw. Never draws; what the function throws is the hole's own misfortune.
import { UsageError } from '../../../base/errors.js'
import { shown } from '../../../base/seen.js'
import type { DrawOptions, NativeMatcher } from '../../../native/addon.js'
import type { DrawView, TokenAlternative } from '../../../prompt/draw-view.js'
import type { FillRequest } from '../../fill.js'
import type { SessionContext } from '../session-context.js'
import type { TokenList } from '../text/tokens.js'
import { TokenTexts } from './told.js'

/** The hole as it stands before the draw. */
export interface HoleSoFar {
  readonly list: TokenList
  readonly matcher: NativeMatcher
  readonly keep: number
  readonly text: () => string
}

/** More than all logits differ by. */
const overwhelming = 1e30

/** The draw as the hole's function, if there is one, wants it. Rejects with what it throws. */
export async function askedFirst(
  context: SessionContext,
  { hook, signal }: Pick<FillRequest, 'hook' | 'signal'>,
  hole: HoleSoFar,
  draw: DrawOptions,
): Promise<DrawOptions> {
  if (hook === null) return draw
  const { engine, books, vocabulary } = context
  const { tokens, lineage } = hole.list
  const { logprobs, usage } = await engine.look(tokens, signal, lineage)
  books.record(hole.list, usage, tokens.length)
  const view = new OpenView(new TokenTexts(vocabulary, tokens.subarray(hole.keep)), hole, logprobs)
  try {
    const given: unknown = hook(view)
    if (given instanceof Promise) refuseLater(given)
  } finally {
    view.close()
  }
  const { added } = view
  return added.size === 0 ? draw : { ...draw, bias: joined(draw.bias, added) }
}

/** A draw does not wait: what comes later would be of another one. */
function refuseLater(given: Promise<unknown>): never {
  given.catch(() => undefined)
  throw new UsageError(
    'ARGUMENT_INVALID',
    'logits of the hole gave a promise; expected a function that is done when it returns.',
  )
}

function joined(bias: ReadonlyMap<number, number>, added: ReadonlyMap<number, number>): Map<number, number> {
  const all = new Map(bias)
  for (const [token, value] of added) all.set(token, (all.get(token) ?? 0) + value)
  return all
}

class OpenView implements DrawView {
  readonly added = new Map<number, number>()
  readonly #texts: TokenTexts
  readonly #hole: HoleSoFar
  readonly #logprobs: Float64Array
  #isClosed = false

  constructor(texts: TokenTexts, hole: HoleSoFar, logprobs: Float64Array) {
    this.#texts = texts
    this.#hole = hole
    this.#logprobs = logprobs
  }

  close(): void {
    this.#isClosed = true
  }

  get text(): string {
    this.#requireOpen()
    return this.#hole.text()
  }

  get tokens(): Int32Array {
    this.#requireOpen()
    return this.#hole.list.tokens.slice(this.#hole.keep)
  }

  logprob(token: number): number {
    return this.#logprobs[this.#known(token)]!
  }

  top(count: number): readonly TokenAlternative[] {
    this.#requireOpen()
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new UsageError(
        'ARGUMENT_INVALID',
        `top() got ${shown(count)}; expected a whole number of 0 or more.`,
      )
    }
    const logprobs = this.#logprobs
    const best = Array.from(logprobs.keys()).sort((a, b) => logprobs[b]! - logprobs[a]! || a - b)
    return this.#texts.alternatives(
      best.slice(0, count).map((token) => ({ token, logprob: logprobs[token]! })),
    )
  }

  allows(token: number): boolean {
    return this.#hole.matcher.allows(this.#known(token))
  }

  bias(token: number, added: number): void {
    const known = this.#known(token)
    if (typeof added !== 'number' || Number.isNaN(added) || added === Number.POSITIVE_INFINITY) {
      throw new UsageError(
        'ARGUMENT_INVALID',
        `bias() got ${shown(added)} for token ${known}; expected a finite number or -Infinity.`,
      )
    }
    this.added.set(known, (this.added.get(known) ?? 0) + added)
  }

  force(token: number): void {
    const known = this.#known(token)
    if (!this.#hole.matcher.allows(known)) {
      throw new UsageError(
        'TOKEN_FORBIDDEN',
        `force() got token ${known}, which the constraint does not allow here; ask allows() before.`,
      )
    }
    this.added.set(known, overwhelming)
  }

  #known(token: number): number {
    this.#requireOpen()
    const { length } = this.#logprobs
    if (Number.isInteger(token) && token >= 0 && token < length) return token
    throw new UsageError(
      'TOKEN_UNKNOWN',
      `The token is ${shown(token)}; the model has tokens 0 to ${length - 1}.`,
    )
  }

  #requireOpen(): void {
    if (!this.#isClosed) return
    throw new UsageError(
      'VIEW_CLOSED',
      'The view of a draw was used after the draw; use it only in the function it was given to.',
    )
  }
}
