// A plan settles what can be settled, whoever of the others is stuck. Method: works put into the state by hand.
import { KvCache } from '../../../lib/kv/cache.js'
import { Costs } from '../../../lib/schedule/costs.js'
import { Planner } from '../../../lib/schedule/planner.js'
import { Work } from '../../../lib/schedule/work.js'
import { tokensOf } from '../../support/oracle-engine.js'

const prefill = (number: number, tokens: Int32Array): Work =>
  new Work(number, { tokens, generation: null, targets: null })

test('who needs no row is done, and who is stuck alone behind it is told, in one plan', () => {
  const cells = 8
  const cache = new KvCache({
    cells,
    sequences: 4,
    canForkPartially: true,
    canTruncate: true,
    canPark: false,
    hostBytesMax: 0,
    bytesPerRow: 256,
  })
  const tokens = tokensOf(2 * cells, 1)
  const [early, stuck] = [prefill(0, tokens.slice(0, 4)), prefill(1, tokens)]
  // The later one has filled the whole cache, and the earlier one's tokens with it.
  stuck.lease = cache.fork(cache.tree.root)!
  cache.move(stuck.lease, cache.tree.add(cache.tree.root, tokens.slice(0, cells), 'live'))
  cache.places.reach(cells)
  const planner = new Planner(cache, { batch: 4, costs: new Costs(), latencyMicros: 1000, guesses: false })
  const planned = planner.plan([early, stuck])
  expect(planned.step).toBeNull()
  expect(planned.finished).toEqual([early])
  expect(planned.overfull).toEqual([stuck])
})
