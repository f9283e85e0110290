// What "--help" prints. Decides its order and layout; every word of it stands in the commands' own data.
import type { Command, CommandOption } from './command.js'
import { commonOptions } from './option-words.js'

interface Layout {
  readonly columns: number
  bold(text: string): string
}

export function commandHelp(command: Command, layout: Layout): string {
  const { name, takes, says, options, examples } = command
  return sections(layout, [
    [null, [`${says}.`]],
    ['Usage', [`  espalier ${[name, takes].filter((word) => word !== '').join(' ')} [options]`]],
    ['Options', optionRows(options, layout)],
    ['Options of every command', optionRows(commonOptions, layout)],
    ['Examples', examples.map((example) => `  ${example}`)],
  ])
}

export function overview(commands: readonly Command[], layout: Layout): string {
  const rows = commands.map(({ name, takes, says }): Row => [`${name} ${takes}`.trim(), says])
  return sections(layout, [
    [null, ['Runs prompts with holes on local GGUF models.']],
    ['Usage', ['  espalier <command> [options]']],
    ['Commands', table(rows, layout)],
    ['Options', optionRows(commonOptions, layout)],
    [null, ['"espalier <command> --help" says more, with examples. A first look: espalier demo']],
  ])
}

function sections(layout: Layout, all: readonly (readonly [string | null, readonly string[]])[]): string {
  const shown = all.filter(([, lines]) => lines.length > 0)
  const texts = shown.map(([title, lines]) => [...(title === null ? [] : [layout.bold(title)]), ...lines])
  return `${texts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function optionRows(options: readonly CommandOption[], layout: Layout): readonly string[] {
  return table(
    options.map(({ flags, says, kind }) => [flags, kind === 'list' ? `${says}; may be repeated` : says]),
    layout,
  )
}

type Row = readonly [name: string, says: string]

/** Longer names stand on a line of their own, so that one of them does not push all others away. */
const nameColumns = 26

function table(rows: readonly Row[], { columns }: Layout): readonly string[] {
  const widest = Math.max(0, ...rows.map(([name]) => name.length).filter((width) => width <= nameColumns))
  const gap = ' '.repeat(widest + 4)
  return rows.flatMap(([name, says]) => {
    const [first = '', ...more] = wrapped(says, Math.max(30, Math.min(columns, 110) - widest - 4))
    const head =
      name.length > nameColumns ? [`  ${name}`, `${gap}${first}`] : [`  ${name.padEnd(widest)}  ${first}`]
    return [...head, ...more.map((line) => `${gap}${line}`)]
  })
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
