// How long a prompt is in an engine's tokens: what is known of it before it is run, and what may be drawn. Decides how
// the texts of its messages stand there, as the model's template writes them around what nobody knows. Draws nothing.
import { PromptError } from '../base/errors.js'
import type { RoomStep } from '../engine/room-step.js'
import type { TextSize } from '../engine/tokens.js'
import type { Prompt } from '../prompt/part.js'
import { chatPieces } from './chat/chat-text.js'
import { checkParts } from './given/given.js'
import { type MessageStep, messageSteps } from './given/room-steps.js'
import { beginning, type Shared, scopeOf } from './run.js'
import type { FinishedMessage } from './state/chat.js'
import type { RunContext } from './state/run-context.js'
import { writtenAs } from './state/transcript.js'
import { promptParts } from './walk/branches.js'

// A noncharacter, which no text has: stands for a value, so that no template sees an empty message.
const standIn = '\uFDD3'

const nobody = { emit: () => undefined, ready: null, wantsTokens: false } as const

/** Rejects with what a run of the prompt would be refused by: PromptError, ConstraintError, CapabilityError. */
export async function countPrompt(
  shared: Shared,
  prompt: Prompt,
  given: unknown,
  signal: AbortSignal,
): Promise<TextSize> {
  const request = {
    start: null,
    prompt,
    given,
    options: {},
    listener: nobody,
    left: null,
    end: 'open',
  } as const
  const { run, start } = beginning(shared, request, signal)
  const scope = scopeOf(run, prompt, given, start.values)
  const parts = promptParts(prompt)
  await checkParts(scope, parts)
  const steps: RoomStep[] = []
  const written = new Written(run)
  for (const step of messageSteps(scope, parts)) {
    const turn = run.pace.take(stepCost)
    if (turn !== null) await turn
    steps.push(...(await written.take(step)))
  }
  steps.push(...(await written.messages()))
  return run.session.measure(start.transcript.position, steps, signal)
}

const stepCost = 64

/** A message with its values still open, and how many tokens each may have. */
interface OpenMessage extends FinishedMessage {
  readonly gaps: readonly number[]
}

/** Steps with the messages among them written out, as soon as other text follows them. */
class Written {
  readonly #run: RunContext
  #waiting: OpenMessage[] = []
  readonly #forks: OpenMessage[][] = []
  #isOpen = false

  constructor(run: RunContext) {
    this.#run = run
  }

  async take(step: MessageStep): Promise<readonly RoomStep[]> {
    switch (step.kind) {
      case 'opens': {
        this.#isOpen = true
        this.#waiting.push({ role: step.message.role, content: '', pieces: [], gaps: [] })
        return []
      }
      case 'closes':
        this.#isOpen = false
        return []
      case 'fork':
        this.#forks.push([...this.#waiting])
        return [step]
      case 'back': {
        const steps = [...(await this.messages()), step]
        this.#waiting = this.#forks.pop()!
        return steps
      }
      case 'text':
        if (!this.#isOpen) return [...(await this.messages()), step]
        this.#add(step.text, [])
        return []
      case 'gap':
        if (!this.#isOpen) return [...(await this.messages()), step]
        this.#add(standIn, [step.tokensMax])
        return []
    }
  }

  #add(text: string, gaps: readonly number[]): void {
    const last = this.#waiting.pop()!
    const content = last.content + text
    this.#waiting.push({
      role: last.role,
      content,
      pieces: [{ kind: 'literal', hole: null, text: content }],
      gaps: [...last.gaps, ...gaps],
    })
  }

  /** What the template writes for those that wait. Throws PromptError CHAT_TEMPLATE_MISSING, CapabilityError. */
  async messages(): Promise<readonly RoomStep[]> {
    const messages = this.#waiting
    this.#waiting = []
    if (messages.length === 0) return []
    const { chat, engine } = this.#run
    if (chat === null) {
      throw new PromptError(
        'CHAT_TEMPLATE_MISSING',
        `The prompt has a ${messages[0]!.role} message, and the model has no chat template.`,
      )
    }
    const time = new Date()
    const render = async (contents: readonly string[]): Promise<string> => {
      const turns = messages.map(({ role }, index) => ({ role, content: contents[index]! }))
      const text = chat(turns, { opensAssistant: 'no', time })
      return text.startsWith(engine.startText) ? text.slice(engine.startText.length) : text
    }
    const text = await render(messages.map(({ content }) => content))
    const pieces = await chatPieces(render, messages, text, engine)
    const gaps = messages.flatMap((message) => message.gaps)
    return pieces.flatMap((piece) =>
      stepsIn(piece.text, writtenAs(piece) === 'mark' ? 'mark' : 'given', gaps),
    )
  }
}

/** Takes the gaps it has. */
function stepsIn(text: string, as: 'given' | 'mark', gaps: number[]): RoomStep[] {
  return text.split(standIn).flatMap((part, index) => {
    const before: RoomStep[] = index === 0 ? [] : [{ kind: 'gap', tokensMax: gaps.shift() ?? 0 }]
    return part === '' ? before : [...before, { kind: 'text', text: part, as }]
  })
}
