// Goal: whatever a person does to a chat (asking, retrying, editing, taking back, forking, switching, another system
// message, saving and loading), each branch has the messages it should, a user's and an answer in turn, and what stands
// in its transcript is the template's rendering of these and nothing else. Method: random commands over the fake engine
// and templates of several manners, against a twin that keeps lists.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { answered, begun, branchOf, type Draft } from '../../lib/cli/chat/conversation.js'
import { begunSession, type Command, obey, type Session } from '../../lib/cli/chat/obey.js'
import { settingsDefault } from '../../lib/cli/chat/settings.js'
import { type Speaker, speakerOf, type Wish } from '../../lib/cli/chat/speaker.js'
import { takeTurn } from '../../lib/cli/chat/turn.js'
import { chatTemplate } from '../../lib/model/chat-template.js'
import type { ChatMessage } from '../../lib/run/state/chat.js'
import { fakeModel } from '../support/fake-model.js'

const folder = mkdtempSync(join(tmpdir(), 'espalier-chat-'))
afterAll(() => rmSync(folder, { recursive: true }))

const generation = '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const each = '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}'
const templates: readonly string[] = [
  each + generation,
  `{% for m in messages %}[{{ messages | length }}]{{ m.role }}:{{ m.content }}<|im_end|>{% endfor %}${generation}`,
  // Thoughts of earlier answers are left out.
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{% if loop.last and m.reasoning_content %}<think>\n' +
    `{{ m.reasoning_content }}\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}${generation}`,
]

const words = ['a', 'the order', ' \n', '<|im_end|>', '🙂', 'user\n', '\n</think>\n\n', 'yes\u001b[2J']

/** Says anything, the same after the same. */
function speak(after: string): string {
  let hash = 7
  for (let index = 0; index < after.length; index += 1)
    hash = Math.imul(hash ^ after.charCodeAt(index), 0x01000193)
  const number = (hash ^ (hash >>> 15)) >>> 0
  return number % 4 === 0 ? '' : Buffer.from(words[number % words.length]!).toString('latin1')
}

type Act = Command | { readonly kind: 'ask'; readonly text: string }

const names = ['main', 'b', 'c', 'fork-1', 'talk']
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      text: fc.constantFrom('q', 'why?', ' \n', '<|im_end|>'),
    }),
  },
  fc.constantFrom<Act>(
    { kind: 'retry' },
    { kind: 'undo' },
    { kind: 'undo' },
    { kind: 'forks' },
    { kind: 'tokens' },
  ),
  fc.record({ kind: fc.constant('edit' as const), turn: fc.option(fc.nat(4)) }),
  fc.record({ kind: fc.constant('fork' as const), name: fc.option(fc.constantFrom(...names)) }),
  fc.record({ kind: fc.constant('switch' as const), name: fc.constantFrom(...names) }),
  fc.record({
    kind: fc.constant('system' as const),
    text: fc.constantFrom(null, '', 'Be terse.', 'Be kind.'),
  }),
  fc.constantFrom<Act>({ kind: 'save', file: join(folder, 'talk.json') }),
  fc.constantFrom<Act>({ kind: 'load', file: join(folder, 'talk.json') }),
)

interface TwinTurn {
  readonly question: string
  thought: string | null
  answer: string
}
interface TwinBranch {
  system: string | null
  turns: TwinTurn[]
}

/** A chat as lists, copied wherever two could share one. */
class Twin {
  branches = new Map<string, TwinBranch>([['main', { system: null, turns: [] }]])
  current = 'main'
  saved: TwinBranch | null = null

  get branch(): TwinBranch {
    return this.branches.get(this.current)!
  }

  add(name: string, branch: TwinBranch): void {
    this.branches.set(name, structuredClone(branch))
    this.current = name
  }

  messages(): ChatMessage[] {
    const { system, turns } = this.branch
    const told = turns.flatMap(({ question, thought, answer }): ChatMessage[] => [
      { role: 'user', content: question },
      {
        role: 'assistant',
        ...(thought === null || thought === '' ? {} : { thinking: thought }),
        content: answer,
      },
    ])
    return system === null ? told : [{ role: 'system', content: system }, ...told]
  }
}

