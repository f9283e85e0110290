// "--live": a page that shows what the model does while a command works. Decides that it may stay for a person who
// looks, until Enter is pressed, and ends with the work where nobody sits there.
import { once } from 'node:events'
import { EspalierError, UsageError } from '../base/errors.js'
import type { Model } from '../model/model.js'
import type { Call, CommandOption } from './command.js'

export const liveOptions: readonly CommandOption[] = [
  {
    flags: '--live',
    says: 'Serve a page on this machine that shows what the model does, as it does it',
    kind: 'flag',
  },
  {
    flags: '--port <number>',
    says: 'Where --live serves it (default: any port that is free)',
    kind: 'number',
  },
]

/** Null: no page is wanted. Throws UsageError ARGUMENT_INVALID, so ask before any work. */
export function livePortOf({ options }: Call): number | null {
  const port = options.whole('port', { from: 0, until: 65_535 })
  if (options.flag('live')) return port ?? 0
  if (port === null) return null
  throw new UsageError('ARGUMENT_INVALID', `--port is ${port}, and nothing is served; add --live.`)
}

/** Does the work, and serves the page meanwhile where the call wants that. */
export async function servedLive<T>(call: Call, model: Model, work: () => Promise<T>): Promise<T> {
  const port = livePortOf(call)
  if (port === null) return work()
  await using inspector = await model.inspect({ port })
  call.terminal.note(`Watch it at ${inspector.url}`)
  return await work()
}

/** The same for work that is soon over: the page stays, then, for a person who looks. */
export function shownLive<T>(call: Call, model: Model, work: () => Promise<T>): Promise<T> {
  if (livePortOf(call) === null) return work()
  return servedLive(call, model, async () => {
    try {
      const done = await work()
      await looked(call, 'It is done')
      return done
    } catch (error) {
      await looked(call, error instanceof EspalierError ? `It failed (${error.code})` : 'It failed')
      throw error
    }
  })
}

async function looked({ terminal, signal }: Call, what: string): Promise<void> {
  if (!terminal.isInteractive || signal.aborted) return
  terminal.note(`${what}; the page stays until you press Enter.`)
  await once(terminal.input, 'data', { signal }).catch(() => undefined)
}
