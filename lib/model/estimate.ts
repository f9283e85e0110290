// What a model will take before it is loaded: memory by device, and whether that is there. Decides how llama.cpp's own
// sums are shared out among the devices. Loads no weights and takes no cache.
import { availableMemory } from 'node:process'
import type { ContextCapabilities, DeviceInfo, NativeModel } from '../native/addon.js'
import { devices } from '../native/model.js'
import type { LoadOptions } from './load-options.js'
import { open } from './open.js'

/** Memory one device has to give. */
export interface DeviceShare {
  /** As `devices()` gives it. */
  readonly device: string
  readonly bytes: number
  /** What is free there now. */
  readonly bytesFree: number
  readonly fits: boolean
}

/** What a model would take, in bytes, and whether this machine has room for it. */
export interface Estimate {
  readonly weightBytes: number
  /** Of the KV cache with all its cells. */
  readonly cacheBytes: number
  /** Of intermediate results and logits. */
  readonly workBytes: number
  readonly contextTokens: number
  /** All layers, the output counted as one. */
  readonly layers: number
  /** Of these, how many go to devices beside the CPU. */
  readonly gpuLayers: number
  /** How many of them those devices have room for, as far as can be told: weights and cells lie evenly over layers. */
  readonly gpuLayersFit: number
  /** The CPU first; with `mmap` the weights that stay there may be read from the file again instead of being kept. */
  readonly shares: readonly DeviceShare[]
  /** Whether every share fits. */
  readonly fits: boolean
}

/**
 * What `load` with the same arguments would take, and whether it is there: reads the file's header and vocabulary only.
 *
 * Rejects as `load` does where file or options can't be used.
 *
 * @example
 * ```ts
 * const { fits, weightBytes, cacheBytes } = await estimate(undefined, { contextTokens: 2048 })
 * console.log(fits, weightBytes + cacheBytes)
 * ```
 */
export async function estimate(file?: string, options: LoadOptions = {}): Promise<Estimate> {
  const { native, context } = await open(file, options, 'measured')
  try {
    return await estimateOf(native, context.capabilities, options)
  } finally {
    await native.dispose()
  }
}

/** Of a model that was opened to be measured with these options, and of its context. */
export async function estimateOf(
  native: NativeModel,
  capabilities: ContextCapabilities,
  options: LoadOptions,
): Promise<Estimate> {
  return estimated(native, capabilities, await devices(options.gpu), options)
}

function estimated(
  native: NativeModel,
  capabilities: ContextCapabilities,
  listed: readonly DeviceInfo[],
  { mainDevice, tensorSplit }: LoadOptions,
): Estimate {
  const { layers, gpuLayers, bytes: weightBytes } = native
  const { cacheBytes, workBytes, cells } = capabilities
  const used = native.devices.map((name) => listed.find((device) => device.name === name)!)
  const free = used.map(({ bytesFree }) => bytesFree)
  const perLayer = (weightBytes + cacheBytes) / layers
  const workOf = (isOf: (place: string) => boolean) =>
    Object.entries(workBytes).reduce((sum, [place, bytes]) => sum + (isOf(place) ? bytes : 0), 0)
  const work = used.map(({ name }) => workOf((place) => place === name))
  const workHost = workOf((place) => !used.some(({ name }) => name === place))
  const wanted =
    mainDevice === undefined ? (tensorSplit ?? free) : used.map(({ name }) => Number(name === mainDevice))
  const counts = shared(gpuLayers, wanted)
  const shares = [
    share('CPU', perLayer * (layers - gpuLayers) + workHost, availableMemory()),
    ...used.map(({ name }, i) => share(name, perLayer * counts[i]! + work[i]!, free[i]!)),
  ]
  const room = used.map((_, i) => Math.max(0, Math.floor((free[i]! - work[i]!) / perLayer)))
  return {
    weightBytes,
    cacheBytes,
    workBytes: workOf(() => true),
    contextTokens: cells,
    layers,
    gpuLayers,
    gpuLayersFit: Math.min(
      layers,
      room.reduce((sum, count) => sum + count, 0),
    ),
    shares,
    fits: shares.every(({ fits }) => fits),
  }
}

function share(device: string, bytes: number, bytesFree: number): DeviceShare {
  const whole = Math.ceil(bytes)
  return { device, bytes: whole, bytesFree, fits: whole <= bytesFree }
}

/** Layers to each device in proportion, by default to its free memory, as llama.cpp shares them out. */
function shared(layers: number, proportions: readonly number[]): readonly number[] {
  const total = proportions.reduce((sum, part) => sum + part, 0)
  let given = 0
  let before = 0
  return proportions.map((part) => {
    before += part
    const until = total === 0 ? layers : Math.round((layers * before) / total)
    const count = until - given
    given = until
    return count
  })
}
