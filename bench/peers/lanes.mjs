// A lane's turn on a side that does one hole after the other: writes text, fills holes, goes on in branches. Decides
// the order alone; how text is kept, a hole filled and a lane forked is the side's.
import { flattened } from './workloads.mjs'

/** Values of the turn's holes, those of its branches behind them. `side`: write, fill, fork and turn. */
export async function takeTurn(side, lane, { parts, branches = [] }) {
  const values = []
  for (const part of parts) {
    if (typeof part === 'string') {
      await side.write(lane, part)
      continue
    }
    const { tokens, content } = await side.fill(lane, part)
    lane.tokens.push(...tokens)
    values.push(...flattened(part, content))
  }
  if (branches.length === 0) return values
  const forks = await side.fork(lane, branches.length)
  const others = await Promise.all(forks.map((fork, index) => side.turn(fork, branches[index])))
  return [...values, ...others.flat()]
}
