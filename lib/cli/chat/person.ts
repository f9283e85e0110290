// A chat with a person at a terminal: asks for a line, does what it says, shows what comes of it. Decides what is shown
// and that no error of a turn ends the chat. What a line means to the conversation, obey.ts and conversation.ts say.
import picocolors from 'picocolors'
import { EspalierError } from '../../base/errors.js'
import { harmless } from '../../trace/harmless.js'
import type { Call, Terminal } from '../command.js'
import { broken } from '../layout.js'
import { answered, branchOf, type Draft } from './conversation.js'
import { type Entry, entryWith, type OpenEntry } from './entry.js'
import { LineEditor } from './line-editor.js'
import { obey, type Session } from './obey.js'
import { slashNames, type Typed, typedOf } from './slash.js'
import type { Speaker } from './speaker.js'
import { ledgerSum, statusOf } from './status.js'
import { type Answer, type Hearer, takeTurn } from './turn.js'
import { WordWrap } from './word-wrap.js'

/** After so long a person is told that the model reads. */
const quietMs = 400

/** Resolves once the person leaves; 'now': before an answer was stopped. Rejects when the signal is aborted. */
export async function chatWithPerson(
  speaker: Speaker,
  session: Session,
  call: Call,
): Promise<'left' | 'now'> {
  const chat = new PersonalChat(speaker, session, call)
  try {
    return await chat.goOn()
  } finally {
    chat.close()
  }
}

class PersonalChat {
  readonly #speaker: Speaker
  readonly #terminal: Terminal
  readonly #signal: AbortSignal
  readonly #colors: ReturnType<typeof picocolors.createColors>
  readonly #editor: LineEditor
  #session: Session
  /** What the next line takes the place of; it begins with its question. */
  #edits: Draft | null = null

  constructor(speaker: Speaker, session: Session, { terminal, signal }: Call) {
    this.#speaker = speaker
    this.#session = session
    this.#terminal = terminal
    this.#signal = signal
    this.#colors = picocolors.createColors(terminal.hasColor.out)
    this.#editor = new LineEditor(terminal, { complete: (line) => this.#complete(line), shown: harmless })
    signal.addEventListener('abort', () => this.#editor.close(), { once: true })
  }

  close(): void {
    this.#editor.close()
  }

  async goOn(): Promise<'left' | 'now'> {
    const { description, contextTokens } = this.#speaker.model.info
    this.#say(`${description} · context ${contextTokens} · /help`)
    for (;;) {
      const entry = await this.#entry()
      this.#signal.throwIfAborted()
      if (entry === null) return 'left'
      const end = await this.#take(entry)
      if (end !== 'goes on') return end
    }
  }

  /** Null: the person leaves. */
  async #entry(): Promise<Extract<Entry, { text: string }> | null> {
    let open: OpenEntry | null = null
    let text = this.#edits?.question ?? ''
    let isWarned = false
    for (;;) {
      const edited = await this.#editor.ask(open === null ? this.#prompt() : '... ', text)
      text = ''
      if (edited.kind === 'end') {
        this.#terminal.write('\n')
        return null
      }
      if (edited.kind === 'interrupt') {
        const hasText = edited.text !== '' || open !== null || this.#edits !== null
        if (isWarned && !hasText) {
          this.#terminal.write('\n')
          return null
        }
        if (!hasText) {
          this.#terminal.write('\n')
          this.#say('Ctrl-C again, or Ctrl-D, leaves')
        }
        isWarned = true
        open = null
        this.#edits = null
        continue
      }
      isWarned = false
      const entry = entryWith(open, edited.text)
      if (entry.kind !== 'open' && entry.text.trim() !== '') return entry
      open = entry.kind === 'open' ? entry.open : null
      if (open === null) this.#edits = null
    }
  }

