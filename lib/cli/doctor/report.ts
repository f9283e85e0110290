// What a doctor found, section by section. Decides the order: what may end the process comes last, so that everything
// before it has been told; and that nothing private is in it. Prints nothing.
import { existsSync } from 'node:fs'
import { cacheFolder } from '../../native/cache-folder.js'
import { llamaSource, surroundings } from '../../native/llama-source.js'
import { addonFiles, packageRoot } from '../../native/package-root.js'
import { nodeRange } from '../../native/pins.js'
import { llamaPlaces } from '../../native/platform.js'
import { hostFacts, llamaFacts } from '../machine.js'
import { withoutOwner } from '../owner.js'
import { type Check, failed, ok, type Section } from './check.js'
import { cacheCheck, machineChecks, settingChecks } from './host-checks.js'
import { addonCheck, copyChecks, versionChecks } from './install-checks.js'
import { deviceChecks, placeChecks, unusedChecks } from './llama-checks.js'
import { selfTest } from './self-test.js'

/** Rejects with the signal's reason alone. */
export async function* sections(signal: AbortSignal): AsyncGenerator<Section, void, void> {
  const host = hostFacts()
  yield section('Versions', versionChecks(host, nodeRange()))
  yield section('Package', packageChecks())
  yield section('Machine', machineChecks(host))
  yield section('Folders', [cacheCheck(cacheFolder())])
  yield section('Settings', settingChecks(process.execArgv, process.env))
  signal.throwIfAborted()
  yield section('llama.cpp', await llamaChecks())
  signal.throwIfAborted()
  yield section('Self-test', await selfTest(signal))
}

/** Without what tells who owns the machine. */
function section(title: string, checks: readonly Check[]): Section {
  const cleaned = checks.map(
    (check): Check => ({
      ...check,
      found: withoutOwner(check.found),
      todo: check.todo === null ? null : withoutOwner(check.todo),
    }),
  )
  return { title, checks: cleaned }
}

function packageChecks(): readonly Check[] {
  try {
    const root = packageRoot()
    return [ok('folder', root), addonCheck(addonFiles(root), existsSync), ...copyChecks(root, process.cwd())]
  } catch (error) {
    return [failed('folder', error)]
  }
}

/** Opens llama.cpp. */
async function llamaChecks(): Promise<readonly Check[]> {
  const around = surroundings()
  const places = placeChecks(llamaPlaces(around), takenFolder())
  try {
    const { release, variant, devices } = await llamaFacts('auto')
    const accepted = around.pins?.releases.join(' and ')
    return [
      ok('release', accepted === undefined ? release : `${release} (espalier works with ${accepted})`),
      ...places,
      ...(variant === null ? [] : [ok('CPU variant', variant)]),
      ...deviceChecks(devices),
      ...unusedChecks(devices, around, existsSync),
    ]
  } catch (error) {
    return [failed('release', error), ...places]
  }
}

/** null: there is none that could be taken; opening it says why. */
function takenFolder(): string | null {
  try {
    return llamaSource('auto').folder
  } catch {
    return null
  }
}
