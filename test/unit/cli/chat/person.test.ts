// What a person sees who types at a chat: keys in, text out. test/native/chat-terminal.test.ts has what takes a model
// that draws for a while, and a real terminal.
import type { Answers } from '../../../../lib/testing/testing.js'
import { ctrlC, ctrlD, person } from '../../../support/chat-person.js'

const numbered: Answers = ({ text }) =>
  `answer to ${text.slice(text.lastIndexOf('<|user|>') + 9).split('<|end|>')[0]}`

test('answers stream with a line about tokens below; Ctrl-D leaves, and the terminal is as it was', async () => {
  const { say, type, left, out, raw } = await person(numbered)
  const first = await say('hi', '2> ')
  expect(first).toContain('answer to hi\n')
  expect(first).toMatch(/0 tokens reused · \d+ prefilled · 3 drawn · context \d+\n/)
  expect(await say('why?', '3> ')).toMatch(/answer to why\?\n[1-9]\d* tokens reused · /)
  type(ctrlD)
  expect(await left).toBe('left')
  expect(raw).toEqual([true, false])
  expect(out().startsWith('\u001b[?2004h')).toBe(true)
  expect(out().lastIndexOf('\u001b[?2004l')).toBeGreaterThan(out().lastIndexOf('3> '))
})

test('retry, edit, undo', async () => {
  const { say, type, until } = await person(['number 1', 'number 2', 'number 3', 'number 4'])
  expect(await say('one', '2> ')).toContain('number 1\n')
  expect(await say('/retry', '2> ')).toContain('number 2\n')
  expect(await say('two', '3> ')).toContain('number 3\n')
  type('/edit 1\r')
  await until('1> ')
  await until('one')
  expect(await say(' more', '2> ')).toContain('number 4\n')
  expect(await say('/edit 2', '2> ')).toContain('There is no message 2; expected a number from 1 to 1.')
  expect(await say('/undo', '1> ')).toContain('took back: one more')
  expect(await say('/undo', '1> ')).toContain('There is no message 1; nothing was asked yet.')
})

test('branches', async () => {
  const { say } = await person(numbered)
  await say('a', '2> ')
  expect(await say('/fork b', 'b 2> ')).toContain('nothing of it is computed again')
  expect(await say('left', 'b 3> ')).toContain('branch b (1 turn shared with main, not computed again)')
  expect(await say('/switch main', 'main 2> ')).toContain('1> a\nanswer to a\n')
  const listed = await say('/forks', 'main 2> ')
  expect(listed).toMatch(
    /\* main {2}1 turn, \d+ tokens\n {2}b {5}2 turns, \d+ tokens, from main after 1 turn\n/,
  )
  expect(await say('/fork b', 'main 2> ')).toContain('There is a branch "b" already')
  expect(await say('/switch c', 'main 2> ')).toContain('expected one of main, b.')
  expect(await say('/fork \u009b', 'main 2> ')).toContain('expected up to 40 letters')
})

test('several lines: a backslash, a block, a paste', async () => {
  const { say, type, until } = await person(({ text }) =>
    JSON.stringify(text.slice(text.lastIndexOf('<|user|>') + 9)),
  )
  type('a\\\r')
  await until('... ')
  expect(await say('b', '2> ')).toContain('"a\\nb<|end|>')
  type('"""\r')
  await until('... ')
  type('/quit\r')
  await until('... ')
  expect(await say('"""', '3> ')).toContain('"/quit<|end|>')
  type('\u001b[200~one\r\ttwo\rthree\r\u001b[201~')
  await until('one⏎␉two⏎three')
  expect(await say('', '4> ')).toContain('"one\\n\\ttwo\\nthree<|end|>')
  type('\u001b[200~/quit\rnow\u001b[201~')
  expect(await say('', '5> ')).toContain('"/quit\\nnow<|end|>')
})

test('Ctrl-C clears the line, and twice at an empty one leaves', async () => {
  const { type, until, left, out } = await person(numbered)
  type('half a line')
  await until('half a line')
  type(ctrlC)
  await until('1> ')
  type(ctrlC)
  expect(await left).toBe('left')
  expect(out()).not.toContain('answer')
})

test('a first Ctrl-C at an empty line only warns, and a word in between counts anew', async () => {
  const { type, until, say, left } = await person(numbered)
  type(ctrlC)
  await until('Ctrl-C again, or Ctrl-D, leaves\n')
  expect(await say('hi', '2> ')).toContain('answer to hi')
  type(ctrlC)
  await until('leaves\n')
  await until('2> ')
  type(ctrlC)
  expect(await left).toBe('left')
})

test('stopped before there was an answer, the question is in the line again', async () => {
  const { type, until, left } = await person(() => new Promise<string>(() => undefined))
  type('well?\r')
  await until('\n')
  setTimeout(() => type(ctrlC), 50)
  const seen = await until('1> ')
  expect(seen).toContain('stopped before there was an answer')
  await until('well?')
  type(ctrlC)
  await until('1> ')
  type(ctrlC)
  expect(await left).toBe('left')
})

test('a turn that fails is told in one sentence, and the conversation goes on from before it', async () => {
  const { say, type, until } = await person({ answer0: 'yes', answer1: ['no'] })
  await say('a', '2> ')
  await say('b', '3> ')
  type('/retry\r')
  const failed = await until('3> ')
  expect(failed).toMatch(/\r?\n[^\n]*answer1[^\n]*\n/)
  expect(failed).not.toContain(' at ')
  expect(await say('/undo', '2> ')).toContain('took back: b')
})

test('nothing a model writes reaches the terminal as a command to it', async () => {
  const { say, type, until } = await person(
    { thought0: '\u001b[2Jhm', answer0: 'ok\u009b2J\u0007' },
    { wish: 'think' },
  )
  type('\u001b[200~q\u001b]0;title\u0007\u001b[201~')
  await until('q␛]0;title␇')
  const seen = await say('', '2> ')
  expect(seen).toContain('(thinking) ␛[2Jhm\n\nok<009B>2J␇\n')
})
