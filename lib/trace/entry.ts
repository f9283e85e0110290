// espalier/trace: traces shown. Decides what of this room is public. Loads no native code.
export type { Ledger, TokenCost } from '../engine/ledger.js'
export { traceHTML } from './page.js'
export { readTrace } from './read.js'
export { type TraceTextOptions, traceText } from './text.js'
export type * from './trace.js'
