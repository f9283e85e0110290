// A person at a chat, as a test makes one: types keys, waits for text. The terminal is none.
import { begun } from '../../lib/cli/chat/conversation.js'
import { begunSession } from '../../lib/cli/chat/obey.js'
import { chatWithPerson } from '../../lib/cli/chat/person.js'
import { type Settings, settingsDefault } from '../../lib/cli/chat/settings.js'
import { speakerOf } from '../../lib/cli/chat/speaker.js'
import { chat } from '../../lib/cli/commands/chat.js'
import { Model } from '../../lib/model/model.js'
import { type Answers, scripted } from '../../lib/testing/testing.js'
import { type MadeCall, madeCall } from './made-call.js'

export const ctrlC = '\u0003'
export const ctrlD = '\u0004'

export interface Person extends MadeCall {
  /** Types a line; what comes until the next prompt. */
  say(line: string, prompt: string): Promise<string>
  readonly left: Promise<'left' | 'now'>
}

export async function person(
  answers: Answers | Model,
  { wish = 'no-think', settings = {} }: { wish?: 'think' | 'no-think'; settings?: Partial<Settings> } = {},
): Promise<Person> {
  const model = answers instanceof Model ? answers : scripted(answers)
  const made = madeCall(chat, [], { interactive: true, columns: () => 200 })
  const speaker = await speakerOf(model, wish, null)
  const session = begunSession(begun(null), { ...settingsDefault, ...settings })
  const left = chatWithPerson(speaker, session, made.call)
  await made.until('1> ')
  const say = (line: string, prompt: string): Promise<string> => {
    made.type(`${line}\r`)
    return made.until(prompt)
  }
  return { ...made, say, left }
}
