// "espalier pull MODEL": fetches a model from Hugging Face's hub into its cache on this machine. Decides how it is told
// and how one of several is chosen; the work is lib/files/hub's.
import { createInterface } from 'node:readline'
import { UsageError } from '../../base/errors.js'
import type { RemoteModel } from '../../files/hub/repository.js'
import type { PullProgress } from '../../files/hub/telling.js'
import { thisMachine } from '../../files/machine.js'
import type { Call, Command, Terminal } from '../command.js'
import { asJson } from '../json-text.js'
import { oneLine } from '../safe-text.js'
import { byteSize, duration } from '../sizes.js'

export const pull: Command = {
  name: 'pull',
  takes: '<model>',
  says: "Fetch a model from Hugging Face's hub into its cache; one that broke off goes on where it stopped",
  options: [],
  examples: [
    'espalier pull hf:Qwen/Qwen3-4B-GGUF:Q4_K_M',
    'espalier pull hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf',
    'HF_TOKEN=hf_... espalier pull hf:org/gated-GGUF',
  ],
  run: fetchModel,
}

async function fetchModel({ args, terminal, signal }: Call): Promise<void> {
  const { hubReference, pullTo } = await import('../../files/hub/pull.js')
  const wanted = hubReference(args[0]!)
  const canAsk = terminal.isInteractive && !terminal.isJson
  terminal.progress.at(`asking for ${wanted.name}`)
  let isBegun = false
  const pulled = await pullTo(thisMachine(), wanted, {
    signal,
    tell(progress) {
      isBegun ||= progress.bytes > 0
      terminal.progress.at(lineOf(progress), part(progress))
    },
    ...(canAsk ? { choose: (choices) => chosen(choices, terminal, signal) } : {}),
  }).catch((error: unknown) => {
    if (signal.aborted && isBegun && !terminal.isJson)
      terminal.note('What came so far is kept; the same line goes on with it.')
    throw error
  })
  terminal.progress.end()
  if (terminal.isJson) return terminal.write(`${asJson(pulled)}\n`)
  terminal.write(`${pulled.path}\n`)
  terminal.note(`${byteSize(pulled.bytes)}, as the hub announced it. To use it: --model ${pulled.reference}`)
}

function part({ bytes, bytesTotal }: PullProgress): number | undefined {
  return bytesTotal === 0 ? undefined : bytes / bytesTotal
}

function lineOf({ doing, why, file, bytes, bytesTotal, bytesPerSecond, secondsLeft }: PullProgress): string {
  const name = oneLine(file.split('/').at(-1)!)
  const short = name.length <= 30 ? name : `…${name.slice(-29)}`
  if (why !== null) return oneLine(`${short} waits: ${why}`)
  const so = `${byteSize(bytes)} of ${byteSize(bytesTotal)}`
  if (doing !== 'fetching') return `${short} checking what is here, ${so}`
  const speed = bytesPerSecond === null ? '' : `, ${byteSize(bytesPerSecond)}/s`
  return `${short} ${so}${speed}${secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`}`
}

/** Asks until a number is one of the list's. Throws UsageError ARGUMENT_MISSING where nothing is answered. */
async function chosen(
  choices: readonly RemoteModel[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<RemoteModel> {
  const width = String(choices.length).length
  const sizes = choices.map(({ bytes }) => byteSize(bytes))
  const sizeWidth = Math.max(...sizes.map((size) => size.length))
  for (const [index, { reference, files }] of choices.entries()) {
    const parts = files.length === 1 ? '' : ` (${files.length} files)`
    const number = String(index + 1).padStart(width)
    terminal.note(`${number}  ${sizes[index]!.padStart(sizeWidth)}  ${oneLine(reference.file!)}${parts}`)
  }
  const question = `Which one? 1 to ${choices.length}:`
  terminal.note(question)
  for await (const line of createInterface({ input: terminal.input, signal })) {
    const choice = /^\s*\d+\s*$/.test(line) ? choices[Number(line) - 1] : undefined
    if (choice !== undefined) return choice
    terminal.note(question)
  }
  throw new UsageError('ARGUMENT_MISSING', 'No model was chosen; name its file: hf:org/repo/file.gguf.')
}
