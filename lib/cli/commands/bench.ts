// "espalier bench": what a model costs on this machine. Decides what its options mean and what is printed when; bench/
// beside measures.
import type { Call, Command } from '../command.js'
import { asJson } from '../json-text.js'
import { colorsFor, digits } from '../layout.js'
import { loadOptions, modelNamed, modelOptions } from '../open-model.js'
import { homePath } from '../owner.js'

export const bench: Command = {
  name: 'bench',
  takes: '[model]',
  says: 'Measure what a model costs here: rows, reading, drawing, forks, masks; a minute, or some seconds',
  options: [...modelOptions, { flags: '--quick', says: 'Measure less, in some seconds', kind: 'flag' }],
  examples: [
    'espalier bench qwen3-4b-q4_k_m.gguf',
    'espalier bench qwen3-4b-q4_k_m.gguf --gpu off --threads 4 --quick',
    'espalier bench qwen3-4b-q4_k_m.gguf --json > bench.json',
  ],
  run: runBench,
}

async function runBench(call: Call): Promise<void> {
  const { args, options, terminal, signal } = call
  const load = loadOptions(call)
  const file = modelNamed(call, args[0])
  const effort = options.flag('quick') ? 'quick' : 'whole'
  const [{ bench: measure }, { factsText, resultText }] = await Promise.all([
    import('../bench/bench.js'),
    import('../bench/bench-text.js'),
  ])
  const colors = colorsFor(terminal)
  const result = await measure({
    file,
    options: load,
    effort,
    signal,
    tell: {
      begun(facts) {
        const file = homePath(facts.model.file)
        if (!terminal.isJson) terminal.write(`${factsText(facts, file, terminal.columns, colors)}\n`)
        terminal.progress.at('warming up')
      },
      planned({ rounds, seconds }) {
        if (!terminal.isJson)
          terminal.note(
            `${rounds} rounds, about ${digits(seconds)} s. Ctrl-C ends it with what is measured by then.`,
          )
      },
      at: (part) => terminal.progress.at('measuring', part),
    },
  })
  terminal.progress.end()
  if (result.figures.length > 0)
    terminal.write(
      terminal.isJson ? `${asJson(result)}\n` : `\n${resultText(result, terminal.columns, colors)}`,
    )
  signal.throwIfAborted()
}
