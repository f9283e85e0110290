// One thing a doctor looked at, and what it comes to. Shapes, and the few words with which checks are made.

export interface Check {
  /** What was looked at, in a word or two; stable, for programs. */
  readonly name: string
  /** 'note': works, but there is something to know. */
  readonly state: 'ok' | 'note' | 'wrong'
  /** What was found. */
  readonly found: string
  /** What to do about it; null: nothing. */
  readonly todo: string | null
}

/** Checks that belong together. */
export interface Section {
  readonly title: string
  readonly checks: readonly Check[]
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found, todo: null })

export const note = (name: string, found: string, todo: string | null = null): Check => ({
  name,
  state: 'note',
  found,
  todo,
})

export const wrong = (name: string, found: string, todo: string): Check => ({
  name,
  state: 'wrong',
  found,
  todo,
})

/** What an error says, as something wrong: our sentences say what to do themselves. */
export function failed(name: string, error: unknown): Check {
  const message = error instanceof Error ? error.message : String(error)
  const code = (error as { readonly code?: unknown } | null)?.code
  return {
    name,
    state: 'wrong',
    found: typeof code === 'string' ? `${code}: ${message}` : message,
    todo: null,
  }
}
