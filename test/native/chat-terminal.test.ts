// A chat with a model that draws for a while: what Ctrl-C does to an answer, what of the cache is used, and the whole
// command in a real terminal (`script` of util-linux makes one; skipped with a notice where there is none).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answered, begun, branchOf, type Conversation, retryOf } from '../../lib/cli/chat/conversation.js'
import { begunSession, obey } from '../../lib/cli/chat/obey.js'
import { settingsDefault } from '../../lib/cli/chat/settings.js'
import { type Speaker, speakerOf } from '../../lib/cli/chat/speaker.js'
import { type Answer, takeTurn } from '../../lib/cli/chat/turn.js'
import type { Talk } from '../../lib/cli/chat/turn-prompts.js'
import { chat } from '../../lib/cli/commands/chat.js'
import { load } from '../../lib/model/load.js'
import type { Model } from '../../lib/model/model.js'
import { ctrlC, person } from '../support/chat-person.js'
import { madeCall } from '../support/made-call.js'
import { root } from './demo.js'

const folder = mkdtempSync(join(tmpdir(), 'espalier-chat-'))
let model: Model
beforeAll(async () => {
  model = await load(undefined, { contextTokens: 2048, threads: 1 })
})
afterAll(async () => {
  await model.dispose()
  rmSync(folder, { recursive: true })
})

/** So that the model's end is one token of thousands, and answers are long. */
const rambling = { settings: { temperature: 100, seed: 3, max: 1500 } }

test('Ctrl-C stops an answer, what came so far stays, and what is typed meanwhile waits', async () => {
  const { type, until, say } = await person(model, rambling)
  type('go on\r')
  // The line, then the answer.
  await until('\n')
  await until(' ')
  type(ctrlC)
  const stopped = await until('2> ')
  expect(stopped).toContain('stopped: what came so far is the answer (/undo drops it)')
  expect(await say('/undo', '1> ')).toContain('took back: go on')
  type('again\r')
  await until('\n')
  await until(' ')
  type('/forks')
  type(ctrlC)
  await until('2> ')
  type('/tokens\r')
  expect(await until('2> ')).toContain('found in the cache')
})

test('a hang-up ends it, also while it answers', async () => {
  const { type, until, hangUp, left } = await person(model, rambling)
  type('go on\r')
  await until('\n')
  await until(' ')
  hangUp()
  expect(await left).toBe('left')
})

test('an abort from outside ends it with the terminal as it was', async () => {
  const { type, until, abort, left, raw } = await person(model, rambling)
  type('go on\r')
  await until('\n')
  await until(' ')
  abort(new Error('enough'))
  await expect(left).rejects.toBeDefined()
  expect(raw).toEqual([true, false])
})

async function turn(
  speaker: Speaker,
  talk: Conversation<Talk>,
  draft: Parameters<typeof takeTurn>[2],
  stopAt = Number.POSITIVE_INFINITY,
): Promise<{ readonly talk: Conversation<Talk>; readonly answer: Answer }> {
  const stop = new AbortController()
  let heard = 0
  const settings = {
    ...settingsDefault,
    max: 30,
    ...(stopAt === Number.POSITIVE_INFINITY ? {} : rambling.settings),
  }
  const answer = await takeTurn(speaker, branchOf(talk), draft, settings, {
    signal: new AbortController().signal,
    stop: stop.signal,
    thought: () => undefined,
    answer(text) {
      heard += text.length
      if (heard >= stopAt) stop.abort()
    },
  })
  return { talk: answered(talk, draft, answer!), answer: answer! }
}

describe('never computed twice', () => {
  const questions = ['Hi there?', 'Tell me a story.', 'Who are you?']

  async function talked(): Promise<{ speaker: Speaker; talk: Conversation<Talk>; last: Answer }> {
    const speaker = await speakerOf(model, null, null)
    let talk = begun<Talk>('You are helpful.')
    let last: Answer | null = null
    for (const [index, question] of questions.entries()) {
      const next = await turn(speaker, talk, { turn: index, question, tries: 0 })
      talk = next.talk
      last = next.answer
    }
    return { speaker, talk, last: last! }
  }

  test('an answer that is asked for again computes nothing before it', async () => {
    const { speaker, talk, last } = await talked()
    const { answer } = await turn(speaker, talk, retryOf(talk))
    const before = (await last.transcript.at('answer2')).tokens.length
    // The first draw needs the logits of the token before it, and the last one drawn stands in no cell yet.
    const { reused, restored, sampled, decoded } = answer.ledger
    expect(reused + restored).toBeGreaterThanOrEqual(before - 2)
    expect(decoded).toBeLessThanOrEqual(sampled + 1)
    expect(answer.transcript.tokens.subarray(0, before)).toEqual(last.transcript.tokens.subarray(0, before))
  })

  /** `<|im_end|>` and a line feed. */
  const endTokens = 2

  // On a busy machine cells may have gone to host memory meanwhile.
  const found = ({ ledger }: Answer): number => ledger.reused + ledger.restored

  test('going back, forking and stopping find what stands', async () => {
    const { speaker, talk, last } = await talked()
    const edited = await turn(speaker, talk, { turn: 1, question: 'Tell me a poem.', tries: 0 })
    const first = await model.tokenize(
      '<|im_start|>user\nTell me a poem.<|im_end|>\n<|im_start|>assistant\n',
      { special: true },
    )
    expect(edited.answer.ledger.prefilled).toBeLessThanOrEqual(first.length + endTokens)
    expect(found(edited.answer)).toBeGreaterThan(20)
    const { session } = await obey(speaker, begunSession(talk, settingsDefault), { kind: 'fork', name: 'b' })
    const forked = await turn(speaker, session.talk, { turn: 3, question: 'Why?', tries: 0 })
    // The last token of the answer, and what ends it, stand in no cell yet.
    expect(found(forked.answer)).toBeGreaterThanOrEqual(last.transcript.tokens.length - endTokens - 1)
    const stopped = await turn(speaker, forked.talk, { turn: 4, question: 'More?', tries: 0 }, 20)
    expect(stopped.answer.end).toBe('stopped')
    expect(stopped.answer.ledger.decoded).toBe(0)
    const after = await turn(speaker, stopped.talk, { turn: 5, question: 'And?', tries: 0 })
    expect(found(after.answer)).toBeGreaterThan(forked.answer.transcript.tokens.length)
  })
})

