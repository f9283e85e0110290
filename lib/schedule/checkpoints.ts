// Where a memory that forks whole sequences only gets checkpoints to fork from later: before a request's last token,
// which whoever draws or scores after it decodes for its logits, and where requests part. Decides where rows end in a
// step for that; the cache keeps the checkpoints.
import type { Work } from './work.js'

/** Rows that make it worth stopping before the last one, to leave a checkpoint there. */
const checkpointRowsMin = 16

/** Where the work's rows end in this step at the latest. */
export function readingEnd(work: Work): number {
  const last = work.count - 1
  const own = work.rowsDecoded + last - work.position
  const leaves = work.drawnCount === 0 && own >= checkpointRowsMin
  const end = work.position < last && leaves ? last : work.count
  return work.forkStops.reduce((least, stop) => (stop > work.position ? Math.min(least, stop) : least), end)
}

/** Whether the work stands before its last token and has decoded enough to leave a checkpoint there. */
export function leavesCheckpoint(work: Work): boolean {
  if (work.drawnCount > 0) return false
  const isThere = work.position === work.count - 1 && work.lease?.node.state === 'live'
  return isThere && work.rowsDecoded >= checkpointRowsMin
}
