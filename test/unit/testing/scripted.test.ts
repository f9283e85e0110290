// What a user's test sees of a scripted model: the walk with everything it does. test/unit/testing/script.test.ts has
// what is said of a script that does not fit the prompt.
import type { RunEvent } from '../../../lib/index.js'
import { ask } from '../../../lib/prompt/ask.js'
import { branches, each, repeat } from '../../../lib/prompt/branches.js'
import { assistant, system, user } from '../../../lib/prompt/chat.js'
import { beam, bestOf, vote } from '../../../lib/prompt/choose.js'
import { collect } from '../../../lib/prompt/collect.js'
import { gen, grammar, integer, regex, select } from '../../../lib/prompt/hole.js'
import { input } from '../../../lib/prompt/input.js'
import { json } from '../../../lib/prompt/json.js'
import { oneOf } from '../../../lib/prompt/one-of.js'
import { checked, prompt } from '../../../lib/prompt/prompt.js'
import { scripted } from '../../../lib/testing/testing.js'

const ticket = prompt`Ticket: ${input('ticket')}
Urgency: ${select('urgency', ['low', 'high'])}
Days: ${integer('days', { min: 1, max: 30 })}
`

describe('answers', () => {
  test('by hole: texts and values', async () => {
    const run = await scripted({ urgency: 'low', days: 3 }).run(ticket, { ticket: 'The lid is broken.' })
    expect(run.values).toEqual({ urgency: 'low', days: 3 })
    expect(run.text).toBe('Ticket: The lid is broken.\nUrgency: low\nDays: 3\n')
  })

  test('in order', async () => {
    const model = scripted(['high', '12', 'low', 7])
    expect((await model.run(ticket, { ticket: 'a' })).values).toEqual({ urgency: 'high', days: 12 })
    expect((await model.run(ticket, { ticket: 'a' })).values).toEqual({ urgency: 'low', days: 7 })
  })

  test('from a function, at once or later', async () => {
    const asked: unknown[] = []
    const model = scripted(async ({ hole, text, attempt, rejected, expects }) => {
      asked.push({ hole, text, attempt, rejected, expects })
      return hole === 'urgency' ? 'high' : 5
    })
    expect((await model.run(ticket, { ticket: 'x' })).values).toEqual({ urgency: 'high', days: 5 })
    expect(asked).toEqual([
      {
        hole: 'urgency',
        text: 'Ticket: x\nUrgency: ',
        attempt: 0,
        rejected: [],
        expects: 'one of "low", "high"',
      },
      {
        hole: 'days',
        text: 'Ticket: x\nUrgency: high\nDays: ',
        attempt: 0,
        rejected: [],
        expects: 'an integer from 1 up to 30',
      },
    ])
  })

  test('what nobody asked for is known', async () => {
    const model = scripted({ urgency: 'low', days: [3, 4, 5], other: 'x' })
    expect(model.unused()).toEqual(['urgency', 'days, answer 1', 'days, answer 2', 'days, answer 3', 'other'])
    await model.run(ticket, { ticket: 'x' })
    expect(model.unused()).toEqual(['days, answer 2', 'days, answer 3', 'other'])
    const list = scripted(['low', 3, 'high'])
    await list.run(ticket, { ticket: 'x' })
    expect(list.unused()).toEqual(['answer 3'])
  })

  test('a known value is read, not asked for', async () => {
    const model = scripted({ days: 3 })
    expect((await model.run(ticket, { ticket: 'x', urgency: 'low' })).values).toEqual({
      urgency: 'low',
      days: 3,
    })
  })
})

