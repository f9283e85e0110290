// Opens the model a command line names. Decides which options say which model and how it is loaded, and that nothing
// named means the demo model; what a name may be, `load` decides.
import type { LoadOptions } from '../model/load-options.js'
import type { Model } from '../model/model.js'
import type { Gpu } from '../native/platform.js'
import type { Call, CommandOption } from './command.js'

/** For the commands that open a model. */
export const modelOptions: readonly CommandOption[] = [
  {
    flags: '--model <file>',
    says: 'The model, a GGUF file (default: the demo model that comes with the package)',
    kind: 'text',
  },
  {
    flags: '--context <tokens>',
    says: 'Tokens of the KV cache (default: what the model was trained for, at most 8192)',
    kind: 'number',
  },
  {
    flags: '--gpu <auto|cuda|rocm|vulkan|metal|off>',
    says: 'Where it is computed (default: auto, the graphics processors there are)',
    kind: 'text',
  },
  { flags: '--threads <count>', says: 'Threads of the CPU (default: the cores there are)', kind: 'number' },
]

/** What `modelOptions` say, for `load`. Throws UsageError ARGUMENT_INVALID. */
function loadOptions({ options, signal, terminal }: Call): LoadOptions {
  const contextTokens = options.whole('context', { from: 1, until: Number.MAX_SAFE_INTEGER })
  const threads = options.whole('threads', { from: 1, until: Number.MAX_SAFE_INTEGER })
  const gpu = options.text('gpu')
  return {
    signal,
    onProgress: (part) => terminal.progress.at('loading the model', part),
    ...(contextTokens === null ? {} : { contextTokens }),
    ...(threads === null ? {} : { threads }),
    ...(gpu === null ? {} : { gpu: gpu === 'off' ? false : (gpu as Gpu) }),
  }
}

/**
 * The model of `--model`, or else of `file`, or else the demo model; the caller disposes it. Rejects as `load` does.
 */
export async function openModel(call: Call, file: string | null = null): Promise<Model> {
  const options = loadOptions(call)
  const { load } = await import('../model/load.js')
  try {
    return await load(call.options.text('model') ?? file ?? undefined, options)
  } finally {
    call.terminal.progress.end()
  }
}
