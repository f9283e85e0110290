// What a doctor found, section by section. Decides the order: what may end the process comes last, so that everything
// before it has been told; and that nothing private is in it. Prints nothing.
import { userInfo } from 'node:os'
import { withoutHome } from '../home-path.js'
import { hostFacts } from '../machine.js'
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
  const user = userName()
  const clean = (text: string): string => {
    const homeless = withoutHome(text)
    return user === null ? homeless : homeless.replace(user, '$1<user>')
  }
  const cleaned = checks.map(
    (check): Check => ({
      ...check,
      found: clean(check.found),
      todo: check.todo === null ? null : clean(check.todo),
    }),
  )
  return { title, checks: cleaned }
}

/** As a folder's name in a path. */
function userName(): RegExp | null {
  try {
    const { username } = userInfo()
    if (username === '' || username === 'root') return null
    return new RegExp(`([\\\\/])${username.replace(/[^\w]/g, '\\$&')}(?=[\\\\/]|$)`, 'g')
  } catch {
    // Who has no entry in the system's list has no name there either.
    return null
  }
}