describe('the walk', () => {
  test('retries: each attempt takes the next answer', async () => {
    const name = prompt`Name: ${gen('name', { retries: 2, check: (text) => text.length < 4 || 'too long' })}\n`
    const run = await scripted({ name: ['Annabel', 'Beatrice', 'Bo'] }).run(name)
    expect(run.values.name).toBe('Bo')
    expect(run.trace.filter(({ type }) => type === 'rollback')).toMatchObject([
      { hole: 'name', text: 'Annabel', reason: 'too long' },
      { hole: 'name', text: 'Beatrice', reason: 'too long' },
    ])
    expect(run.ledger.rolledBack).toBeGreaterThan(0)
  })

  test('a check that takes nothing ends in a FillError with every attempt', async () => {
    const picky = prompt`Mood: ${select('mood', ['good', 'bad', 'so'], { check: () => 'neither', retries: 1 })}`
    await expect(scripted({ mood: ['good', 'bad'] }).run(picky)).rejects.toMatchObject({
      name: 'FillError',
      code: 'ATTEMPTS_SPENT',
      attempts: [{ text: 'good' }, { text: 'bad' }],
    })
  })

  test('where every option was rejected the hole is at a dead end, and nobody is asked again', async () => {
    const picky = prompt`Mood: ${select('mood', ['good', 'bad'], { check: () => 'neither', retries: 9 })}`
    await expect(scripted(['good', 'bad']).run(picky)).rejects.toMatchObject({
      name: 'FillError',
      code: 'DEAD_END',
    })
  })

  test('backtracking asks for the hole before again', async () => {
    const pair = prompt`A: ${select('a', ['1', '2', '3'])}
B: ${select('b', ['1', '2', '3'], { retries: 0, backtrack: 1, check: (b, { values }) => b > values.a! || 'not more' })}
`
    const run = await scripted({ a: ['3', '1'], b: ['1', '2'] }).run(pair)
    expect(run.values).toEqual({ a: '1', b: '2' })
  })

  test('a checked prompt is walked again as a whole', async () => {
    const sum = checked(
      prompt`${integer('a')} and ${integer('b')}`,
      ({ a, b }) => a + b === 10 || 'not ten',
      { retries: 2 },
    )
    const run = await scripted({ a: [4, 4], b: [5, 6] }).run(prompt`Ten is ${sum}.`)
    expect(run.values).toEqual({ a: 4, b: 6 })
  })

  test('a watched text ends where the check says', async () => {
    const say = prompt`Say: ${gen('text', {
      checkEvery: 'word',
      check: (text) => !text.includes('bad') || 'bad',
    })}\n`
    const run = await scripted({ text: ['a bad thing to say', 'a good one'] }).run(say)
    expect(run.values.text).toBe('a good one')
    expect(run.trace.find(({ type }) => type === 'rollback')).toMatchObject({
      text: expect.stringMatching(/^a bad/),
    })
  })

  test('branches, items and turns', async () => {
    const item = prompt`- ${select('label', ['x', 'y'])}\n`
    const all = prompt`Start.
${branches({ pro: prompt`For: ${gen('why')}\n`, con: prompt`Against: ${gen('why')}\n` })}
${each('items', ['one', 'two'], () => item)}
${repeat('turns', item, { min: 0, max: 5 })}End.`
    const model = scripted({
      'pro.why': 'cheap',
      'con.why': 'ugly',
      'items[].label': ['x', 'y'],
      turns: 2,
      'turns[0].label': 'y',
      'turns[1].label': 'x',
    })
    const run = await model.run(all)
    expect(run.values).toEqual({
      pro: { why: 'cheap' },
      con: { why: 'ugly' },
      items: [{ label: 'x' }, { label: 'y' }],
      turns: [{ label: 'y' }, { label: 'x' }],
    })
    expect(model.unused()).toEqual([])
  })

  test('whether a repeat goes on may be answered turn by turn', async () => {
    const list = prompt`${repeat('turns', prompt`- ${integer('n')}\n`, { min: 1, max: 5 })}End.`
    expect((await scripted([1, true, 2, false]).run(list)).values).toEqual({ turns: [{ n: 1 }, { n: 2 }] })
    const byHole = { 'turns[].n': [7, 8], 'turns[1]?': true, 'turns[2]?': false }
    expect((await scripted(byHole).run(list)).values).toEqual({ turns: [{ n: 7 }, { n: 8 }] })
  })

  test('in a list, branches are answered one after the other', async () => {
    const both = prompt`${branches({ a: prompt`${gen('x')} ${gen('y')}\n`, b: prompt`${gen('x')} ${gen('y')}\n` })}`
    const run = await scripted(['1', '2', '3', '4']).run(both)
    expect(run.values).toEqual({ a: { x: '1', y: '2' }, b: { x: '3', y: '4' } })
  })

  test('votes and the best of several', async () => {
    const answer = prompt`Answer: ${select('answer', ['yes', 'no'])}\n`
    const voted = await scripted({ answer: ['yes', 'no', 'no'] }).run(prompt`${vote(3, answer)}`)
    expect(voted.values).toEqual({ answer: 'no' })
    const best = bestOf(2, answer, ({ answer }) => (answer === 'no' ? 2 : 1))
    expect((await scripted(['yes', 'no']).run(prompt`${best}`)).values).toEqual({ answer: 'no' })
  })

  test('an option by log-probability', async () => {
    const mood = prompt`Mood: ${select('mood', ['very good', 'bad', 'a bit of everything'], { by: 'logprob' })}\n`
    for (const said of ['very good', 'bad', 'a bit of everything']) {
      const run = await scripted({ mood: said }).run(mood)
      expect(run.values.mood).toBe(said)
      expect(run.trace.filter(({ type }) => type === 'warning')).toEqual([])
    }
    const run = await scripted({ mood: { 'very good': 0.25, bad: 0.75 } }).run(mood)
    expect(run.values.mood).toBe('bad')
    expect(run.choices.get('mood')!.margin).toBeCloseTo(0.5)
  })

  test('a beam takes what the script says', async () => {
    const code = prompt`Code: ${beam(4, regex('code', /[A-Z]{3}/))}\n`
    expect((await scripted({ code: 'ABC' }).run(code)).values.code).toBe('ABC')
    await expect(scripted({ code: 'ABC' }, { logprobs: 'none' }).run(code)).rejects.toMatchObject({
      name: 'CapabilityError',
      code: 'NO_LOGPROBS',
    })
  })

  test('a conversation', async () => {
    const chat = prompt`${system`Be brief.`}${user`${input('question')}`}${assistant`${gen('answer')}`}`
    const run = await scripted(['Fine.', 'Too.']).run(chat, { question: 'How are you?' })
    expect(run.values.answer).toBe('Fine.')
    expect(run.text).toBe(
      '<|system|>\nBe brief.<|end|>\n<|user|>\nHow are you?<|end|>\n<|assistant|>\nFine.<|end|>\n',
    )
    const next = await run.extend(prompt`${user`And now?`}${assistant`${gen('answer')}`}`)
    expect(next.text.startsWith(run.text)).toBe(true)
    expect(next.text).toMatch(/<\|user\|>\nAnd now\?<\|end\|>\n<\|assistant\|>\nToo\.<\|end\|>\n$/)
  })
})

