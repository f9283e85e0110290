// The seed of one attempt at one hole. Decides that draws depend on (seed, hole path, attempt) and on nothing else:
// never on scheduling, on time or on what runs beside.

/** Integer in [0, 2^53): a hash of the run's seed, the path of the hole and the number of the attempt. */
export function attemptSeed(seed: number, path: string, attempt: number): number {
  // Two 32-bit lanes of multiply-xor over the UTF-16 units; a seed has up to 53 bits, so its halves go in apart.
  let high = 0x9e3779b9 ^ Math.floor(seed / 2 ** 32)
  let low = 0x85ebca6b ^ (seed >>> 0)
  const take = (unit: number): void => {
    low = Math.imul(low ^ unit, 0xcc9e2d51)
    low ^= low >>> 15
    high = Math.imul(high ^ unit, 0x1b873593) + low
    high ^= high >>> 13
  }
  for (let index = 0; index < path.length; index += 1) take(path.charCodeAt(index))
  take(0x10000)
  take(attempt)
  take(Math.floor(seed / 2 ** 32))
  take(seed >>> 0)
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}
