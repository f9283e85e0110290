// "espalier explain FILE": what filling the prompt would take, before anything is decoded. Decides that it takes what
// "run" takes; the figures are the model's.
import picocolors from 'picocolors'
import type { Call, Command } from '../command.js'
import { explainTable } from '../explain-table.js'
import { asJson } from '../json-text.js'
import { modelOptions, openModel } from '../open-model.js'
import { inFile, promptOf, promptOptions } from '../prompt-file.js'

export const explain: Command = {
  name: 'explain',
  takes: '<file>',
  says: 'Say what filling a prompt would take, part by part, before anything is decoded',
  options: [...promptOptions, ...modelOptions],
  examples: [
    'espalier explain triage.ts --set ticket=@ticket.txt',
    'espalier explain triage.ts --set ticket=@ticket.txt --json | jq .tokens',
  ],
  run: tell,
}

async function tell(call: Call): Promise<void> {
  const { terminal, signal } = call
  const { prompt, given } = await promptOf(call)
  await using model = await openModel(call)
  const told = await inFile(call.args[0]!, () => model.explain(prompt, given, { signal }))
  if (terminal.isJson) return terminal.write(`${asJson(told)}\n`)
  const { bold, dim } = picocolors.createColors(terminal.hasColor.out)
  terminal.write(explainTable(told, model.info.contextTokens, { columns: terminal.columns, bold, dim }))
}
