// OpenTelemetry's API, for who has registered something with it. Decides that it is loaded then and not before, since
// it takes a third of this package's time and memory and most programs have no SDK; and at once, not by and by, since
// a run takes what it is given when it is called.
import { createRequire } from 'node:module'
import path from 'node:path'
import type * as Api from '@opentelemetry/api'
import { packageRequire } from '../../native/package-root.js'

export type OpenTelemetry = typeof Api

/** Where copies of the API's version 1 leave for each other what an application registers. */
const registered = Symbol.for('opentelemetry.js.api.1')
/** Undefined: nobody has looked for it; null: it is not there. */
let loaded: OpenTelemetry | null | undefined

/** Null: nobody would hear. */
export function openTelemetry(): OpenTelemetry | null {
  if (!(registered in globalThis)) return null
  if (loaded === undefined) loaded = found()
  return loaded
}

function found(): OpenTelemetry | null {
  // A bundle has no packages beside it; then the application's own copy serves as well.
  const places = [packageRequire, () => createRequire(path.join(process.cwd(), 'package.json'))]
  for (const place of places) {
    try {
      return place()('@opentelemetry/api') as OpenTelemetry
    } catch {
      // The next one may have it.
    }
  }
  return null
}
