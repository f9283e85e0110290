// Whether a model can be loaded at all, asked before it is: the operating system would rather end the process than say
// no. Decides when the question is worth its time, and refuses only what can't be, never what is merely tight.
import { stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { CapacityError } from '../base/errors.js'
import { devices } from '../native/model.js'
import { type Estimate, estimate } from './estimate.js'
import type { LoadOptions } from './load-options.js'
import { contextTokensUsualMax, fileOf } from './open.js'

/** No model known takes as much for one token. */
const bytesPerToken = 1 << 20

/** llama.cpp gives no stream fewer. */
const streamTokensMin = 256

/** Throws CapacityError MEMORY_SHORT, and what `estimate` throws. */
export async function refuseTooLarge(file: string | undefined, options: LoadOptions): Promise<void> {
  if (await fitsAnyway(file, options)) return
  const needed = await estimate(file, options)
  for (const { device, bytes, bytesFree } of needed.shares) {
    const isHost = device === 'CPU'
    // Pages of a mapped file need not stay in memory.
    const least = isHost && options.mmap !== false ? bytes - hostWeights(needed) : bytes
    const most = isHost ? hostMemory() : bytesFree
    if (least <= most) continue
    throw new CapacityError(
      'MEMORY_SHORT',
      `The model would take ${size(least)} of ${device}, which has ${size(most)}: ` +
        `weights ${size(needed.weightBytes)}, ` +
        `cells for ${needed.contextTokens} tokens ${size(needed.cacheBytes)}. Load it with fewer contextTokens` +
        `${isHost ? '' : ` or gpuLayers (${needed.gpuLayersFit} fit)`}, with a smaller kvType, or a smaller file.`,
    )
  }
}

/** Whether it is so little that nobody needs to ask; files that can't be read are told by who opens them. */
async function fitsAnyway(file: string | undefined, options: LoadOptions): Promise<boolean> {
  const { contextTokens = contextTokensUsualMax, gpu, draft, streams = 0 } = options
  const files = [await fileOf(file), ...(draft === undefined ? [] : [await fileOf(draft)])]
  const sizes = await Promise.all(files.map((one) => stat(one))).catch(() => null)
  if (sizes === null) return true
  const weights = sizes.reduce((sum, one) => sum + one.size, 0)
  const others = gpu === false ? [] : (await devices(gpu)).filter(({ type }) => type !== 'cpu')
  const least = Math.min(hostMemory(), ...others.map(({ bytesFree }) => bytesFree))
  return weights + Math.max(contextTokens, streams * streamTokensMin) * bytesPerToken <= least
}

function hostWeights({ weightBytes, layers, gpuLayers }: Estimate): number {
  return Math.floor((weightBytes * (layers - gpuLayers)) / layers)
}

/** What the machine, or the container around this process, has. */
function hostMemory(): number {
  const bound = constrainedMemory()
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem()
}

/** 1610612736: '1.5 GiB'. */
function size(bytes: number): string {
  const isLarge = bytes >= 2 ** 30
  return `${(bytes / (isLarge ? 2 ** 30 : 2 ** 20)).toFixed(1)} ${isLarge ? 'GiB' : 'MiB'}`
}
