// Tells that an object was collected. Must never be done with a registry that can be collected itself: V8 up to that of
// Node 24 plans one round of telling at a time, and where the only registry with news is collected before that round
// it takes the round for planned for ever, and nobody in the thread is told of anything again.

/** The only one of this copy of the library, and never collected before its thread ends. */
const registry = new FinalizationRegistry<() => void>((tell) => tell())

/** Calls `tell` once nobody holds the object. `tell` must not hold it either, nor anything that holds it. */
export function whenCollected(object: object, tell: () => void): void {
  registry.register(object, tell)
}
