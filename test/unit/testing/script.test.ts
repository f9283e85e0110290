// What is said of a script that does not fit its prompt: which hole asked, what was said, what the hole may hold, and
// what to write instead.

import { repeat } from '../../../lib/prompt/branches.js'
import { gen, grammar, integer, select } from '../../../lib/prompt/hole.js'
import { json } from '../../../lib/prompt/json.js'
import type { Prompt } from '../../../lib/prompt/part.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { type Answers, scripted } from '../../../lib/testing/testing.js'

const mood = prompt`Mood: ${select('mood', ['good', 'bad'])}\n`
const anyMood = prompt`Mood: ${select('mood', ['good', 'bad'], { check: () => 'not now' })}\n`
const turns = prompt`${repeat('items', prompt`- ${integer('n')}\n`, { min: 0, max: 3 })}End.`
const list = prompt`${json('list', { type: 'array', items: { type: 'integer' } })}`

async function refusal(form: Prompt, answers: Answers): Promise<string> {
  try {
    await scripted(answers).run(form as Prompt<unknown, Record<never, string>>, {})
    return 'none'
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string }
    return `${name} ${code}: ${message}`
  }
}

test.each<[string, Prompt, Answers, string]>([
  [
    'no answer for the hole',
    mood,
    { mod: 'good' },
    'UsageError ANSWER_MISSING: Hole mood asks for an answer behind "Mood: "; the script has answers for "mod" only. ' +
      'Is it meant by "mod"? It may hold one of "good", "bad".',
  ],
  [
    'a list that is used up',
    mood,
    [],
    'UsageError ANSWERS_SPENT: Hole mood asks for an answer behind "Mood: ", and the script has no answers. It may ' +
      'hold one of "good", "bad".',
  ],
  [
    'a list for a hole that is used up by attempts',
    anyMood,
    { mood: ['good'] },
    'UsageError ANSWERS_SPENT: Hole mood asks for an answer behind "Mood: ", and the one answer the script has for ' +
      'mood is used. Rejected here before: "good". It may hold one of "good", "bad".',
  ],
  [
    'an answer that was rejected',
    anyMood,
    { mood: 'good' },
    'UsageError ANSWER_REJECTED: Hole mood asks for an answer behind "Mood: " again, and the script answers "good". ' +
      'Rejected here before: "good". What was rejected does not come again at the same place: give a list with ' +
      'another answer for each attempt.',
  ],
  [
    'a text that breaks the constraint',
    mood,
    ['gold'],
    'UsageError ANSWER_INVALID: Hole mood asks for an answer behind "Mood: ", and the script answers "gold": nothing ' +
      'that begins with "gol" can be. It may hold one of "good", "bad".',
  ],
  [
    'a text that is not finished',
    mood,
    ['go'],
    'UsageError ANSWER_INVALID: Hole mood asks for an answer behind "Mood: ", and the script answers "go": it is not ' +
      'finished. It may hold one of "good", "bad".',
  ],
  [
    'a value the hole has not',
    prompt`${integer('n', { min: 1, max: 9 })}`,
    { n: 12 },
    'UsageError ANSWER_INVALID: Hole n asks for an answer behind "", and the script answers 12: The value is 12; ' +
      'it must be an integer from 1 to 9. It may hold an integer from 1 up to 9.',
  ],
  [
    'a value for free text',
    prompt`${gen('text')}`,
    [5],
    'UsageError ANSWER_INVALID: Hole text asks for an answer behind "", and the script answers 5: the hole takes any ' +
      'text; expected a string. It may hold any text.',
  ],
  ['a JSON array that is no list of answers', list, { list: [1, 2] }, 'UsageError ANSWER_INVALID'],
  ['JSON text that is none', list, { list: '1, 2' }, 'A string is taken as JSON text'],
  ['half a surrogate pair', prompt`${gen('text')}`, ['\ud800'], 'it holds half a surrogate pair'],
  ['a function that says nothing', mood, () => undefined, 'the script answers undefined'],
  [
    'a repeat nobody counts',
    turns,
    {},
    'UsageError ANSWER_MISSING: Hole items[0]? asks for an answer behind ""; the script has no answer for it: give ' +
      '"items" a number of turns, or "items[0]?" true to go on and false to end. It may hold "- " to go on or "End." ' +
      'to end.',
  ],
])('%s', async (_name, form, answers, told) => {
  expect(await refusal(form, answers)).toContain(told)
})

test('what a function throws is what the run rejects with', async () => {
  const error = new Error('own')
  const throwing = (): never => {
    throw error
  }
  await expect(scripted(throwing).run(mood)).rejects.toBe(error)
})

test('a text too hard to read is refused by name', async () => {
  const hard = prompt`${grammar('hard', 'root ::= root root | "a" | ""')}`
  await expect(scripted(['a'.repeat(2000)]).run(hard)).rejects.toMatchObject({
    code: 'CONSTRAINT_TOO_COMPLEX',
  })
})

test.each([
  [() => scripted('low' as never), 'ARGUMENT_INVALID'],
  [() => scripted(null as never), 'ARGUMENT_INVALID'],
  [() => scripted([], null as never), 'ARGUMENT_INVALID'],
  [() => scripted([], { contextTokens: 0 }), 'OPTION_INVALID'],
  [() => scripted([], { chat: 'x' as never }), 'OPTION_INVALID'],
  [() => scripted([], { logprobs: 'some' as never }), 'OPTION_INVALID'],
  [() => scripted([], { context: 5 } as never), 'OPTION_UNKNOWN'],
])('what scripted() does not take: %#', (call, code) => {
  expect(call).toThrow(expect.objectContaining({ name: 'UsageError', code }))
})
