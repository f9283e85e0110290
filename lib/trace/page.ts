// A trace as a page that shows it: one file, which asks no network and runs no script but its own. Decides how data
// lies in it, so that nothing of a trace is ever markup. The page itself is built from viewer/.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { assert } from '../base/assert.js'
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { packageRoot } from '../native/package-root.js'
import { readTrace } from './read.js'
import type { Trace } from './trace.js'

const place = '<script type="application/json" id="trace-data">'

let page: string | null = null

/**
 * The trace as a self-contained HTML page: the text coloured by where its tokens came from, what was rolled back and
 * why, the tree of cached tokens, and the steps over time. It loads nothing, and nothing in the trace is markup. Takes
 * as many bytes as the trace has as JSON, and 190 KB. Throws UsageError TRACE_INVALID as `readTrace`.
 *
 * @example
 * ```ts
 * import { prompt, select } from 'espalier'
 * import { traceHTML } from 'espalier/trace'
 *
 * const recording = model.record()
 * await model.run(prompt`Mood: ${select('mood', ['good', 'bad'])}`)
 * const html = traceHTML(recording.stop())
 * console.log(html.startsWith('<!doctype html>')) // true
 * ```
 */
export function traceHTML(trace: Trace): string {
  return pageWith({ trace: readTrace(trace), live: null })
}

/** The same page for what there is so far. It asks its own server for the lines behind that: at the path `lines`. */
export function liveHTML(trace: Trace, lines: string): string {
  const html = pageWith({ trace, live: lines })
  return html.replace("connect-src 'none'", "connect-src 'self'")
}

function pageWith(data: { readonly trace: Trace; readonly live: string | null }): string {
  page ??= readFileSync(path.join(packageRoot(), 'dist', 'viewer.html'), 'utf8')
  const at = page.indexOf(place)
  assert(at >= 0, 'dist/viewer.html has a place for a trace')
  const end = at + place.length
  return `${page.slice(0, end)}${scriptSafe(jsonOf(data))}${page.slice(end)}`
}

/** What readers let through may be nested deeper than JSON can be written. */
function jsonOf(data: object): string {
  try {
    return JSON.stringify(data)
  } catch (cause) {
    throw new UsageError('TRACE_INVALID', `The trace can't be written as JSON: ${saidBy(cause)}.`, { cause })
  }
}

/** JSON that neither ends its element nor begins a comment in it. */
function scriptSafe(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
