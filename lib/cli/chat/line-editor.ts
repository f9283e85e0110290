// A line that a person edits, on node:readline. Decides what keys mean while nobody asks for a line: Ctrl-C stops what
// goes on, everything else waits for the next line. A paste of several lines is one line with signs for its breaks.
// Leaves the terminal as it was. History is kept in memory only.
import { createInterface, emitKeypressEvents, type Interface, type Key } from 'node:readline'
import { PassThrough, Writable } from 'node:stream'
import type { Terminal } from '../command.js'
import { lineOf, textOf } from './entry.js'

/** What a person did at a prompt. 'interrupt': Ctrl-C, and what stood in the line. 'end': Ctrl-D, or a hang-up. */
export type Edited =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'interrupt'; readonly text: string }
  | { readonly kind: 'end' }

interface Keypress {
  readonly text: string | undefined
  readonly key: Key
}

/** Keys that may wait while something goes on; more are dropped. */
const heldMax = 10_000
const historyMax = 1000
const pasteOn = '\u001b[?2004h'
const pasteOff = '\u001b[?2004l'

type RawMode = Pick<NodeJS.ReadStream, 'setRawMode'>

export class LineEditor {
  readonly #terminal: Terminal
  readonly #shown: (text: string) => string
  readonly #lines: Interface
  readonly #output: Writable
  #columns: number
  #waiting: ((edited: Edited) => void) | null = null
  #stop: (() => void) | null = null
  #held: Keypress[] = []
  /** What came of a paste; null: none goes on. */
  #paste: string | null = null
  #isOver = false
  readonly #onKey = (text: string | undefined, key: Key): void => this.#take({ text, key })
  readonly #onEnd = (): void => this.#end()

  /** `complete` gives whole lines that may be meant; `shown` makes a text harmless for the screen. */
  constructor(
    terminal: Terminal,
    how: { complete(line: string): readonly string[]; shown(text: string): string },
  ) {
    this.#terminal = terminal
    this.#shown = how.shown
    this.#columns = terminal.columns
    const output = new Writable({
      decodeStrings: false,
      write: (text, _encoding, done) => {
        terminal.write(String(text))
        done()
      },
    })
    this.#output = Object.defineProperty(output, 'columns', { get: () => terminal.columns })
    const input: NodeJS.ReadableStream & Partial<RawMode> = terminal.input
    // Keys reach readline through `write` only, so that they can be held back; it decides about the raw mode.
    const rawMode: Record<keyof RawMode, (isRaw: never) => unknown> = {
      setRawMode: (isRaw) => {
        input.setRawMode?.(isRaw)
        terminal.write(isRaw ? pasteOn : pasteOff)
      },
    }
    const source = Object.assign(new PassThrough(), rawMode)
    this.#lines = createInterface({
      input: source,
      output,
      terminal: true,
      historySize: historyMax,
      removeHistoryDuplicates: true,
      completer: (line: string) => [how.complete(line), line],
    })
    this.#lines.on('line', (line) => this.#answer({ kind: 'line', text: textOf(line) }))
    this.#lines.on('SIGINT', () => this.#interrupted())
    this.#lines.on('close', () => this.#end())
    emitKeypressEvents(input)
    input.on('keypress', this.#onKey).on('end', this.#onEnd).on('close', this.#onEnd)
    input.resume()
  }

  /** One line, which begins with a text. One at a time. */
  ask(prompt: string, text = ''): Promise<Edited> {
    if (this.#isOver) return Promise.resolve({ kind: 'end' })
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#lines.setPrompt(prompt)
      this.#lines.prompt()
      if (text !== '') this.#lines.write(lineOf(text, this.#shown))
      const held = this.#held
      this.#held = []
      for (const press of held) this.#take(press)
    })
  }

  /** Calls `stop` at each Ctrl-C until the work is done. */
  async during<T>(stop: () => void, work: () => Promise<T>): Promise<T> {
    this.#stop = stop
    try {
      return await work()
    } finally {
      this.#stop = null
    }
  }

  close(): void {
    const { input } = this.#terminal
    input.off('keypress', this.#onKey).off('end', this.#onEnd).off('close', this.#onEnd)
    input.pause()
    this.#lines.close()
  }

  #take(press: Keypress): void {
    const { text, key } = press
    if (key.name === 'paste-start') this.#paste = ''
    else if (key.name === 'paste-end') this.#endPaste()
    else if (this.#paste !== null) this.#paste += text ?? key.sequence ?? ''
    else if (this.#waiting !== null) this.#give(press)
    else if (key.ctrl && key.name === 'c') {
      this.#held = []
      this.#stop?.()
    } else if (this.#held.length < heldMax) this.#held.push(press)
  }

  #give({ text, key }: Keypress): void {
    const { columns } = this.#terminal
    if (columns !== this.#columns) {
      this.#columns = columns
      // The terminal has laid out the line anew, and the cursor stands in another row of it.
      Object.assign(this.#lines, { prevRows: this.#lines.getCursorPos().rows })
      this.#output.emit('resize')
    }
    this.#lines.write(text as string, key)
  }

  #endPaste(): void {
    // Copied lines mostly bring the break behind the last one along.
    const pasted = (this.#paste ?? '').replace(/[\r\n]+$/, '')
    this.#paste = null
    if (pasted === '') return
    const press = { text: lineOf(pasted, this.#shown), key: {} }
    if (this.#waiting !== null) this.#give(press)
    else if (this.#held.length < heldMax) this.#held.push(press)
  }

  #interrupted(): void {
    const text = textOf(this.#lines.line)
    this.#lines.write(null, { ctrl: true, name: 'e' })
    this.#lines.write(null, { ctrl: true, name: 'u' })
    this.#answer({ kind: 'interrupt', text })
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stop?.()
    this.#answer({ kind: 'end' })
  }

  #answer(edited: Edited): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(edited)
  }
}
