// Opens the model a command line names. Decides which options say which model and how it is loaded, and that nothing
// named means the demo model; what a name may be, `load` decides.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { ModelError, UsageError } from '../base/errors.js'
import { nearestName } from '../base/nearest.js'
import { referenceIn } from '../files/reference.js'
import type { LoadOptions } from '../model/load-options.js'
import type { Model } from '../model/model.js'
import type { Gpu } from '../native/platform.js'
import type { Call, CommandOption } from './command.js'

/** For the commands that open a model. */
export const modelOptions: readonly CommandOption[] = [
  {
    flags: '--model <file>',
    says: 'The model: a GGUF file, or a name that "espalier models" lists (default: the demo model)',
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
  {
    flags: '--threads <count>',
    says: 'Threads of the CPU (default: as many as there are cores, but one)',
    kind: 'number',
  },
]

/** What `modelOptions` say, for `load`. Throws UsageError ARGUMENT_INVALID. */
export function loadOptions({ options, signal, terminal }: Call): LoadOptions {
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
 * What names the model: `--model`, or the argument of a command that takes one; undefined: the demo model. Throws
 * UsageError OPTIONS_EXCLUSIVE, REFERENCE_INVALID, ModelError MODEL_NOT_FOUND.
 */
export function modelNamed({ options }: Call, argument: string | undefined): string | undefined {
  const option = options.text('model')
  if (option !== null && argument !== undefined) {
    const both = `--model ${option} and ${argument} both name a model`
    throw new UsageError('OPTIONS_EXCLUSIVE', `${both}; expected one of them at most.`)
  }
  const named = option ?? argument
  const isFile = named !== undefined && referenceIn(named) === null
  if (!isFile || existsSync(named)) return named
  const near = nearestName(path.basename(named), modelsBeside(named))
  const hint =
    near === null
      ? '"espalier models" lists those that are on this machine.'
      : `Did you mean ${path.join(path.dirname(named), near)}?`
  throw new ModelError('MODEL_NOT_FOUND', `There is no model file at ${path.resolve(named)}. ${hint}`)
}

function modelsBeside(file: string): readonly string[] {
  try {
    return readdirSync(path.dirname(path.resolve(file))).filter((name) => /\.gguf$/i.test(name))
  } catch {
    return []
  }
}

/** The model that is named, or the demo model; the caller disposes it. Rejects as `modelNamed` and `load` do. */
export async function openModel(call: Call, argument?: string): Promise<Model> {
  const options = loadOptions(call)
  const named = modelNamed(call, argument)
  const { load } = await import('../model/load.js')
  try {
    return await load(named, options)
  } finally {
    call.terminal.progress.end()
  }
}
