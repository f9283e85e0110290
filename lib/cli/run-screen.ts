// A run on a terminal as it goes on: text in the colour of who wrote it, what is taken back struck through, with the
// reason. Decides how events look. Never lets a model's text reach the terminal with control characters in it.
import picocolors from 'picocolors'
import { InternalError } from '../base/errors.js'
import type { StreamEvent, Transcript } from '../model/transcript.js'
import type { RunEvent } from '../run/report/event.js'
import type { Piece } from '../run/state/pieces.js'
import { harmless } from '../trace/harmless.js'
import type { Terminal } from './command.js'
import { asJson } from './json-text.js'
import { Lanes, type Shown } from './lanes.js'
import { oneLine } from './safe-text.js'

type Kind = Piece['kind'] | 'taken-back'
type Painted = readonly [kind: Kind, text: string]

export type Paint = (kind: Kind, text: string) => string

/** How text looks by who wrote it; line by line, so that no colour runs over the end of one. */
export function painter(hasColor: { readonly out: boolean }): Paint {
  const colors = picocolors.createColors(hasColor.out)
  const styles: Readonly<Record<Kind, (text: string) => string>> = {
    literal: (text) => text,
    input: colors.cyan,
    known: colors.cyan,
    mark: colors.dim,
    generated: (text) => colors.bold(colors.green(text)),
    'taken-back': (text) => colors.dim(colors.strikethrough(colors.red(text))),
  }
  return (kind, text) => harmless(text).replace(/[^\n]+/g, (line) => styles[kind](line))
}

/** Shows a run as it goes on. Gives the run, and rejects as it does. */
export async function showLive<V>(
  terminal: Terminal,
  events: AsyncIterable<StreamEvent<V>>,
): Promise<Transcript<V>> {
  const screen = new RunScreen(terminal)
  try {
    for await (const event of events) {
      if (event.type === 'done') return event.run
      screen.take(event)
    }
  } finally {
    screen.end()
  }
  throw new InternalError('INVARIANT', 'Invariant broken: a stream ends with its run.')
}

class RunScreen {
  readonly #terminal: Terminal
  readonly #paint: Paint
  readonly #lanes = new Lanes((event) => this.#show(event))
  /** What stands in the last line on the screen. */
  #line: Painted[] = []
  /** By hole: what stood before it in its line. */
  readonly #before = new Map<string, readonly Painted[]>()

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#paint = painter(terminal.hasColor)
  }

  take(event: RunEvent): void {
    this.#lanes.take(event)
  }

  /** Shows what waits, and begins a new line. */
  end(): void {
    this.#lanes.end()
    if (this.#line.length > 0) this.#write('literal', '\n')
  }

  #show(event: Shown): void {
    switch (event.type) {
      case 'text':
        this.#write(event.hole === null ? 'literal' : 'known', event.text)
        break
      case 'token':
        this.#write('generated', event.text)
        break
      case 'hole-start':
        this.#before.set(event.hole, [...this.#line])
        break
      case 'hole-end':
        this.#before.delete(event.hole)
        break
      case 'rollback':
        this.#takeBack(event)
        break
      default:
        this.#aside(asideOf(event))
    }
  }

  #write(kind: Kind, text: string): void {
    if (text === '') return
    this.#terminal.write(this.#paint(kind, text))
    const lines = text.split('\n')
    if (lines.length > 1) this.#line = []
    const last = lines.at(-1)!
    if (last !== '') this.#line.push([kind, last])
  }

  /** On a line of its own. */
  #aside(text: string | null): void {
    if (text === null) return
    if (this.#line.length > 0) this.#write('literal', '\n')
    this.#terminal.write(`${this.#paint('mark', oneLine(text))}\n`)
  }

  /** Strikes the text out where all of it stands in the last line, and goes on from what stood before it. */
  #takeBack({ hole, text, reason }: Extract<Shown, { type: 'rollback' }>): void {
    const inLine = withoutEnd(this.#line, text)
    const why = ` ⟲ ${oneLine(reason)}`
    if (inLine !== null && widthOf(this.#line) < this.#terminal.columns) {
      const struck = [...inLine.map(([kind, one]) => this.#paint(kind, one)), this.#paint('taken-back', text)]
      this.#terminal.write(`\r\u001b[K${struck.join('')}${this.#paint('mark', why)}\n`)
    } else this.#terminal.write(`${this.#paint('mark', why)}\n`)
    this.#line = []
    for (const [kind, one] of inLine ?? this.#before.get(hole) ?? []) this.#write(kind, one)
  }
}

/** What is said of an event beside the text; null: nothing. */
function asideOf(event: Shown): string | null {
  switch (event.type) {
    case 'branch-start':
      return `⑂ ${event.branch}`
    case 'dropped':
      return `⟲ ${event.count} other ${event.count === 1 ? 'try' : 'tries'} dropped`
    case 'rewrite':
      return '⟲ the chat template writes earlier messages another way'
    case 'tool-call':
      return `→ ${event.tool}(${asJson(event.arguments)})`
    case 'tool-result':
      return `← ${event.error ?? asJson(event.result)}`
    case 'warning':
      return `! ${event.message}`
    default:
      return null
  }
}

/** The line without the text at its end; null: it does not end so. */
function withoutEnd(line: readonly Painted[], end: string): readonly Painted[] | null {
  const whole = line.map(([, text]) => text).join('')
  if (!whole.endsWith(end)) return null
  let left = whole.length - end.length
  const before: Painted[] = []
  for (const [kind, text] of line) {
    if (left <= 0) break
    before.push([kind, text.slice(0, left)])
    left -= text.length
  }
  return before
}

/** Columns it takes at most: what may be wide counts as two. */
function widthOf(line: readonly Painted[]): number {
  const characters = line.flatMap(([, text]) => [...text])
  return characters.reduce((sum, one) => sum + widthMax(one), 0)
}

function widthMax(character: string): number {
  if (character === '\t') return 8
  return character >= '\u1100' ? 2 : 1
}