describe('what a text comes to', () => {
  test('it ends at a stop, and at what follows the hole', async () => {
    const stopped = prompt`${gen('a', { stop: ['.'] })}! ${gen('b')}\nEnd`
    const run = await scripted({ a: 'One. Two', b: 'three\nfour' }).run(stopped)
    expect(run.values).toEqual({ a: 'One', b: 'three' })
  })

  test('it ends at the limit', async () => {
    const run = await scripted(['one two three four']).run(prompt`${gen('a', { tokensMax: 2 })}`)
    expect(run.values.a).toBe('one two')
    const form = prompt`${regex('a', /\w+( \w+){3}/, { tokensMax: 2 })}`
    await expect(scripted(['one two three four']).run(form)).rejects.toMatchObject({ code: 'TOKENS_MAX' })
  })

  test('JSON is written as the hole writes it, or read as it stands', async () => {
    const person = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } } }
    const form = prompt`${json('person', { ...person, required: ['name', 'age'] })}`
    const ann = { name: 'Ann', age: 41 }
    expect((await scripted([ann]).run(form)).values.person).toEqual(ann)
    expect((await scripted({ person: '{"name":"Ann","age":41}' }).run(form)).values.person).toEqual(ann)
    const list = prompt`${json('list', { type: 'array', items: { type: 'integer' } })}`
    expect((await scripted({ list: [[1, 2]] }).run(list)).values.list).toEqual([1, 2])
  })

  test('a grammar', async () => {
    const sum = prompt`${grammar('sum', 'root ::= num ("+" num)*\nnum ::= [0-9]+')}=`
    expect((await scripted(['1+22+3']).run(sum)).values.sum).toBe('1+22+3')
  })

  test('the context may be full', async () => {
    const form = prompt`one two three ${gen('a')}`
    await expect(scripted(['x'], { contextTokens: 3 }).run(form)).rejects.toMatchObject({
      code: 'PROMPT_TOO_LONG',
    })
    const run = await scripted(['a b c d e f'], { contextTokens: 6 }).run(form)
    expect(run.values.a.length).toBeLessThan('a b c d e f'.length)
    expect(run.trace.find(({ type }) => type === 'warning')).toMatchObject({ hole: 'a' })
  })
})

