// How much CPU time the JavaScript thread has taken. Linux tells it, other systems don't.
import { readFileSync } from 'node:fs'

/**
 * CPU time of the JavaScript thread so far, in micros; null where the system does not tell. Unlike wall time it does
 * not hold what other programs on the machine took.
 */
export function loopCpu() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1000
  } catch {
    return null
  }
}
