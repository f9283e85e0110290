// Several forks of one transcript: made at once, waited for together, and put behind one another. Decides who is
// aborted where others have ended; how one fork runs is its own business.
import { UsageError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { isArray, isReadable, isRecord, shown } from '../base/seen.js'
import { checkJoin, type JoinOptions } from '../prompt/branches.js'
import { requireOptions } from '../prompt/options.js'
import type { Grown } from '../prompt/typing.js'
import { Fork } from './fork.js'
import { Transcript } from './transcript.js'
import { insideOf } from './transcript-owner.js'

/** Forks made at once. */
const forksMax = 100_000

type Forks<V, N extends number, L extends readonly Fork<V>[] = readonly []> = number extends N
  ? readonly Fork<V>[]
  : L['length'] extends N
    ? L
    : L['length'] extends 16
      ? readonly Fork<V>[]
      : Forks<V, N, readonly [...L, Fork<V>]>

/**
 * Forks of a transcript: live handles, on which runs go on at the same time. Costs nothing: a transcript is a value,
 * and its cells are shared. Without a count one fork.
 *
 * Throws UsageError ARGUMENT_INVALID.
 *
 * @example
 * ```ts
 * const base = await model.start(prompt`Review: The beds were wonderful.\n`)
 * const [mood, topic] = fork(base, 2)
 * const runs = [
 *   mood.extend(prompt`Mood: ${select('mood', ['good', 'bad'])}\n`),
 *   topic.extend(prompt`Topic: ${gen('topic', { tokensMax: 4 })}\n`),
 * ] as const
 * const joined = await join(base, runs)
 * console.log(joined.text, joined.values[0].mood, joined.values[1].topic)
 * ```
 */
export function fork<V>(base: Transcript<V>): Fork<V>
export function fork<V, const N extends number>(base: Transcript<V>, count: N): Forks<V, N>
export function fork<V>(base: Transcript<V>, count?: number): Fork<V> | readonly Fork<V>[] {
  insideOf(base)
  const make = (): Fork<V> => new Fork<V>(null, async () => base)
  if (count === undefined) return make()
  if (Number.isInteger(count) && count >= 1 && count <= forksMax) return Array.from({ length: count }, make)
  throw new UsageError(
    'ARGUMENT_INVALID',
    `The count of fork() is ${shown(count)}; expected a whole number from 1 to ${forksMax}.`,
  )
}

// biome-ignore lint/suspicious/noExplicitAny: forks of any values.
type AnyFork = Fork<any>
// biome-ignore lint/suspicious/noExplicitAny: the same of what went on from one.
type AnyPart = AnyFork | Transcript<any>
type ValuesIn<F> = F extends Fork<infer V> ? V : F extends Transcript<infer V> ? V : never

/**
 * The transcripts of all forks, in their order. Where one fails the others are aborted, and its error is thrown once
 * all have ended.
 *
 * Rejects as the forks do, and with UsageError ARGUMENT_INVALID.
 *
 * @example
 * ```ts
 * const base = await model.start(prompt`Once upon a time `)
 * const story = prompt`${gen('story', { tokensMax: 6, temperature: 1 })}`
 * const many = fork(base, 3).map((one, seed) => one.extend(story, {}, { seed }))
 * console.log((await all(many)).map(({ values }) => values.story))
 * ```
 */
export async function all<const F extends readonly AnyFork[]>(
  forks: F,
): Promise<{ readonly [I in keyof F]: Transcript<ValuesIn<F[I]>> }> {
  requireForks(forks, 'all()')
  const ends = forks.map((one) => one.transcript())
  try {
    return (await Promise.all(ends)) as never
  } catch (error) {
    for (const one of forks) one.abort(error)
    await Promise.allSettled(ends)
    throw error
  }
}

/**
 * The transcript of the fork that ends first without an error. The others are aborted, and have ended when it is there:
 * what they held is free. Where all fail, the error of the first of them is thrown.
 *
 * Rejects as the forks do, and with UsageError ARGUMENT_INVALID.
 *
 * @example
 * ```ts
 * const base = await model.start(prompt`The capital of France is `)
 * const [short, long] = fork(base, 2)
 * const first = await race([
 *   short.extend(prompt`${gen('city', { tokensMax: 2 })}`),
 *   long.extend(prompt`${gen('city', { tokensMax: 200 })}`),
 * ])
 * console.log(first.values.city)
 * ```
 */
export async function race<const F extends readonly AnyFork[]>(
  forks: F,
): Promise<Transcript<ValuesIn<F[number]>>> {
  requireForks(forks, 'race()')
  const ends = forks.map((one) => one.transcript())
  try {
    return await Promise.any(ends)
  } catch (error) {
    throw (error as AggregateError).errors[0]
  } finally {
    for (const one of forks) one.abort(new Error('another fork was first'))
    await Promise.allSettled(ends)
  }
}

type Parts = readonly AnyPart[] | Readonly<Record<string, AnyPart>>
type PartValues<P> = P extends readonly unknown[]
  ? number extends P['length']
    ? { readonly [index: number]: ValuesIn<P[number]> }
    : { readonly [I in keyof P & `${number}`]: ValuesIn<P[I]> }
  : { readonly [K in keyof P]: ValuesIn<P[K]> }

const joinNames = optionNames<JoinOptions>('join()', { join: true })

/**
 * The transcript with the texts of what went on from it behind it, one after the other as `branches` joins them;
 * nothing is computed. Their values stand under their index or name. Forks are waited for, as by `all`.
 *
 * Rejects as the forks do, with UsageError ARGUMENT_INVALID, JOIN_INVALID for a text that does not begin with the
 * transcript's, PromptError OPTION_INVALID, CapacityError CONTEXT_FULL.
 *
 * @example
 * ```ts
 * const base = await model.start(prompt`Tea or coffee?\n`)
 * const [a, b] = fork(base, 2)
 * const tea = a.extend(prompt`Tea: ${gen('why', { tokensMax: 6 })}\n`)
 * const coffee = b.extend(prompt`Coffee: ${gen('why', { tokensMax: 6 })}\n`)
 * const both = await join(base, { tea, coffee })
 * const end = await both.extend(prompt`Better: ${select('better', ['tea', 'coffee'])}\n`)
 * console.log(end.values.tea.why, end.values.better)
 * ```
 */
export async function join<V, const P extends Parts>(
  base: Transcript<V>,
  parts: P,
  options: JoinOptions = {},
): Promise<Transcript<Grown<V, PartValues<P>>>> {
  const { owner, result } = insideOf(base)
  if ((!isArray(parts) && !isRecord(parts)) || Object.keys(parts).length === 0) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `join() got ${shown(parts)}; expected a list of forks or transcripts, or an object of them by name.`,
    )
  }
  requireOptions(options, joinNames, 'join()')
  const how = checkJoin(options)
  const forks = Object.values(parts as Readonly<Record<string, unknown>>).filter(
    (one) => isReadable(one) && one instanceof Fork,
  )
  const ended = new Map<unknown, unknown>()
  for (const [index, transcript] of (await all(forks)).entries()) ended.set(forks[index], transcript)
  const list = Object.entries(parts).map(([name, one]) => ({
    name,
    result: insideOf(ended.get(one) ?? one).result,
  }))
  const run = await owner.join(result, list, how)
  return new Transcript<Grown<V, PartValues<P>>>(owner, run, [])
}

function requireForks(forks: unknown, taker: string): void {
  if (
    isArray(forks) &&
    Array.from(forks).every((one) => isReadable(one) && one instanceof Fork) &&
    (taker === 'all()' || forks.length > 0)
  )
    return
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${taker} got ${shown(forks)}; expected a list of forks, as fork() makes them.`,
  )
}