describe('events and the ledger', () => {
  test('a stream tells text word by word, and what JSON is so far', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    const form = prompt`Who: ${json('who', schema)}\n`
    const events: RunEvent[] = []
    for await (const event of scripted([{ name: 'Ann Lee' }]).stream(form)) {
      if (event.type !== 'done') events.push(event)
    }
    const types = [...new Set(events.map(({ type }) => type))]
    expect(types).toEqual(['text', 'hole-start', 'token', 'partial', 'hole-end', 'usage'])
    const told = events.flatMap((event) => (event.type === 'token' ? [event.text] : [])).join('')
    expect(told).toBe('{"name":"Ann Lee"}')
    expect(events).toContainEqual({ type: 'partial', hole: 'who', value: { name: 'Ann' } })
  })

  test('every word is accounted for once, and what was there before is reused', async () => {
    const model = scripted({ urgency: ['low', 'high', 'low'], days: 3 })
    const sums: number[] = []
    for (const text of ['The lid is broken.', 'The lid is lost.', 'The lid is broken.']) {
      const { ledger } = await model.run(ticket, { ticket: text })
      const { reused, restored, prefilled, forced, sampled, healed, rolledBack, redecoded } = ledger
      const classes = reused + restored + prefilled + forced + sampled + healed + rolledBack + redecoded
      expect(classes).toBe(ledger.decoded + reused + restored + ledger.spared)
      sums.push(reused, ledger.decoded)
    }
    const [first, , second, , third, decoded] = sums
    expect(first).toBe(0)
    expect(second).toBeGreaterThan(0)
    expect(third).toBeGreaterThan(second!)
    expect(decoded).toBe(0)
  })

  test('a transcript is extended twice, and what it has is computed once', async () => {
    const model = scripted({ mood: 'good', topic: 'rooms' })
    const base = await model.start(prompt`Review: The room was lovely.\n`)
    const [mood, topic] = await Promise.all([
      base.extend(prompt`Mood: ${select('mood', ['good', 'bad'])}\n`),
      base.extend(prompt`Topic: ${gen('topic')}\n`),
    ])
    expect([mood.values.mood, topic.values.topic]).toEqual(['good', 'rooms'])
    expect(mood.ledger.reused).toBeGreaterThanOrEqual(7)
  })

  test('an aborted run does not wait for the script', async () => {
    const aborting = new AbortController()
    const model = scripted(() => new Promise(() => aborting.abort(new Error('enough'))))
    const run = model.run(prompt`${gen('a')}`, {}, { signal: aborting.signal })
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    await model.dispose()
    await expect(model.run(prompt`${gen('a')}`)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

test('prompts to choose from, questions on the side and collected holes are answered by their names', async () => {
  const kind = oneOf('kind', { mail: prompt`A mail`, order: prompt`Order of ${integer('pieces')}` })
  const sure = ask('sure', prompt`Sure? ${select('is', ['yes', 'no'])}`)
  const thing = collect('things', gen('thing', { stop: '\n' }))
  const model = scripted({ kind: 'order', pieces: 3, 'sure.is': 'yes', 'things[]': ['a hat', 'a map'] })
  const run = await model.run(prompt`${kind}.\n${sure}- ${thing}\n- ${thing}`)
  expect(run.values).toEqual({ kind: 'order', pieces: 3, sure: 'yes', things: ['a hat', 'a map'] })
  expect(model.unused()).toEqual([])
})
