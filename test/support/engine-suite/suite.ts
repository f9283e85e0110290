// One list of tests for every engine, in nothing but the contract's words (lib/engine/engine.ts). What an engine says
// it can't do has to be refused; everything else it has to do.
import { books } from './books.js'
import { fills } from './fills.js'
import { expectSums, given, type MakeEngine, never, request, sessionOf, type Under } from './given.js'
import { listening } from './listening.js'
import { positions } from './positions.js'
import { room } from './room.js'

export function engineSuite(name: string, make: MakeEngine): void {
  describe(name, () => {
    const under = {
      make,
      fill: (path, constraint, more = {}) =>
        under.session.fill(under.before, request(path, constraint, more)),
    } as Under
    beforeEach(async () => {
      under.engine = await make(400)
      under.session = sessionOf(under.engine)
      under.before = await under.session.append(under.engine.start([]), given('Once: '), never)
    })
    afterEach(async () => {
      expectSums(under.session, [])
      await under.engine.dispose()
    })
    for (const list of [positions, fills, listening, books, room]) list(under)
  })
}
