// Goal: a conversation kept by its last transcript holds each text once, not once for each turn. Method: long questions
// to a script, and what the heap has more of at the end; texts kept by turn would be twenty times as much as may be.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { assistant, user } from '../../../lib/prompt/chat.js'
import { gen } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { Pieces } from '../../../lib/run/state/pieces.js'
import { scripted } from '../../../lib/testing/testing.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('a long conversation does not keep itself once for each turn', async () => {
  const model = scripted(() => 'Yes.')
  const turn = prompt`${user`${input('q')}`}${assistant`${gen('a')}`}`
  let talk = await model.run(turn, { q: 'first' })
  collect()
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < 120; at++) talk = await talk.extend(turn, { q: `${at} ${'x'.repeat(2000)}` })
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8e6)
  expect(talk.messages).toHaveLength(242)
})

test('a list of pieces is cut at a character, and shares what stays', () => {
  const texts = ['ab', 'cde', 'f']
  const lists = [Pieces.none]
  for (const text of texts) lists.push(lists.at(-1)!.with({ kind: 'literal', hole: null, text }))
  const all = lists.at(-1)!
  for (let length = 0; length <= 7; length++) {
    const text = all
      .untilCharacter(length)
      .since(0)
      .map((piece) => piece.text)
    expect(text.join('')).toBe('abcdef'.slice(0, length))
  }
  expect([0, 2, 5, 6].map((length) => all.untilCharacter(length))).toEqual(lists)
  expect(all.untilCharacter(5)).toBe(lists[2])
})
