// Tests of prompts without a model: the script says what the model would, and the prompt's checks, retries, branches
// and chats do the rest in milliseconds. Runs with `node --test examples/prompt-tests.test.mjs`.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assistant, branches, FillError, gen, input, integer, prompt, select, system, user } from 'espalier'
import { scripted } from 'espalier/testing'

const soon = (days, { values }) =>
  values.urgency === 'low' || days <= 3 || 'an urgent ticket waits 3 days at most'
const kind = (reply) => !/unfortunately/i.test(reply) || 'it sounds unkind'
const triage = prompt`Ticket: ${input('ticket')}
Urgency: ${select('urgency', ['low', 'high'])}
Days: ${integer('days', { min: 1, max: 30, retries: 1, check: soon })}
Reply: ${gen('reply', { tokensMax: 40, retries: 2, check: kind })}
`
const ticket = 'The lid is broken.'

describe('triage', () => {
  test('takes what keeps the rules', async () => {
    const model = scripted({ urgency: 'low', days: 14, reply: 'We send another one.' })
    const { values, trace } = await model.run(triage, { ticket })
    assert.deepEqual(values, { urgency: 'low', days: 14, reply: 'We send another one.' })
    assert.ok(trace.every(({ type }) => type !== 'rollback'))
  })

  test('asks again where a rule is broken, and says why', async () => {
    const reply = ['Unfortunately it broke.', 'We send another one.']
    const model = scripted({ urgency: 'high', days: [14, 2], reply })
    const { values, trace } = await model.run(triage, { ticket })
    assert.deepEqual(values, { urgency: 'high', days: 2, reply: 'We send another one.' })
    const reasons = trace.filter(({ type }) => type === 'rollback').map(({ reason }) => reason)
    assert.deepEqual(reasons, ['an urgent ticket waits 3 days at most', 'it sounds unkind'])
    assert.deepEqual(model.unused(), [])
  })

  test('gives up with every attempt', async () => {
    const model = scripted({ urgency: 'high', days: [14, 9], reply: 'We send another one.' })
    await assert.rejects(model.run(triage, { ticket }), (error) => {
      assert.ok(error instanceof FillError)
      assert.equal(error.hole, 'days')
      assert.deepEqual(
        error.attempts.map(({ text }) => text),
        ['14', '9'],
      )
      return true
    })
  })

  test('needs its ticket, and no answer that a person gave', async () => {
    await assert.rejects(scripted({}).run(triage), { code: 'INPUT_MISSING' })
    const known = { ticket, urgency: 'low', days: 30, reply: 'Soon.' }
    assert.equal((await scripted({}).run(triage, known)).ledger.sampled, 0)
  })
})

const turn = prompt`${user`${input('question')}`}${assistant`${gen('answer', { tokensMax: 20 })}`}`

test('a chat reads every message once, and goes back', async () => {
  const model = scripted({ answer: ['I am a clerk.', 'Nine to five.', 'Never.'] })
  const start = await model.start(prompt`${system`You sell kettles.`}`)
  const first = await start.extend(turn, { question: 'Who are you?' })
  const second = await first.extend(turn, { question: 'When do you work?' })
  assert.ok(second.ledger.reused > second.ledger.prefilled)
  const again = await (await second.at('answer')).extend(prompt`${gen('answer')}`)
  assert.deepEqual(
    again.messages.map(({ content }) => content),
    ['You sell kettles.', 'Who are you?', 'I am a clerk.', 'When do you work?', 'Never.'],
  )
})

test('branches see the same beginning, and none the other', async () => {
  const mood = prompt`Mood: ${select('word', ['good', 'bad'])}\n`
  const topic = prompt`Topic: ${gen('word', { stop: '\n' })}\n`
  const review = prompt`Review: ${input('review')}\n${branches({ mood, topic })}`
  const asked = []
  const model = scripted(({ hole, text }) => {
    asked.push([hole, text])
    return hole === 'mood.word' ? 'bad' : 'soup'
  })
  const { values } = await model.run(review, { review: 'The soup was cold.' })
  assert.deepEqual(values, { mood: { word: 'bad' }, topic: { word: 'soup' } })
  assert.deepEqual(asked[1], ['topic.word', 'Review: The soup was cold.\nTopic: '])
})