test('a conversation goes on where the context is full, if it may forget', async () => {
  const small = await load(undefined, { contextTokens: 256, threads: 1 })
  const question = 'Tell me a long story about the little fox and the big wood.'
  const told = async (speaker: Speaker): Promise<Conversation<Talk>> => {
    let talk = begun<Talk>('You are helpful.')
    for (let index = 0; index < 8; index += 1)
      ({ talk } = await turn(speaker, talk, { turn: index, question, tries: 0 }))
    return talk
  }
  await expect(told(await speakerOf(small, null, null))).rejects.toMatchObject({
    code: 'CONTEXT_FULL',
    message: expect.stringContaining('go back with /undo or /edit'),
  })
  const speaker = await speakerOf(small, null, 'shift')
  const talk = await told(speaker)
  expect(branchOf(talk).turns.length).toBe(8)
  const again = await turn(speaker, talk, retryOf(talk))
  expect(branchOf(again.talk).turns.length).toBe(8)
  await expect(turn(speaker, talk, { turn: 5, question, tries: 0 })).rejects.toMatchObject({
    code: 'CONTEXT_FULL',
    message: expect.stringMatching(/^Message 6 can't be gone back to/),
  })
  await small.dispose()
})

test('the command: a pipe, a file, a template that thinks', async () => {
  const file = join(folder, 'talk.json')
  const { talk } = await turn(await speakerOf(model, null, null), begun<Talk>(null), {
    turn: 0,
    question: 'Hi',
    tries: 0,
  })
  writeFileSync(file, JSON.stringify(branchOf(talk).written!.transcript))
  const made = madeCall(
    chat,
    ['--load', file, '--threads', '1', '--max', '10', '--temperature', '0', '--json'],
    {
      json: true,
    },
  )
  made.type('And?\n')
  made.hangUp()
  await chat.run(made.call)
  const { question, tokens } = JSON.parse(made.out())
  expect(question).toBe('And?')
  expect(tokens).toBeGreaterThan(branchOf(talk).written!.transcript.tokens.length)
  const bad = madeCall(chat, ['--system', `@${join(folder, 'none.txt')}`])
  await expect(chat.run(bad.call)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  const both = madeCall(chat, ['--think', '--no-think'])
  await expect(chat.run(both.call)).rejects.toMatchObject({ code: 'OPTIONS_EXCLUSIVE' })
  const hot = madeCall(chat, ['--temperature', '101'])
  await expect(chat.run(hot.call)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
})

const command = join(root, 'dist', 'cli', 'main.js')
/** Runs a command in a new pseudo-terminal whose keys are this process's to type. */
const canOpen =
  process.platform === 'linux' &&
  existsSync(command) &&
  spawnSync('script', ['-qec', 'test -t 0 && test -t 1', '/dev/null'], { stdio: 'pipe', timeout: 10_000 })
    .status === 0
if (!canOpen) console.warn('No real terminal is tried: "script" of util-linux or dist/ is not there.')

test('the command in a real terminal', async () => {
  if (!canOpen) return
  const typed = `'${process.execPath}' '${command}' chat --threads 1 --max 12 --temperature 0`
  const env = { ...process.env, TERM: 'xterm', NO_COLOR: '1' }
  const terminal = spawn('script', ['-qec', typed, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  let look = (): void => undefined
  terminal.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    look()
  })
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        const at = shown.indexOf(text)
        if (at < 0) return
        look = () => undefined
        shown = shown.slice(at + text.length)
        resolve()
      }
      look()
    })
  const ended = new Promise<number | null>((resolve) => terminal.on('close', resolve))
  await until('1> ')
  terminal.stdin.write('Hi there?\r')
  await until('tokens reused')
  await until('2> ')
  terminal.stdin.write('\u001b[200~two\rlines\u001b[201~\r')
  await until('two⏎lines')
  await until('tokens reused')
  await until('3> ')
  terminal.stdin.write('half')
  await until('half')
  terminal.stdin.write(ctrlC)
  await until('3> ')
  terminal.stdin.write(ctrlC)
  expect(await ended).toBe(0)
  expect(shown).toContain('\u001b[?2004l')
})
