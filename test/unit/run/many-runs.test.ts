// Goal: as many runs as a caller likes may be asked for at once: all end, none is refused, and they begin in turns, so
// that others get theirs. Method: hundreds of runs over the fake engine, and what begins between two turns.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gen } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'

const row = prompt`Row ${input('i')}: ${gen('x')}\n`

test('six hundred runs at once all end, and begin some in each turn', async () => {
  let begun = 0
  const begin = (): string => {
    begun += 1
    return ''
  }
  const { model } = fakeModel(answers({ ': ': 'good\n' }))
  const counted = prompt`${begin}${row}`
  const runs = Array.from({ length: 600 }, (_, i) => model.run(counted, { i: String(i) }))
  let seen = 0
  let most = 0
  while (seen < 600) {
    await nextTurn()
    most = Math.max(most, begun - seen)
    seen = begun
  }
  expect(most).toBeLessThanOrEqual(128)
  const ends = await Promise.all(runs)
  expect(new Set(ends.map((run) => run.values.x))).toEqual(new Set(['good']))
})

test('a run that waits for its turn can be given up, and a model closed', async () => {
  const { model } = fakeModel(answers({ ': ': 'good\n' }))
  const stop = new AbortController()
  const runs = Array.from({ length: 300 }, (_, i) =>
    model.run(row, { i: String(i) }, { signal: stop.signal }).catch((error) => error.code),
  )
  stop.abort(new Error('enough'))
  expect(new Set(await Promise.all(runs))).toEqual(new Set(['ABORTED']))
  const more = Array.from({ length: 300 }, (_, i) =>
    model.run(row, { i: String(i) }).catch((error) => error.code),
  )
  await model.dispose()
  expect((await Promise.all(more)).at(-1)).toBe('CLOSED')
})
