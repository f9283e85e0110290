// One line on a terminal that says how far a long job is. Writes nothing to a pipe or a file, where it would only be
// noise, and never more than the width of a line.

export interface Progress {
  /** Whether anybody sees it. */
  readonly isShown: boolean
  /** What is being done now, and how much of it, 0..1. */
  at(what: string, part?: number): void
  /** Takes the line away. */
  end(): void
}

type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'write'> & { readonly columns?: number }

export function progressOn(stream: Screen): Progress {
  if (!stream.isTTY) return { isShown: false, at: () => undefined, end: () => undefined }
  const clear = '\r\u001b[2K'
  let shown = ''
  return {
    isShown: true,
    at(what, part) {
      const percent = part === undefined ? '' : ` ${Math.floor(part * 100)} %`
      const line = `${what}${percent}`.slice(0, Math.max(20, (stream.columns || 80) - 1))
      if (line !== shown) stream.write(`${clear}${line}`)
      shown = line
    },
    end() {
      if (shown !== '') stream.write(clear)
      shown = ''
    },
  }
}
