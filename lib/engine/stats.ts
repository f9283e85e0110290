// What an engine has done since it began and what it holds now, as numbers: all runs together.

/** All counts are 0 in an engine without steps and cells, such as a script's. */
export interface EngineStats {
  /** Steps: each decodes and draws for the requests that are in it until one of them needs JavaScript. */
  readonly steps: number
  /** llama_decode calls in them. */
  readonly decodeCalls: number
  /** Tokens computed in these. */
  readonly rows: number
  /** Of the rows, those whose tokens had been computed before: their cells were lost, or their logits. */
  readonly rowsAgain: number
  /** Of the rows, those for tokens that were not drawn yet, and how many of these were drawn then. */
  readonly guessed: number
  readonly confirmed: number
  /** Tokens that the draft model said, and milliseconds of the steps in which it was asked; 0 without one. */
  readonly drafted: number
  readonly draftMs: number
  /** Milliseconds that the steps took on the decode thread, and of these inside of llama_decode. */
  readonly stepMs: number
  readonly decodeMs: number
  /** Times that a request had to give its cells back to one that was before it. */
  readonly preempted: number
  /** Places of the cache that the calls went through, all calls together: up to the highest one in use, each time. */
  readonly attended: number
  /** States parked and stretches of cells moved: in steps that a request waited for, and while none did. */
  readonly tidied: { readonly waited: number; readonly idle: number }
  /** Tokens that have room, those that are cached now, and of these such as can't be given up: pinned, or in use. */
  readonly cells: { readonly all: number; readonly used: number; readonly locked: number }
  /** States that were moved to host memory, to come back without being computed, and the bytes they take there. */
  readonly parked: { readonly states: number; readonly bytes: number }
  /** Rows of logits in host memory, from which a hole is drawn again without a decode, and their bytes. */
  readonly logits: { readonly rows: number; readonly bytes: number }
  /** Requests that are not answered yet: those in the step that goes on, and those that wait for one. */
  readonly requests: number
}

export function noStats(): EngineStats {
  return {
    steps: 0,
    decodeCalls: 0,
    rows: 0,
    rowsAgain: 0,
    guessed: 0,
    confirmed: 0,
    drafted: 0,
    draftMs: 0,
    stepMs: 0,
    decodeMs: 0,
    preempted: 0,
    attended: 0,
    tidied: { waited: 0, idle: 0 },
    cells: { all: 0, used: 0, locked: 0 },
    parked: { states: 0, bytes: 0 },
    logits: { rows: 0, bytes: 0 },
    requests: 0,
  }
}
