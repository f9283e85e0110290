// A small generator of numbers below a bound, fixed by its seed, for scripts.

/** @param {number} seed */
export function randomBelow(seed) {
  let state = (Math.imul(seed, 2654435761) + 12345) >>> 0
  return (/** @type {number} */ bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    // The low bits of such a generator go in short circles.
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0
    return Math.floor((mixed / 4294967296) * bound)
  }
}
