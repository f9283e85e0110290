// How many rows a step takes beside somebody who listens to what is drawn: a long chunk in it holds the next token up.
// Decides by measured costs: as many as the listener's latency allows, but no fewer than cost about as little each as
// in the largest chunk, so that who prefills pays a bounded price for being polite.
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
