// How far the text before the first hole is read, on a terminal, where there is much of it. Decides from how many
// tokens on that is told. Its line would overwrite a text that stands there, so what is printed waits.
import type { Model } from '../model/model.js'
import type { Prompt } from '../prompt/part.js'
import type { RunOptions } from '../run/run-options.js'
import type { Terminal } from './command.js'

const tokensMin = 256
/** Events of a run that come before anything is computed. */
const beforeDraws = new Set(['text', 'hole-start', 'branch-start'])

export interface Asked {
  readonly prompt: Prompt
  readonly given: object
  readonly options: RunOptions
}

/** For a run that is about to begin; what waits is printed when the model's own text begins, or `using` ends. */
export interface Reading extends Disposable {
  readonly terminal: Terminal
  /** The events of the run, as they are. */
  heard<E extends { readonly type: string }>(events: AsyncIterable<E>): AsyncIterable<E>
}

/** Never rejects: what can't be foretold is not told. */
export async function readingOf(model: Model, asked: Asked, terminal: Terminal): Promise<Reading> {
  const total = terminal.progress.isShown ? await tokensToRead(model, asked) : 0
  if (total < tokensMin) return { terminal, heard: (events) => events, [Symbol.dispose]: () => undefined }
  const waiting: (() => void)[] = []
  let isOver = false
  let read = 0
  // Of draws nothing is asked, so that they cost what they always do.
  const recording = model.record({ alternatives: 0, bytesMax: 2 ** 16 })
  recording.subscribe((line) => {
    if (line.type !== 'step' || isOver) return
    const { known, drawn, scored } = line.rows
    read += known
    if (read >= total || drawn + scored > 0) over()
    else terminal.progress.at('reading the prompt', read / total)
  })
  const over = (): void => {
    if (isOver) return
    isOver = true
    recording.stop()
    terminal.progress.end()
    for (const print of waiting.splice(0)) print()
  }
  const later = (print: () => void): void => {
    if (isOver) print()
    else waiting.push(print)
  }
  terminal.progress.at('reading the prompt', 0)
  const patient: Terminal = {
    ...terminal,
    write: (text) => later(() => terminal.write(text)),
    note: (text) => later(() => terminal.note(text)),
  }
  async function* heard<E extends { readonly type: string }>(events: AsyncIterable<E>): AsyncIterable<E> {
    for await (const event of events) {
      if (!beforeDraws.has(event.type)) over()
      yield event
    }
  }
  return { terminal: patient, heard, [Symbol.dispose]: over }
}

async function tokensToRead(model: Model, { prompt, given, options }: Asked): Promise<number> {
  try {
    const { parts } = await model.explain(prompt, given as never, options)
    const end = parts.findIndex(({ kind }) => kind === 'hole' || kind === 'open')
    return parts.slice(0, end < 0 ? parts.length : end).reduce((sum, part) => sum + part.prefilled, 0)
  } catch {
    return 0
  }
}
