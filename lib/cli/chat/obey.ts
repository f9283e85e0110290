// What the commands of a chat do to it. Decides what is said of each; a new session comes back, and the old one stays
// as it was where one fails. Only /save and /load touch anything, and nothing here writes to the screen.
import { resolve } from 'node:path'
import { type Ledger, noTokens } from '../../engine/ledger.js'
import {
  branchOf,
  type Conversation,
  type Draft,
  forked,
  instructed,
  loaded,
  retryOf,
  rewritten,
  switched,
  turnAt,
  undone,
} from './conversation.js'
import { nameOf, readSaved, savable, save } from './saved.js'
import { type Settings, settingsWith } from './settings.js'
import { slashHelp, type Typed } from './slash.js'
import { requireSystem, type Speaker } from './speaker.js'
import { branchLines, branchWords, countOf, ledgerLines } from './status.js'
import type { Talk } from './turn-prompts.js'

/** A chat as it stands: an immutable value. */
export interface Session {
  readonly talk: Conversation<Talk>
  readonly settings: Settings
  /** Of the last answer, and of all. */
  readonly ledgers: { readonly last: Ledger; readonly all: Ledger }
  /** Paths that were saved or read here, so that they may be overwritten. */
  readonly own: ReadonlySet<string>
}

export interface Done {
  readonly session: Session
  /** Lines for the person. */
  readonly says: readonly string[]
  /** To be asked at once; to be put into the line. */
  readonly asks?: Draft
  readonly edits?: Draft
}

export type Command = Exclude<Typed, { kind: 'message' | 'quit' }>

export function begunSession(talk: Conversation<Talk>, settings: Settings): Session {
  return { talk, settings, ledgers: { last: noTokens, all: noTokens }, own: new Set() }
}

/** Rejects with EspalierError. */
export async function obey(speaker: Speaker, session: Session, command: Command): Promise<Done> {
  const { talk, settings, ledgers } = session
  const gone = (next: Conversation<Talk>, ...says: string[]): Done => ({
    session: { ...session, talk: next },
    says,
  })
  switch (command.kind) {
    case 'retry': {
      const same =
        settings.temperature === 0 ? ['at temperature 0 the answer is the same (/set temperature 0.7)'] : []
      return { session, says: same, asks: retryOf(talk) }
    }
    case 'edit': {
      const turn = command.turn ?? Math.max(0, branchOf(talk).turns.length - 1)
      const { question } = turnAt(branchOf(talk), turn)
      return { session, says: [], edits: { turn, question, tries: 0 } }
    }
    case 'undo':
      return undo(session)
    case 'fork': {
      const next = forked(talk, command.name)
      const shared = 'what stands so far is shared: nothing of it is computed again or copied'
      return gone(
        next,
        `branch ${next.current} goes on from here; ${shared} (/switch ${talk.current} goes back)`,
      )
    }
    case 'switch': {
      const next = switched(talk, command.name)
      return gone(next, `branch ${next.current}: ${branchWords(branchOf(next))}`, ...lastLines(next))
    }
    case 'system':
      return command.text === null
        ? { session, says: [systemLine(talk)] }
        : system(speaker, session, command.text)
    case 'save':
      return saved(speaker, session, command.file)
    case 'load':
      return load(speaker, session, command.file)
    case 'set': {
      const { setting } = command
      const next = setting === null ? settings : settingsWith(settings, setting.name, setting.value)
      const says = Object.entries(next).map(([name, value]) => `${name} ${value}`)
      return { session: { ...session, settings: next }, says: [says.join(' · ')] }
    }
    case 'forks':
      return { session, says: branchLines(talk) }
    case 'tokens':
      return { session, says: ledgerLines(ledgers.last, ledgers.all) }
    case 'help':
      return { session, says: helpLines() }
  }
}

/** Goes on with a file; on a branch of its own where something was said before. */
export async function load(speaker: Speaker, session: Session, file: string): Promise<Done> {
  const talk = loaded(session.talk, nameOf(file), await readSaved(speaker, file))
  const own = new Set(session.own).add(resolve(file))
  const words = branchWords(branchOf(talk))
  const says = [
    `branch ${talk.current}, from ${file}: ${words}; its next answer computes them`,
    ...lastLines(talk),
  ]
  return { session: { ...session, talk, own }, says }
}

function undo(session: Session): Done {
  const { turns } = branchOf(session.talk)
  const talk = undone(session.talk)
  const { question } = turnAt(branchOf(session.talk), turns.length - 1)
  return { session: { ...session, talk }, says: [`took back: ${short(question)}`] }
}

async function system(speaker: Speaker, session: Session, text: string): Promise<Done> {
  if (text !== '') await requireSystem(speaker, text)
  const talk = instructed(session.talk, text === '' ? null : text)
  const { length } = branchOf(talk).turns
  const cost = length === 0 ? [] : [`the next answer computes ${countOf(length, 'turn')} again behind it`]
  return { session: { ...session, talk }, says: [systemLine(talk), ...cost] }
}

async function saved(speaker: Speaker, session: Session, file: string): Promise<Done> {
  const transcript = await savable(speaker, branchOf(session.talk))
  await save(transcript, file, session.own)
  const own = new Set(session.own).add(resolve(file))
  const { length } = branchOf(session.talk).turns
  const says = [`saved ${countOf(length, 'turn')} to ${file}`]
  return { session: { ...session, talk: rewritten(session.talk, transcript), own }, says }
}

function systemLine(talk: Conversation<Talk>): string {
  const { system } = branchOf(talk)
  return system === null ? 'no system message' : `system message: ${system}`
}

/** Where a branch stands that somebody comes back to. */
function lastLines(talk: Conversation<Talk>): readonly string[] {
  const { turns } = branchOf(talk)
  if (turns.length === 0) return []
  const { question, answer } = turnAt(branchOf(talk), turns.length - 1)
  return [`${turns.length}> ${short(question)}`, short(answer)]
}

const shortMax = 200

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= shortMax ? line : `${line.slice(0, shortMax)}...`
}

function helpLines(): readonly string[] {
  const width = Math.max(...slashHelp.map(([command]) => command.length))
  return [
    ...slashHelp.map(([command, says]) => `${command.padEnd(width)}  ${says}`),
    'A line that ends in \\ goes on in the next one, """ begins and ends several lines, and a paste is one message.',
    'Ctrl-C stops an answer and keeps what came so far; at the prompt it clears the line, and twice it leaves.',
  ]
}
