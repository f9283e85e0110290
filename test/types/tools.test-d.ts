// What tools capture: the answer as its hole has it, and calls as a union by the tool, with its arguments and what its
// function gives. Nothing here runs.
import { z } from 'zod'
import { gen, integer, type Model, type PromptValues, prompt, tool, tools, user } from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_A, _B>(..._proof: Equal<_A, _B> extends true ? [] : [never]): void {}

declare const model: Model

const place = {
  type: 'object',
  properties: { city: { enum: ['Rome', 'Oslo'] } },
  required: ['city'],
} as const
const weather = tool(place, ({ city }) => ({ city, degrees: 21 }))
const time = tool(z.object({ zone: z.string() }), async ({ zone }, { signal, values }) => {
  same<typeof zone, string>()
  same<typeof signal, AbortSignal>()
  same<typeof values, Readonly<Record<string, unknown>>>()
  return 5
})

export async function calls(): Promise<void> {
  const agent = prompt`${user`Hi`}${tools({ weather, time }, { answer: integer('answer'), roundsMax: 2 })}`
  const { values } = await model.run(agent)
  same<typeof values.answer, number>()
  for (const call of values.calls) {
    same<typeof call.tool, 'weather' | 'time'>()
    if (call.tool === 'weather') {
      same<typeof call.arguments.city, 'Rome' | 'Oslo'>()
      same<typeof call.error, string | undefined>()
      if (call.error === undefined) same<typeof call.result.degrees, number>()
    } else if (call.error === undefined) {
      same<typeof call.arguments, { zone: string }>()
      same<typeof call.result, number>()
    }
  }
  // @ts-expect-error there is no such tool
  if (values.calls[0]?.tool === 'whether') return
  await model.run(agent, { answer: 5 })
  // @ts-expect-error an answer of another type
  await model.run(agent, { answer: 'five' })
}

export function names(): void {
  const named = prompt`${user`Hi`}${tools({ time }, { answer: gen('text'), name: 'asked' })}`
  same<keyof PromptValues<typeof named>, 'text' | 'asked'>()
  // @ts-expect-error an answer is needed
  tools({ time }, {})
  // @ts-expect-error a tool is made with tool()
  tools({ time: () => 5 }, { answer: gen('text') })
  // @ts-expect-error the schema has no such member
  tool(place, ({ town }) => town)
}
