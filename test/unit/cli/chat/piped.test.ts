// A chat through a pipe: a script gets the answers and nothing else, and knows when one failed.
import { begun } from '../../../../lib/cli/chat/conversation.js'
import { chatThroughPipe } from '../../../../lib/cli/chat/piped.js'
import { settingsDefault } from '../../../../lib/cli/chat/settings.js'
import { speakerOf } from '../../../../lib/cli/chat/speaker.js'
import { chat } from '../../../../lib/cli/commands/chat.js'
import { type Answers, type ScriptedOptions, scripted } from '../../../../lib/testing/testing.js'
import { type MadeCall, madeCall } from '../../../support/made-call.js'

async function piped(
  input: string,
  answers: Answers,
  {
    json,
    interactive,
    wish = 'no-think',
    ...options
  }: ScriptedOptions & { json?: true; interactive?: true; wish?: 'think' | 'no-think' } = {},
): Promise<MadeCall & { readonly failed: unknown }> {
  const how = { ...(json && { json }), ...(interactive && { interactive }) }
  const made = madeCall(chat, [], how)
  const model = scripted(answers, options)
  const speaker = await speakerOf(model, wish, null)
  made.type(input)
  made.hangUp()
  const failed = await chatThroughPipe(
    { speaker, settings: settingsDefault, talk: begun('Be terse.') },
    made.call,
  ).then(
    () => null,
    (error: unknown) => error,
  )
  await model.dispose()
  return { ...made, failed }
}

test('each line is a message, and so is a block', async () => {
  const asked: string[] = []
  const { out, err, failed } = await piped(
    'hi\n\n  \n/retry\n"""\ntwo\nlines\n"""\na\\\nb\nlast',
    ({ text }) => {
      asked.push(text.slice(text.lastIndexOf('<|user|>') + 9, text.lastIndexOf('<|end|>')))
      return `answer ${asked.length}`
    },
  )
  expect(failed).toBeNull()
  expect(asked).toEqual(['hi', '/retry', 'two\nlines', 'a\nb', 'last'])
  expect(out()).toBe('answer 1\nanswer 2\nanswer 3\nanswer 4\nanswer 5\n')
  expect(err()).toBe('')
})

test('one JSON line for each answer, thoughts and books included', async () => {
  const script = { thought0: 'hm\u009b', answer0: 'yes\u001b[2J', thought1: 'well', answer1: 'no' }
  const { out, failed } = await piped('a\nb\n', script, { json: true, wish: 'think' })
  expect(failed).toBeNull()
  const lines = out().trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { question: 'a', thought: 'hm\u009b', answer: 'yes\u001b[2J', end: 'end', ledger: { reused: 0 } },
    { question: 'b', thought: 'well', answer: 'no', end: 'end' },
  ])
  expect(JSON.parse(lines[1]!).ledger.reused).toBeGreaterThan(0)
  expect(out()).not.toMatch(/[\u001b\u009b]/)
})

test('plain answers are without thoughts, as they are in a pipe, harmless on a screen', async () => {
  const answers = { thought0: 'hm', answer0: 'a\u001b[2J\tb\nc' }
  const { out } = await piped('a\n', answers, { wish: 'think' })
  expect(out()).toBe('a\u001b[2J\tb\nc\n')
  const screen = await piped('a\n', answers, { wish: 'think', interactive: true })
  expect(screen.out()).toBe('a␛[2J\tb\nc\n')
})

test('the first turn that fails ends it', async () => {
  const { out, failed } = await piped('a\nb\nc\n', { answer0: 'yes', answer2: 'no' })
  expect(failed).toMatchObject({ code: 'ANSWER_MISSING' })
  expect(out()).toBe('yes\n')
})

test('a full context is told in the words of a chat', async () => {
  const { out, failed } = await piped(`a\n${'b '.repeat(60)}\n`, ['yes', 'no'], { contextTokens: 60 })
  expect(failed).toMatchObject({ code: 'CONTEXT_FULL', message: expect.stringContaining('--shift') })
  expect(out()).toBe('yes\n')
})

test('a block without an end is refused, with its line', async () => {
  const { out, failed } = await piped('a\n"""\nb\n', ['yes'])
  expect(failed).toMatchObject({ code: 'BLOCK_OPEN', message: expect.stringContaining('line 2') })
  expect(out()).toBe('yes\n')
})

test('no input, no answer', async () => {
  const { out, failed } = await piped('', [])
  expect([out(), failed]).toEqual(['', null])
})

test.each([
  [
    { chat: null },
    null,
    { code: 'CHAT_TEMPLATE_MISSING', message: expect.stringContaining('instruct or chat model') },
  ],
  [
    { chat: (messages) => messages.map(({ content }) => content).join('\n') },
    'think',
    { code: 'NO_THINKING', message: expect.stringContaining('leave --think out') },
  ],
] satisfies [ScriptedOptions, 'think' | null, object][])(
  'a model that can not is refused at once',
  async (options, wish, error) => {
    await expect(speakerOf(scripted({}, options), wish, null)).rejects.toMatchObject(error)
  },
)

test('an abort ends it with the reason', async () => {
  const made = madeCall(chat, [])
  const model = scripted(() => new Promise<string>(() => undefined))
  const speaker = await speakerOf(model, 'no-think', null)
  made.type('a\n')
  const going = chatThroughPipe({ speaker, settings: settingsDefault, talk: begun(null) }, made.call)
  setTimeout(() => made.abort(new Error('enough')), 50)
  await expect(going).rejects.toMatchObject({ code: 'ABORTED' })
  await model.dispose()
})
