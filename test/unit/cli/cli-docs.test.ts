// Goal: docs/cli.md says of every command what the command is, and nothing else; each line that it, README.md, the
// other pages and the commands' own help tell a person to type is one that is understood. Method: the page against the
// commands' own data, and every written line read as a typed one.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { slashNames } from '../../../lib/cli/chat/slash.js'
import type { Command } from '../../../lib/cli/command.js'
import { commands } from '../../../lib/cli/commands.js'
import { modelOptions } from '../../../lib/cli/open-model.js'
import { commonOptions, optionWords } from '../../../lib/cli/option-words.js'
import { readLine } from '../../../lib/cli/read-line.js'

const root = path.resolve(__dirname, '../../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const page = read('docs/cli.md')
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
)

const namesOf = (options: Command['options']): string[] => options.map((option) => optionWords(option).name)
const common = namesOf(commonOptions)
const ofModel = namesOf(modelOptions)
const namesIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/--([a-z][\w-]*)/g)].map(([, name]) => name!))

/** Where tables name what a section is about; its sentences may speak of other commands. */
const firstCells = (section: string): string => (section.match(/^\| .*? \|/gm) ?? []).join('\n')

test('every command has a section in the order of help, and is in the table', () => {
  const names = commands.map(({ name }) => name)
  expect([...sections.keys()].filter((title) => !/ |Environment/.test(title))).toEqual(names)
  const listed = [...page.matchAll(/^\| \[`(\w+)`\]\(#\1\)/gm)].map(([, name]) => name)
  expect(listed).toEqual(names)
})

test.each(commands.map((command): [string, Command] => [command.name, command]))(
  '%s: its section names its options and no others',
  (name, { options }) => {
    const section = sections.get(name)!
    const named = namesIn(section)
    if (section.includes('(#which-model)')) for (const option of ofModel) named.add(option)
    const own = namesOf(options)
    expect(own.filter((option) => !named.has(option))).toEqual([])
    expect([...namesIn(firstCells(section))].filter((option) => !own.includes(option))).toEqual([])
  },
)

test('what is shared by commands has all of it', () => {
  expect([...namesIn(sections.get('Every command')!)].sort()).toEqual([...common].sort())
  expect([...namesIn(sections.get('Which model')!)].sort()).toEqual([...ofModel].sort())
  const choices = modelOptions.flatMap((option) => optionWords(option).choices ?? [])
  for (const choice of choices) expect(sections.get('Which model')).toContain(`\`${choice}\``)
})

test('what is typed in a chat is all there', () => {
  const typed = [...sections.get('chat')!.matchAll(/`(\/[a-z]+)/g)].map(([, name]) => name!)
  expect([...new Set(typed)].sort()).toEqual([...slashNames].sort())
})

/** Words of a line as a shell has them: up to a pipe or a redirection, without the variables in front. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:'([^']*)'|"([^"]*)"|\\(.)|([^\s'"\\]))+|\s+/g)].map(([word]) => word)
  const end = words.findIndex((word) => /^(\||[<>&]|#|\d?>)/.test(word))
  return (end < 0 ? words : words.slice(0, end))
    .filter((word) => word.trim() !== '')
    .map((word) => word.replace(/['"]([^'"]*)['"]/g, '$1'))
}

/** The lines of a text that use the command, without what stands before its name. */
function linesIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, rest] = /(?:^|[ (])espalier ((?:--?)?[a-z].*)$/.exec(line) ?? []
    return rest === undefined ? [] : [rest.replace(/(?<=^completion \w+)\).*$/, '')]
  })
}

const shellBlocks = (text: string): string =>
  [...text.matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n')

const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)]
const written = [
  ...pages
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => linesIn(shellBlocks(read(file))).map((line): [string, string] => [line, file])),
  ...commands.flatMap(({ name, examples }) =>
    linesIn(examples.join('\n')).map((line): [string, string] => [line, `espalier ${name} --help`]),
  ),
]

test('lines to type are found', () => expect(written.length).toBeGreaterThan(50))

test.each(written)('espalier %s, as %s says, is understood', (line) => {
  expect(() => readLine(wordsOf(line), commands)).not.toThrow()
})

test('each command has an example in its section and in its help, of its own name', () => {
  for (const { name, examples } of commands) {
    const lines = linesIn(shellBlocks(sections.get(name)!))
    expect([name, lines.some((line) => wordsOf(line)[0] === name)]).toEqual([name, true])
    expect([name, /\bespalier (\w+)/.exec(examples[0] ?? '')?.[1]]).toEqual([name, name])
  }
})