  async #take({ kind, text }: Extract<Entry, { text: string }>): Promise<'goes on' | 'left' | 'now'> {
    const edits = this.#edits
    this.#edits = null
    try {
      const typed: Typed = kind === 'line' ? typedOf(text) : { kind: 'message', text }
      if (typed.kind === 'quit') return 'left'
      if (typed.kind === 'message') {
        const turn = edits?.turn ?? branchOf(this.#session.talk).turns.length
        return await this.#ask({ turn, question: typed.text, tries: 0 })
      }
      const done = await obey(this.#speaker, this.#session, typed)
      this.#session = done.session
      for (const line of done.says) this.#say(line)
      this.#edits = done.edits ?? null
      return done.asks === undefined ? 'goes on' : await this.#ask(done.asks)
    } catch (error) {
      if (this.#signal.aborted || !(error instanceof EspalierError)) throw error
      this.#terminal.write(`${this.#colors.red(broken(harmless(error.message), this.#terminal.columns))}\n`)
      return 'goes on'
    }
  }

  /** 'now': Ctrl-C a second time, while the answer was being stopped. */
  async #ask(draft: Draft): Promise<'goes on' | 'now'> {
    // A question that was not answered is not lost; an answer that is asked for again stands where it stood.
    this.#edits = draft.tries === 0 ? draft : null
    const stop = new AbortController()
    const answer = await new Promise<Answer | null | 'now'>((resolve, reject) => {
      const interrupt = (): void => (stop.signal.aborted ? resolve('now') : stop.abort())
      this.#editor.during(interrupt, () => this.#answerTo(draft, stop.signal)).then(resolve, reject)
    })
    if (answer === 'now') return 'now'
    if (answer === null) {
      this.#say(draft.tries === 0 ? 'stopped before there was an answer' : 'stopped: the answer before stays')
      return 'goes on'
    }
    this.#edits = null
    const { talk, ledgers } = this.#session
    const next = answered(talk, draft, answer)
    const all = ledgerSum(ledgers.all, answer.ledger)
    this.#session = { ...this.#session, talk: next, ledgers: { last: answer.ledger, all } }
    this.#say(statusOf(answer, next, this.#speaker.model.info.contextTokens))
    return 'goes on'
  }

  async #answerTo(draft: Draft, stop: AbortSignal): Promise<Answer | null> {
    const { talk, settings } = this.#session
    const { progress } = this.#terminal
    const timer = setTimeout(() => progress.at('reading'), quietMs)
    const hearer = this.#hearer(() => clearTimeout(timer))
    try {
      const signals = { signal: this.#signal, stop }
      return await takeTurn(this.#speaker, branchOf(talk), draft, settings, { ...signals, ...hearer })
    } finally {
      clearTimeout(timer)
      progress.end()
      hearer.end()
    }
  }

  /** Shows an answer while it comes. */
  #hearer(begun: () => void): Hearer & { end(): void } {
    const { dim } = this.#colors
    let last: 'nothing' | 'thought' | 'answer' = 'nothing'
    let isLineOpen = false
    const wrap = new WordWrap()
    const write = (text: string, style = (plain: string): string => plain): void => {
      if (text === '') return
      isLineOpen = !text.endsWith('\n')
      this.#terminal.write(style(wrap.take(text, this.#terminal.columns)))
    }
    return {
      thought: (text) => {
        begun()
        if (last === 'nothing' && !this.#colors.isColorSupported) write('(thinking) ')
        last = 'thought'
        write(harmless(text), dim)
      },
      answer: (text) => {
        begun()
        if (last === 'thought') write('\n\n')
        last = 'answer'
        write(harmless(text))
      },
      end: () => {
        if (isLineOpen) write('\n')
      },
    }
  }

  #prompt(): string {
    const { talk } = this.#session
    const turn = this.#edits?.turn ?? branchOf(talk).turns.length
    const branch = talk.branches.size === 1 ? '' : `${talk.current} `
    return this.#colors.bold(`${branch}${turn + 1}> `)
  }

  #say(line: string): void {
    const lines = broken(harmless(line), this.#terminal.columns)
    this.#terminal.write(`${this.#colors.dim(lines)}\n`)
  }

  #complete(line: string): readonly string[] {
    const names = [...this.#session.talk.branches.keys()].map((name) => `/switch ${name}`)
    const all = line.includes(' ') ? names : slashNames
    return line.startsWith('/') ? all.filter((one) => one.startsWith(line)) : []
  }
}
