// The seam between the pure rooms and whatever decodes: the C++ addon implements it, and so does the test oracle.
// Shapes alone, in a file for each owner; no behaviour, and no type of llama.cpp's.
//
// Ownership: every object here belongs to the JavaScript thread. While a step runs, the context and the matchers
// named in it are busy: calling them throws UsageError BUSY.

export type { KvOp } from '../base/kv-op.js'
export type * from './context-type.js'
export type * from './model-type.js'
export type * from './step-plan.js'
export type * from './step-result.js'
export type * from './vocab-type.js'
