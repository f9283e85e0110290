// The running figures of one engine. Decides nothing: the step loop adds to them after every step.

/** What the engine did so far, all requests together. */
export interface Totals {
  steps: number
  rowsDecoded: number
  decodeCalls: number
  decodeMicros: number
  stepMicros: number
  /** Rows of requests that were aborted or failed, and so appear in nobody's usage. */
  rowsUnclaimed: number
  /** Rows whose tokens had been decoded before. */
  rowsAgain: number
  preempted: number
}

export function noTotals(): Totals {
  return {
    steps: 0,
    rowsDecoded: 0,
    decodeCalls: 0,
    decodeMicros: 0,
    stepMicros: 0,
    rowsUnclaimed: 0,
    rowsAgain: 0,
    preempted: 0,
  }
}
