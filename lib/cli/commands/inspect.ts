// "espalier inspect": what a model file is. Decides what its options mean; inspect/ beside looks and writes.
import type { Call, Command } from '../command.js'
import { asJson } from '../json-text.js'
import { colorsFor } from '../layout.js'
import { loadOptions, modelNamed, modelOptions } from '../open-model.js'
import { homePath } from '../owner.js'

export const inspect: Command = {
  name: 'inspect',
  takes: '[model]',
  says: 'Tell what a model file is and can do, and whether it fits here; weights are not read',
  options: [
    ...modelOptions,
    {
      flags: '--template',
      says: "Print the model's chat template as it stands, and nothing else",
      kind: 'flag',
    },
  ],
  examples: [
    'espalier inspect qwen3-4b-q4_k_m.gguf',
    'espalier inspect qwen3-4b-q4_k_m.gguf --context 32768',
    'espalier inspect qwen3-4b-q4_k_m.gguf --template > chat.jinja',
  ],
  run: runInspect,
}

async function runInspect(call: Call): Promise<void> {
  const { args, options, terminal, signal } = call
  const load = loadOptions(call)
  const named = modelNamed(call, args[0])
  const isTemplateOnly = options.flag('template')
  const [{ UsageError }, { fileOf }, { inspected }, { inspectionText }] = await Promise.all([
    import('../../base/errors.js'),
    import('../../model/open.js'),
    import('../inspect/inspection.js'),
    import('../inspect/inspection-text.js'),
  ])
  const file = await fileOf(named)
  const inspection = await inspected(file, load)
  terminal.progress.end()
  signal.throwIfAborted()
  if (isTemplateOnly && inspection.chatTemplate === null) {
    throw new UsageError('CHAT_TEMPLATE_MISSING', `The model ${file} has no chat template.`)
  }
  if (terminal.isJson) {
    const shown = isTemplateOnly ? { chatTemplate: inspection.chatTemplate } : inspection
    terminal.write(`${asJson(shown)}\n`)
  } else if (isTemplateOnly) {
    terminal.write(inspection.chatTemplate!)
  } else {
    const { columns } = terminal
    terminal.write(inspectionText(inspection, { columns, colors: colorsFor(terminal), file: homePath(file) }))
  }
}