/** Does it to both. A command that is refused must be one the twin can't do either. */
async function step(speaker: Speaker, session: Session, twin: Twin, one: Act): Promise<Session> {
  if (one.kind === 'ask')
    return ask(speaker, session, twin, { turn: twin.branch.turns.length, question: one.text, tries: 0 })
  const { turns } = twin.branch
  const done = await obey(speaker, session, one).catch((error: { code?: string }) => {
    expect(isPossible(twin, one)).toBe(false)
    expect(error.code).toMatch(/^(TURN_UNKNOWN|NAME_TAKEN|BRANCH_UNKNOWN|FILE_UNREADABLE|FILE_EXISTS)$/)
    return null
  })
  if (done === null) return session
  expect(isPossible(twin, one)).toBe(true)
  if (one.kind === 'undo') twin.branch.turns = turns.slice(0, -1)
  if (one.kind === 'fork') twin.add(one.name ?? done.session.talk.current, twin.branch)
  if (one.kind === 'switch') twin.current = one.name
  if (one.kind === 'system' && one.text !== null) twin.branch.system = one.text === '' ? null : one.text
  if (one.kind === 'save') twin.saved = structuredClone(twin.branch)
  if (one.kind === 'load') twin.add(done.session.talk.current, twin.saved!)
  if (done.asks !== undefined) {
    expect(done.asks).toMatchObject({ turn: turns.length - 1, question: turns.at(-1)!.question })
    return ask(speaker, done.session, twin, done.asks)
  }
  if (done.edits !== undefined) {
    expect(done.edits.question).toBe(turns[done.edits.turn]!.question)
    return ask(speaker, done.session, twin, { ...done.edits, question: 'edited' })
  }
  return done.session
}

function isPossible({ branches, branch, saved }: Twin, one: Act): boolean {
  const { length } = branch.turns
  if (one.kind === 'retry' || one.kind === 'undo' || one.kind === 'save') return length > 0
  if (one.kind === 'edit') return (one.turn ?? 0) < length
  if (one.kind === 'fork') return one.name === null || !branches.has(one.name)
  if (one.kind === 'switch') return branches.has(one.name)
  return one.kind !== 'load' || saved !== null
}

async function ask(speaker: Speaker, session: Session, twin: Twin, draft: Draft): Promise<Session> {
  const heard = { thought: '', answer: '' }
  const answer = await takeTurn(speaker, branchOf(session.talk), draft, session.settings, {
    signal: new AbortController().signal,
    stop: new AbortController().signal,
    thought(text) {
      heard.thought += text
    },
    answer(text) {
      heard.answer += text
    },
  })
  const { thought, answer: text } = answer!
  expect(heard).toEqual({ thought: thought ?? '', answer: text })
  const before = twin.branch.turns.slice(0, draft.turn)
  twin.branch.turns = [...before, { question: draft.question, thought, answer: text }]
  return { ...session, talk: answered(session.talk, draft, answer!) }
}

const wishes: readonly Wish[] = [null, 'no-think']

test('any sequence of commands leaves the conversation it should', async () => {
  const sequence = fc.array(act, { minLength: 4, maxLength: 14 })
  let asked = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...templates),
      fc.constantFrom(...wishes),
      sequence,
      async (source, wish, acts) => {
        rmSync(join(folder, 'talk.json'), { force: true })
        const judge = chatTemplate(source, { bos: '', eos: '<|im_end|>' })
        const { model } = fakeModel(speak, { chatTemplate: source, contextTokens: 2000 })
        const speaker = await speakerOf(model, wish, null)
        const settings = { ...settingsDefault, max: 12 }
        const twin = new Twin()
        let session = begunSession(begun(null), settings)
        for (const one of acts) {
          session = await step(speaker, session, twin, one)
          expect(session.talk.current).toBe(twin.current)
          expect([...session.talk.branches.keys()]).toEqual([...twin.branches.keys()])
          for (const [name, branch] of session.talk.branches) {
            const { system, turns } = twin.branches.get(name)!
            expect(branch.system).toBe(system)
            expect(branch.turns.since(0).map(({ tries: _, ...turn }) => turn)).toEqual(turns)
          }
          const { written, turns } = branchOf(session.talk)
          if (written === null || written.turns !== turns.length) continue
          asked += 1
          const { transcript } = written
          expect(transcript.messages).toEqual(twin.messages())
          expect(transcript.text).toBe(judge(twin.messages(), { opensAssistant: 'no' }))
        }
        await model.dispose()
      },
    ),
    { numRuns: 25 },
  )
  expect(asked).toBeGreaterThan(100)
}, 120_000)
