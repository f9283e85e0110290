// What the reader has chosen to look at, in one immutable value; components read the part they show. Knows nothing
// of the trace itself.
import { useEffect, useState } from 'preact/hooks'

export type Colours = 'cost' | 'who' | 'sure'
export type Tab = 'tree' | 'holes'

export interface View {
  /** Steps that have been; null: all there are, also those that come. */
  readonly step: number | null
  readonly run: number
  /** Number of the text among the run's. */
  readonly strand: number
  readonly colours: Colours
  readonly tab: Tab
  readonly search: string
  /** Number of the hit that is shown. */
  readonly hit: number
  /** Node of the tree that is chosen. */
  readonly node: number | null
  /** Asides whose attempts are shown otherwise than at first, by run, text and place. */
  readonly folded: ReadonlySet<string>
  /** A cell to scroll to; another object each time. */
  readonly jump: { readonly cell: number } | null
  /** Lines that there are: grows while they come. */
  readonly lines: number
}

export class Store {
  #view: View
  readonly #listeners = new Set<() => void>()

  constructor(view: View) {
    this.#view = view
  }

  get view(): View {
    return this.#view
  }

  set(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change }
    for (const listener of [...this.#listeners]) listener()
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** The view, each time it changes. */
export function useView(store: Store): View {
  const [view, setView] = useState(store.view)
  useEffect(() => {
    setView(store.view)
    return store.listen(() => setView(store.view))
  }, [store])
  return view
}
