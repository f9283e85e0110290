// Rows for texts that have beginnings in common: a beginning is one chunk of all its sequences, and what one call can't
// take is computed before. Decides which call computes which row, so that rows and calls are as few as can be.

/** `lanes` hold their first `from` tokens in common; each piece is computed once for all of its lanes. */
function piecesOf(lanes, from) {
  const [first] = lanes
  if (lanes.length === 1) return [{ lanes, from, until: first.tokens.length }]
  let at = from
  const goesOn = (lane) => at < lane.tokens.length - 1 && lane.tokens[at] === first.tokens[at]
  while (lanes.every(goesOn)) at += 1
  const parts = new Map()
  for (const lane of lanes) parts.set(lane.tokens[at], [...(parts.get(lane.tokens[at]) ?? []), lane])
  const below = parts.size === 1 ? lanes.map((lane) => [lane]) : [...parts.values()]
  const shared = at > from ? [{ lanes, from, until: at }] : []
  return [...shared, ...below.flatMap((part) => piecesOf(part, at))]
}

const rowsOf = (pieces) => pieces.reduce((sum, { from, until }) => sum + until - from, 0)

/**
 * The calls that compute what the lanes lack, each a list of pieces. Lanes of one `group` hold the same tokens.
 * The last token of every lane is in the last call, where its logits are asked for.
 */
export function callsFor(lanes, batch) {
  const groups = new Map()
  for (const lane of lanes) groups.set(lane.group ?? lane, [...(groups.get(lane.group ?? lane) ?? []), lane])
  let left = [...groups.values()].flatMap((group) => piecesOf(group, group[0].held))
  const calls = []
  while (rowsOf(left) > batch) {
    const call = []
    let room = batch
    for (const piece of left) {
      const most = piece.until - piece.from - (piece.lanes.length === 1 ? 1 : 0)
      const count = Math.min(room, most)
      if (count > 0) call.push({ ...piece, until: piece.from + count })
      piece.from += Math.max(0, count)
      room -= Math.max(0, count)
      if (room === 0) break
    }
    calls.push(call)
    left = left.filter(({ from, until }) => until > from)
  }
  return [...calls, left]
}

/** A piece as a step plan has it. */
export function chunkOf({ lanes, from, until }) {
  const tokens = Int32Array.from(lanes[0].tokens.slice(from, until))
  const isEnd = lanes.length === 1 && until === lanes[0].tokens.length
  return { sequences: lanes.map(({ sequence }) => sequence), position: from, tokens, output: isEnd }
}

/**
 * Where lanes are scored from their token `from` on: of each token of a piece, the tokens behind it that count in one
 * of its lanes.
 */
export function targetsOf({ lanes, from, until }, endToken) {
  return Array.from({ length: until - from }, (_, index) => {
    const counting = lanes.filter((lane) => from + index >= lane.from - 1)
    return Int32Array.from(new Set(counting.map(({ tokens }) => tokens[from + index + 1] ?? endToken)))
  })
}

/** Adds what was found of them to each lane's `sum`. */
export function addScores({ lanes, from }, wanted, found, endToken) {
  for (const [index, list] of wanted.entries()) {
    for (const lane of list.length === 0 ? [] : lanes) {
      if (from + index >= lane.from - 1)
        lane.sum += found[index][list.indexOf(lane.tokens[from + index + 1] ?? endToken)]
    }
  }
}
