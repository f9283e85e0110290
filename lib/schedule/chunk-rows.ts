// How many rows a step takes while somebody listens to a generation: a long chunk delays the next token. Decides by
// measured costs: as many rows as the listener's latency allows, but at least so many that a row costs little more than
// in the largest chunk. So prefills beside a listener are slowed down by a bounded factor.
import type { Costs } from './costs.js'

/** A row may cost this many times what it costs at best. */
const rowPriceMax = 1.25

export function chunkRows(costs: Costs, latencyMicros: number, batch: number): number {
  const sizes = [batch]
  for (let size = 2 ** Math.floor(Math.log2(batch)); size >= 1; size /= 2)
    if (size < batch) sizes.unshift(size)
  const micros = sizes.map((size) => costs.callMicros(size) ?? 0)
  const price = sizes.map((size, index) => micros[index]! / size)
  const best = Math.min(...price)
  const cheap = sizes.find((_, index) => price[index]! <= best * rowPriceMax) ?? batch
  const prompt = sizes.findLast((_, index) => micros[index]! <= latencyMicros) ?? 1
  return Math.max(cheap, prompt)
}
