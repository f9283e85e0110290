// "espalier models [WORD]": the models that are on this machine already, by the names that "load" and "--model" take.
// Decides what is shown of each; finding them is lib/files'.

import path from 'node:path'
import picocolors from 'picocolors'
import { nearestName } from '../../base/nearest.js'
import { type Found, findModels, type ModelFile } from '../../files/find.js'
import { type Machine, shownPath, thisMachine } from '../../files/machine.js'
import { nearNames } from '../../files/near.js'
import { storeTitle } from '../../files/stores.js'
import type { Call, Command, Terminal } from '../command.js'
import { asJson } from '../json-text.js'
import { oneLine } from '../safe-text.js'
import { byteSize } from '../sizes.js'

export const models: Command = {
  name: 'models',
  takes: '[word]',
  says: 'List the models that other programs keep on this machine, by the names that --model and load() take',
  options: [],
  examples: [
    'espalier models',
    'espalier models qwen',
    "espalier models --json | jq -r '.models[].reference'",
  ],
  run: list,
}

async function list({ args, terminal, signal }: Call): Promise<void> {
  const machine = thisMachine()
  terminal.progress.at('looking for models')
  const found = await findModels(machine)
  terminal.progress.end()
  if (signal.aborted) return
  const word = (args[0] ?? '').toLowerCase()
  const files = found.files.filter((file) => factsOf(file).some((fact) => fact.toLowerCase().includes(word)))
  if (terminal.isJson) {
    const folders = found.places.map(({ store, folder }) => ({ store, path: folder }))
    terminal.write(`${asJson({ models: files, folders, notes: found.notes })}\n`)
    return
  }
  terminal.write(table(files, found, machine, terminal))
  const told = remarks(files, found, machine, word)
  if (terminal.isLive && files.length > 0 && told.length > 0) terminal.note('')
  for (const line of told) terminal.note(line)
}

/** 'hf:Qwen/Qwen3-4B-GGUF/a.gguf': hf, qwen, qwen3, 4b and so on. */
function wordsOf(file: ModelFile): readonly string[] {
  return factsOf(file).flatMap((fact) => fact.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
}

/** What a word may stand in. */
function factsOf({ reference, also, architecture, quantisation, name, kind }: ModelFile): readonly string[] {
  return [reference, ...also, architecture ?? '', quantisation ?? '', name ?? '', kind]
}

/** A line for each, under the folder that it lies in. */
function table(files: readonly ModelFile[], found: Found, machine: Machine, terminal: Terminal): string {
  const { bold, dim } = picocolors.createColors(terminal.hasColor.out)
  const rows = files.map((file) => ({ file, heading: headingOf(file, found, machine), cells: cellsOf(file) }))
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map(({ cells }) => cells[column]!.length)))
  const lines = rows.map(({ file, cells }) => {
    const [size, ...rest] = cells.map((cell, column) =>
      column === 0 ? cell.padStart(widths[0]!) : cell.padEnd(widths[column]!),
    )
    const also = file.also.length === 0 ? '' : `  = ${file.also.map(oneLine).join(', ')}`
    return { facts: [size, ...rest].join('  '), name: oneLine(file.reference), also }
  })
  // A name that can be copied in one piece is worth a line.
  const isNarrow =
    terminal.isLive &&
    lines.some(({ facts, name, also }) => facts.length + name.length + also.length + 4 > terminal.columns)
  const shown = lines.map(({ facts, name, also }) =>
    isNarrow
      ? `  ${name}\n    ${dim(`${facts.trimEnd()}${also}`)}\n`
      : `  ${dim(facts)}  ${name}${dim(also)}\n`,
  )
  return [...new Set(rows.map(({ heading }) => heading))]
    .map((heading) => `${bold(heading)}\n${shown.filter((_, at) => rows[at]!.heading === heading).join('')}`)
    .join('\n')
}

function cellsOf({ bytes, quantisation, architecture, kind, adapters }: ModelFile): readonly string[] {
  const plus = adapters.length === 0 ? '' : `+${adapters.length} adapter${adapters.length === 1 ? '' : 's'}`
  const what = kind === 'text' ? plus : [kind, plus].filter((text) => text !== '').join(' ')
  return [byteSize(bytes), oneLine(quantisation ?? '-'), oneLine(architecture ?? '-').slice(0, 20), what]
}

function headingOf({ store, path: file }: ModelFile, { places }: Found, machine: Machine): string {
  const place = places.find((one) => one.store === store && file.startsWith(one.folder + path.sep))
  const where = place === undefined ? '' : `  ${shownPath(machine, place.folder)}`
  return oneLine(`${storeTitle(store)}${where}`)
}

const notesMax = 10

/** What a person is told beside the table. */
function remarks(
  files: readonly ModelFile[],
  found: Found,
  machine: Machine,
  word: string,
): readonly string[] {
  // Who looks for one model is not told of all others.
  const notes = word === '' ? found.notes : []
  const lines = notes
    .slice(0, notesMax)
    .map(({ path: file, says }) => oneLine(`${shownPath(machine, file)} ${says}.`))
  const more = notes.length - lines.length
  if (more > 0) lines.push(`${more} more files can't be used; "espalier models --json" has them all.`)
  if (files.length === 0) lines.push(...hints(found, machine, word))
  return lines
}

function hints({ files, places }: Found, machine: Machine, word: string): readonly string[] {
  if (files.length > 0) {
    const near = nearNames(
      word,
      files.map(({ reference }) => reference),
      3,
    )
    const meant = nearestName(word, [...new Set(files.flatMap(wordsOf))])
    const others = meant === null ? '"espalier models" lists them.' : `did you mean ${meant}?`
    const hint = near.length === 0 ? others : `near it: ${near.join(', ')}.`
    return [`No model here is called "${oneLine(word)}"; ${hint}`]
  }
  const folders = [...new Set(places.map(({ folder }) => shownPath(machine, folder)))]
  return [
    `There are no models on this machine where they are looked for: ${oneLine(folders.join(', '))}.`,
    'To fetch one: espalier pull hf:Qwen/Qwen3-4B-GGUF:Q4_K_M',
  ]
}
