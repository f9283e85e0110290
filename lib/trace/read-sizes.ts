// How much a trace claims without telling it: tokens of texts and of tree nodes that stood in lines which were dropped.
// Decides that a few numbers in a file can't make whoever shows it allocate more than the file could ever need.
import type { Fault } from './checks.js'
import type { RunEnd, TracedTree, TraceLine } from './trace.js'

/** More than any context holds. */
const textTokensMax = 1 << 24
/** In all nodes together. */
const untoldTokensMax = 1 << 24

/** For lines whose shapes are right; null: no line claims too much. */
export function sizeFault(lines: readonly TraceLine[]): Fault | null {
  const told = new Map<number, number>()
  let untold = 0
  for (const [index, line] of lines.entries()) {
    let fault: Fault | null = null
    if (line.type === 'end') fault = textFault(line)
    if (line.type === 'tree') {
      untold += untoldIn(line, told)
      if (untold > untoldTokensMax) fault = tooMany('nodes', untold, untoldTokensMax)
    }
    if (fault === null) continue
    fault.path.push(index, 'lines')
    return fault
  }
  return null
}

function textFault({ texts }: RunEnd): Fault | null {
  for (const [index, { kept, tokens, costs }] of texts.entries()) {
    const all = (kept?.tokens ?? 0) + tokens.length
    const spent = costs.reduce((sum, [, count]) => sum + count, 0)
    let fault: Fault | null = null
    if (all > textTokensMax) fault = tooMany('kept', all, textTokensMax)
    else if (spent > all)
      fault = { path: ['costs'], expected: `at most ${all} tokens`, seen: `${spent} tokens` }
    if (fault === null) continue
    fault.path.push(index, 'texts')
    return fault
  }
  return null
}

/** Tokens that the nodes are said to have had before, and that no line told. */
function untoldIn({ nodes }: TracedTree, told: Map<number, number>): number {
  let untold = 0
  for (const { id, length, tokensFrom, tokens } of nodes) {
    const known = told.get(id) ?? 0
    untold += Math.max(0, tokensFrom - known) + Math.max(0, length - tokensFrom - tokens.length)
    told.set(id, Math.max(known, tokensFrom + tokens.length, length))
  }
  return untold
}

function tooMany(name: string, seen: number, max: number): Fault {
  return { path: [name], expected: `at most ${max} tokens that no line tells`, seen: `${seen} tokens` }
}
