// Goal: where nobody says how many threads compute, one core is left to others, logical processors are no cores, and a
// container's share counts. Method: a list of machines.
import { threadsFor } from '../../lib/native/threads-for.js'

test.each([
  [{ processors: 1, cores: 1, quota: null }, 1],
  [{ processors: 2, cores: 2, quota: null }, 1],
  [{ processors: 2, cores: 1, quota: null }, 1],
  [{ processors: 8, cores: 4, quota: null }, 3],
  [{ processors: 16, cores: null, quota: null }, 15],
  [{ processors: 4, cores: 32, quota: null }, 3],
  [{ processors: 64, cores: 64, quota: 2 }, 1],
  [{ processors: 64, cores: 32, quota: 4.5 }, 3],
  [{ processors: 64, cores: 32, quota: 0.5 }, 1],
])('%j gets %i', (machine, threads) => {
  expect(threadsFor(machine)).toBe(threads)
})
