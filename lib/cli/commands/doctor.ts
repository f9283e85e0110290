// "espalier doctor": what is here, what works, and what to do about what doesn't; text to paste into a report. Decides
// how checks are printed, and that something wrong is exit code 1; doctor/ beside looks.
import { counted } from '../../base/counted.js'
import { EngineError } from '../../base/errors.js'
import type { Call, Command } from '../command.js'
import type { Check, Section } from '../doctor/check.js'
import { asJson } from '../json-text.js'
import { type Colors, colorsFor, wrapped } from '../layout.js'

export const doctor: Command = {
  name: 'doctor',
  takes: '',
  says: 'Look for what is wrong here and test the library; the text is to paste into a report',
  options: [],
  examples: ['espalier doctor', 'espalier doctor > doctor.txt', 'espalier doctor --json | jq .ok'],
  run: runDoctor,
}

async function runDoctor({ terminal, signal }: Call): Promise<void> {
  const { sections } = await import('../doctor/report.js')
  const colors = colorsFor(terminal)
  const all: Section[] = []
  terminal.progress.at('looking around')
  for await (const section of sections(signal)) {
    if (!terminal.isJson)
      terminal.write(`${all.length > 0 ? '\n' : ''}${sectionText(section, colors, terminal.columns)}`)
    all.push(section)
    terminal.progress.at('testing')
  }
  terminal.progress.end()
  const wrong = all.flatMap(({ checks }) => checks.filter(({ state }) => state === 'wrong'))
  if (terminal.isJson) terminal.write(`${asJson({ ok: wrong.length === 0, sections: all })}\n`)
  if (wrong.length === 0) return
  const names = [...new Set(wrong.map(({ name }) => name))].join(', ')
  throw new EngineError('CHECKS_FAILED', `${counted(wrong.length, 'check')} found something wrong: ${names}.`)
}

const nameColumns = 13

function sectionText({ title, checks }: Section, colors: Colors, columns: number): string {
  return `${colors.bold(title)}\n${checks.map((check) => checkText(check, colors, columns)).join('')}`
}

function checkText({ name, state, found, todo }: Check, colors: Colors, columns: number): string {
  const tag = { ok: colors.green('ok   '), note: colors.yellow('note '), wrong: colors.red('wrong') }[state]
  const indent = ' '.repeat(nameColumns + 9)
  const room = Math.max(24, columns - indent.length)
  const lines = [...wrapped(found, room), ...(todo === null ? [] : wrapped(`> ${todo}`, room))]
  return `  ${tag} ${name.padEnd(nameColumns)} ${lines.join(`\n${indent}`)}\n`
}
