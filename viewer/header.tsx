// The top of the page: what was recorded, the search, light or dark. Decides which keys begin and go through a search.

import { useLayoutEffect, useRef } from 'preact/hooks'
import { counted, grouped } from '../lib/base/counted.js'
import type { Trace } from '../lib/trace/trace.js'
import type { LiveState } from './source.js'
import type { View } from './store.js'

export type Theme = 'system' | 'light' | 'dark'

const liveWords: Readonly<Record<LiveState, string>> = {
  open: '● live',
  lost: '○ connection lost, trying again',
  ended: '○ the recording has ended',
}

export interface HeaderProps {
  readonly trace: Trace
  readonly live: LiveState | null
  readonly theme: Theme
  readonly setTheme: (theme: Theme) => void
  readonly view: View
  readonly hits: number
  readonly search: (words: string) => void
  readonly go: (hit: number) => void
}

export function Header({ trace, live, theme, setTheme, view, hits, search, go }: HeaderProps) {
  const { model, began, dropped } = trace
  return (
    <header class="top">
      <h1>espalier trace</h1>
      <p class="what">
        <b>{model.name}</b> · {model.description} ·{' '}
        <time dateTime={began}>{began.slice(0, 16).replace('T', ' ')}</time>
        {dropped > 0 && <> · {counted(dropped, 'line')} dropped for room</>}
        {live !== null && (
          <span class={`live ${live}`} role="status">
            {' '}
            {liveWords[live]}
          </span>
        )}
      </p>
      <Search view={view} hits={hits} search={search} go={go} />
      <label class="theme">
        <span class="hidden">Theme</span>
        <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          <option value="system">System theme</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
    </header>
  )
}

function Search({ view, hits, search, go }: Pick<HeaderProps, 'view' | 'hits' | 'search' | 'go'>) {
  const field = useRef<HTMLInputElement>(null)
  // A key may come before the next frame.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = (event.target as Element).matches('input[type=search], select')
      if (event.key !== '/' || isTyping) return
      event.preventDefault()
      field.current?.focus()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return (
    <search class="search">
      <input
        ref={field}
        type="search"
        placeholder="Search the text  /"
        aria-label="Search the text"
        value={view.search}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(view.hit + (event.shiftKey ? -1 : 1))
        }}
      />
      <output aria-live="polite">
        {view.search === '' ? '' : hits === 0 ? 'not found' : `${grouped(view.hit + 1)} of ${grouped(hits)}`}
      </output>
      {hits > 1 && (
        <>
          <button type="button" aria-label="Hit before" onClick={() => go(view.hit - 1)}>
            ↑
          </button>
          <button type="button" aria-label="Next hit" onClick={() => go(view.hit + 1)}>
            ↓
          </button>
        </>
      )}
    </search>
  )
}
