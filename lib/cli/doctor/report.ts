// What a doctor found, section by section. Decides the order: what may end the process comes last, so that everything
// before it has been told; and that nothing private is in it. Prints nothing.
import { hostFacts } from '../machine.js'
import { withoutOwner } from '../owner.js'
import type { Check, Section } from './check.js'
import { folderSection, processorSection, settingSection } from './host-checks.js'
import { packageSection, versionSection } from './install-checks.js'
import { llamaSection } from './llama-checks.js'
import { selfTestSection } from './self-test.js'

/** Rejects with the signal's reason alone. */
export async function* sections(signal: AbortSignal): AsyncGenerator<Section, void, void> {
  const host = hostFacts()
  const early = [
    versionSection(host),
    packageSection(process.cwd()),
    processorSection(host),
    folderSection(),
    settingSection(process.execArgv, process.env),
  ]
  for (const section of early) yield withoutNames(section)
  signal.throwIfAborted()
  yield withoutNames(await llamaSection())
  signal.throwIfAborted()
  yield withoutNames(await selfTestSection(signal))
}

function withoutNames({ title, checks }: Section): Section {
  const cleaned = checks.map(
    (check): Check => ({
      ...check,
      found: withoutOwner(check.found),
      todo: check.todo === null ? null : withoutOwner(check.todo),
    }),
  )
  return { title, checks: cleaned }
}
