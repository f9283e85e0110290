// Where the page gets its lines from: a trace that lies in it, and perhaps an address that sends more. Decides what it
// refuses. Never asks any other address.
import { type Trace, type TraceLine, traceVersion } from '../lib/trace/trace.js'

/** What lib/trace/page.ts puts into the page. */
export interface PageData {
  readonly trace: Trace
  /** Sends the lines that come behind the trace's, as server-sent events; null: none come. */
  readonly live: string | null
}

/** Throws an Error whose message is for the reader. */
export function pageData(document: Document): PageData {
  const data = document.getElementById('trace-data')?.textContent ?? ''
  if (data.trim() === '') throw new Error('This page holds no trace.')
  const read = JSON.parse(data) as PageData
  const { format, version } = read.trace
  if (format !== 'espalier-trace') throw new Error('What lies in this page is no trace of espalier.')
  if (version !== traceVersion) {
    throw new Error(`The trace has version ${version}, and this page reads version ${traceVersion}.`)
  }
  return read
}

/** 'lost': the browser tries again. 'ended': the recording did. */
export type LiveState = 'open' | 'lost' | 'ended'

/** Hands on lines as they come; returns what ends that. The browser itself connects again where the way is lost. */
export function follow(
  url: string,
  take: (lines: readonly TraceLine[]) => void,
  told: (state: LiveState) => void,
): () => void {
  const events = new EventSource(url)
  events.onopen = () => told('open')
  events.onerror = () => told('lost')
  events.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data) as TraceLine[])
  events.addEventListener('end', () => {
    events.close()
    told('ended')
  })
  // The lines behind the last one are gone from where they come from.
  events.addEventListener('reset', () => location.reload())
  return () => events.close()
}
