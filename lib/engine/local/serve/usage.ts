// What the works of one request cost together.
import type { Work } from '../../../schedule/work.js'
import type { Usage } from './token-engine.js'

export function usageOf(works: readonly Work[]): Usage {
  const sum = (of: (work: Work) => number): number => works.reduce((total, work) => total + of(work), 0)
  return {
    reused: sum((work) => work.reused),
    restored: sum((work) => work.restored),
    decoded: works.flatMap((work) => work.decoded.map(({ from, until }) => ({ from, until }))),
    redecoded: sum((work) => work.redecoded),
    redrawn: sum((work) => work.redrawn),
    guessed: sum((work) => work.guessed),
    confirmed: sum((work) => work.confirmed),
    heldUntil: works.reduce((most, work) => Math.max(most, work.heldUntil), 0),
    decodeCalls: works.flatMap((work) => work.decodeCalls),
  }
}
