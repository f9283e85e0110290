// Opens a model file with a cache, in earnest or to be measured. Decides the defaults a caller did not give. A failure
// leaves nothing open.
import { modelPath } from '../files/locate.js'
import type { NativeContext, NativeModel } from '../native/addon.js'
import { type CacheOptions, cacheTable } from '../native/context.js'
import { openModel } from '../native/model.js'
import { type FileOptions, fileTable } from '../native/open-options.js'
import { demoModel } from '../native/package-root.js'
import { adaptersOf, type LoadedAdapter } from './adapters.js'
import { checkLoadArguments, given, type LoadOptions } from './load-options.js'

/** Cells for several transcripts of ordinary length; more than a model was trained for only by being asked. */
export const contextTokensUsualMax = 8192

export interface Opened {
  readonly native: NativeModel
  readonly context: NativeContext
  /** Absolute. */
  readonly file: string
  readonly adapters: readonly LoadedAdapter[]
}

/** Without a file, the demo model. */
export async function open(
  file: string | undefined,
  options: LoadOptions,
  how: 'loaded' | 'measured',
): Promise<Opened> {
  checkLoadArguments(file, options)
  const at = await fileOf(file)
  const measureOnly = how === 'measured'
  const adapters = await Promise.all(
    adaptersOf(options.adapters).map(async (one) => ({ ...one, file: await modelPath(one.file) })),
  )
  const { draft } = options
  const native = await openModel(at, {
    ...given<FileOptions>(options, fileTable),
    measureOnly,
    adapters: adapters.map((adapter) => adapter.file),
    ...(draft === undefined ? {} : { draft: await modelPath(draft) }),
  })
  try {
    const cells = options.contextTokens ?? Math.min(native.contextTrained, contextTokensUsualMax)
    const context = await native.createContext({ cells, ...given<CacheOptions>(options, cacheTable) })
    return { native, context, file: at, adapters }
  } catch (error) {
    await native.dispose()
    throw error
  }
}

/** Of what the caller named, or the demo model: an absolute path. Rejects as `modelPath`. */
export async function fileOf(file: string | undefined): Promise<string> {
  return file === undefined ? demoModel() : modelPath(file)
}
