// Types of what conversations are made of: thoughts, results of tools, messages from data, and variables of templates.
import {
  assistant,
  type ChatMessage,
  gen,
  type MessageData,
  type Model,
  messages,
  type PromptValues,
  prompt,
  thinking,
  toolResult,
  user,
} from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._: Equal<A, B> extends true ? [] : [never]): void {}

export async function types(model: Model): Promise<void> {
  const turn = prompt`${user`x`}${assistant`${thinking('thought')}${gen('answer')}`}`
  same<PromptValues<typeof turn>, { readonly thought: string; readonly answer: string }>()
  const run = await model.run(turn, { thought: 'known' }, { chat: { enable_thinking: true, tools: [{}] } })
  same<typeof run.values.thought, string>()
  same<(typeof run.messages)[number], ChatMessage>()
  const data: readonly MessageData[] = [{ role: 'user', content: [{ type: 'text', text: 'x' }] }]
  const given = prompt`${messages(data)}${toolResult({ name: 'a', id: 'b' })`${gen('result')}`}`
  same<PromptValues<typeof given>, { readonly result: string }>()
  await model.run(messages(run.messages))
  await model.run(prompt`${(values: { list: string }) => messages([{ role: 'user', content: values.list }])}`)
  // @ts-expect-error a thought ends where the template says
  thinking('thought', { stop: 'x' })
  // @ts-expect-error not an option
  toolResult({ callId: 'x' })
  // @ts-expect-error a list of messages
  messages('x')
  // @ts-expect-error an object of values
  await model.run(turn, {}, { chat: 'x' })
  // @ts-expect-error messages are read only
  run.messages[0].content = 'x'
}
