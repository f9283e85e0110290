// The conversations of a chat as an immutable value: branches of turns, each with its transcript so far. Decides what
// going back, forking and switching mean. Never runs anything: a turn that is taken back stands in the transcript until
// the next question takes its place. `T` is the transcript, which nothing here looks into.
import { UsageError } from '../../base/errors.js'
import { quoted } from '../../base/seen.js'
import { GrowingList } from '../../run/state/growing-list.js'

export interface Turn {
  readonly question: string
  /** What was thought before the answer; null: nothing was asked for. */
  readonly thought: string | null
  readonly answer: string
  /** How often the question was answered before, here. */
  readonly tries: number
}

/** A transcript, and how many turns stand in it: those of the branch, and maybe more that were taken back. */
export interface Written<T> {
  readonly transcript: T
  readonly turns: number
}

export interface Branch<T> {
  /** null: no system message. */
  readonly system: string | null
  readonly turns: GrowingList<Turn>
  /** null: nothing is computed of it. */
  readonly written: Written<T> | null
  /** What was written before the last answer: where tokens were dropped for room, nothing else leads back there. */
  readonly before: Written<T> | null
  /** The branch it comes from, and the turns it has from there; null: from none. */
  readonly origin: { readonly name: string; readonly turns: number } | null
}

export interface Conversation<T> {
  /** In the order they were made. */
  readonly branches: ReadonlyMap<string, Branch<T>>
  /** Name of the branch that goes on. */
  readonly current: string
}

/** A question that is about to be asked. */
export interface Draft {
  /** The turn it makes or takes the place of, from 0 on; those from there on are dropped once it is answered. */
  readonly turn: number
  readonly question: string
  readonly tries: number
}

export function begun<T>(system: string | null): Conversation<T> {
  return { branches: new Map([['main', emptyBranch<T>(system)]]), current: 'main' }
}

export function branchOf<T>({ branches, current }: Conversation<T>): Branch<T> {
  return branches.get(current)!
}

/** Throws UsageError TURN_UNKNOWN. */
export function turnAt<T>({ turns }: Branch<T>, turn: number): Turn {
  const found = turn >= 0 ? turns.until(turn + 1).since(turn)[0] : undefined
  if (found !== undefined) return found
  const expected =
    turns.length === 0 ? 'nothing was asked yet' : `expected a number from 1 to ${turns.length}`
  throw new UsageError('TURN_UNKNOWN', `There is no message ${turn + 1}; ${expected}.`)
}

/** The last question, to be answered anew. Throws UsageError TURN_UNKNOWN. */
export function retryOf<T>(talk: Conversation<T>): Draft {
  const branch = branchOf(talk)
  const turn = Math.max(0, branch.turns.length - 1)
  const { question, tries } = turnAt(branch, turn)
  return { turn, question, tries: tries + 1 }
}

/** The conversation with the draft answered. */
export function answered<T>(
  talk: Conversation<T>,
  { turn, question, tries }: Draft,
  {
    thought,
    answer,
    transcript,
  }: { readonly thought: string | null; readonly answer: string; readonly transcript: T },
): Conversation<T> {
  const branch = until(branchOf(talk), turn)
  const turns = branch.turns.with({ question, thought, answer, tries })
  const before = writtenUntil(branch, turn)
  return withBranch(talk, { ...branch, turns, before, written: { transcript, turns: turns.length } })
}

/** What has so many turns and none behind them; null: nothing has. */
export function writtenUntil<T>({ written, before }: Branch<T>, turns: number): Written<T> | null {
  return [written, before].find((one) => one?.turns === turns) ?? null
}

/** The last turn taken back. Throws UsageError TURN_UNKNOWN. */
export function undone<T>(talk: Conversation<T>): Conversation<T> {
  const branch = branchOf(talk)
  const last = Math.max(0, branch.turns.length - 1)
  turnAt(branch, last)
  return withBranch(talk, until(branch, last))
}

/** The first turns of a branch. */
function until<T>({ turns, origin, ...branch }: Branch<T>, turn: number): Branch<T> {
  const shared = origin === null ? null : { ...origin, turns: Math.min(origin.turns, turn) }
  return { ...branch, turns: turns.until(turn), origin: shared }
}

/** The same turns behind another system message: all of it has to be computed again. */
export function instructed<T>(talk: Conversation<T>, system: string | null): Conversation<T> {
  return withBranch(talk, { ...branchOf(talk), system, written: null, before: null })
}

/** The transcript of the current branch, made anew of its turns. */
export function rewritten<T>(talk: Conversation<T>, transcript: T): Conversation<T> {
  const branch = branchOf(talk)
  return withBranch(talk, { ...branch, written: { transcript, turns: branch.turns.length }, before: null })
}

/** A second branch from here, which goes on. Null names it by a number. Throws UsageError NAME_INVALID, NAME_TAKEN. */
export function forked<T>(talk: Conversation<T>, name: string | null): Conversation<T> {
  const branch = branchOf(talk)
  const origin = { name: talk.current, turns: branch.turns.length }
  return withNewBranch(talk, name ?? freeName(talk, 'fork'), { ...branch, origin })
}

/** Goes on with what was read, on a branch of its own unless nothing was said on this one. */
export function loaded<T>(
  talk: Conversation<T>,
  name: string,
  read: Pick<Branch<T>, 'system' | 'turns' | 'written'>,
): Conversation<T> {
  const branch = { ...read, before: null, origin: null }
  if (branchOf(talk).turns.length === 0) return withBranch(talk, branch)
  return withNewBranch(talk, freeName(talk, name), branch)
}

/** Throws UsageError BRANCH_UNKNOWN. */
export function switched<T>(talk: Conversation<T>, name: string): Conversation<T> {
  if (talk.branches.has(name)) return { ...talk, current: name }
  const names = [...talk.branches.keys()].join(', ')
  throw new UsageError('BRANCH_UNKNOWN', `There is no branch ${quoted(name)}; expected one of ${names}.`)
}

function emptyBranch<T>(system: string | null): Branch<T> {
  return { system, turns: GrowingList.of<Turn>([]), written: null, before: null, origin: null }
}

function withBranch<T>(talk: Conversation<T>, branch: Branch<T>): Conversation<T> {
  return { ...talk, branches: new Map(talk.branches).set(talk.current, branch) }
}

const nameForm = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u

function withNewBranch<T>(talk: Conversation<T>, name: string, branch: Branch<T>): Conversation<T> {
  if (!nameForm.test(name)) {
    const expected = 'expected up to 40 letters, digits, dots and dashes'
    throw new UsageError('NAME_INVALID', `A branch can't be called ${quoted(name)}; ${expected}.`)
  }
  if (talk.branches.has(name)) {
    const hint = `/switch ${name} goes on with it`
    throw new UsageError(
      'NAME_TAKEN',
      `There is a branch ${quoted(name)} already; take another name, or ${hint}.`,
    )
  }
  return { branches: new Map(talk.branches).set(name, branch), current: name }
}

function freeName<T>({ branches }: Conversation<T>, wanted: string): string {
  // Short enough for a number behind it.
  const cut = wanted.slice(0, 30)
  const name = nameForm.test(cut) ? cut : 'loaded'
  if (name !== 'fork' && !branches.has(name)) return name
  let number = 1
  while (branches.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}
