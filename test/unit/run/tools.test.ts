// Goal: the model calls tools and answers, whatever its template's syntax: calls are valid, run, and come back; nothing
// before them is rendered away or computed again. Method: a script says what the model does, over several templates.
import { z } from 'zod'
import type { RunEvent } from '../../../lib/run/report/event.js'
import { gen, select } from '../../../lib/prompt/hole.js'
import { system, user } from '../../../lib/prompt/chat.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { tool, tools } from '../../../lib/prompt/tools.js'
import { scripted } from '../../../lib/testing/testing.js'

const place = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
const weather = tool(place, ({ city }) => ({ city, degrees: 21 }), { description: 'The weather now' })
const time = tool(z.object({ zone: z.enum(['CET', 'UTC']) }), async ({ zone }) => `12:00 ${zone}`)
const answer = gen('answer', { tokensMax: 40 })
const agent = prompt`${system`Be brief.`}${user`How warm is it?`}${tools({ weather, time }, { answer })}`

test('calls one after the other, then an answer', async () => {
  const model = scripted({
    calls: 2,
    'calls[].tool': ['weather', 'time'],
    'calls[].arguments': [{ city: 'Rome' }, { zone: 'UTC' }],
    answer: 'It is 21 degrees.',
  })
  const run = await model.run(agent)
  expect(run.values).toEqual({
    calls: [
      { tool: 'weather', arguments: { city: 'Rome' }, result: { city: 'Rome', degrees: 21 } },
      { tool: 'time', arguments: { zone: 'UTC' }, result: '12:00 UTC' },
    ],
    answer: 'It is 21 degrees.',
  })
  expect(run.text).toBe(
    '<|system|>\nBe brief.<|end|>\n<|user|>\nHow warm is it?<|end|>\n' +
      '<|assistant|>\n\n<|call|>{"id":"call00002","name":"weather","arguments":{"city":"Rome"}}<|end|>\n' +
      '<|tool|>\n{"city":"Rome","degrees":21}<|end|>\n' +
      '<|assistant|>\n\n<|call|>{"id":"call00004","name":"time","arguments":{"zone":"UTC"}}<|end|>\n' +
      '<|tool|>\n12:00 UTC<|end|>\n<|assistant|>\nIt is 21 degrees.<|end|>\n',
  )
})
