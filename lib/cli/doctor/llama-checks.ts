// Which llama.cpp is used and why none of the others, and which devices it finds. Decides what is told of places that
// were passed over, and of graphics processors that nobody uses.
import {
  type Backend,
  installCommand,
  type LlamaPlace,
  llamaPlaces,
  type Surroundings,
} from '../../native/platform.js'
import { size } from '../layout.js'
import type { LlamaFacts } from '../machine.js'
import { type Check, note, ok } from './check.js'

/** One line for the place that counts, one for all where nothing is, one for each that was passed over. */
export function placeChecks(places: readonly LlamaPlace[], taken: string | null): readonly Check[] {
  const there = places.filter(({ folder }) => folder !== null)
  const isOwn = taken !== null && there.every(({ folder }) => folder !== taken)
  const own = isOwn ? [ok('libraries', `ESPALIER_LLAMA_DIR names ${taken}`)] : []
  const found = there.map((place): Check => {
    const named = `${placeName(place)}${place.release === null ? '' : ` of ${place.release}`}`
    if (place.folder === taken) return ok('libraries', `${named} in ${place.folder}`)
    if (place.isAccepted) return ok('passed over', `${named}: another place comes first`)
    return note('passed over', `${named}: espalier doesn't work with that release`)
  })
  const missing = places.filter(({ folder }) => folder === null).map(placeName)
  return [...own, ...found, ...(missing.length === 0 ? [] : [ok('not there', missing.join(', '))])]
}

const placeName = ({ from, name }: LlamaPlace): string => (from === 'package' ? name : `a build for ${name}`)

export function deviceChecks(devices: LlamaFacts['devices']): readonly Check[] {
  return devices.map(({ name, description, backend, type, bytes, bytesFree }) =>
    type === 'cpu'
      ? ok('device', `${name}: ${description}`)
      : ok(
          'device',
          `${name}: ${description} (${backend}, ${type}), ${size(bytesFree)} of ${size(bytes)} free`,
        ),
  )
}

/** Files of the system that are there where a graphics processor and its driver are. */
const traces: readonly (readonly [file: string, maker: string, backend: Backend])[] = [
  ['/proc/driver/nvidia/version', 'an NVIDIA graphics processor', 'cuda'],
  ['/dev/kfd', 'an AMD graphics processor', 'rocm'],
]

/** Graphics processors that the system has and llama.cpp doesn't reach. */
export function unusedChecks(
  devices: LlamaFacts['devices'],
  around: Surroundings,
  isThere: (file: string) => boolean,
): readonly Check[] {
  if (devices.some(({ type }) => type !== 'cpu')) return []
  return traces
    .filter(([file]) => isThere(file))
    .map(([, maker, backend]) => {
      const place = llamaPlaces(around).find(({ what, from }) => what === backend && from === 'package')
      const build = `npx espalier build --${backend}`
      const install = place === undefined ? null : installCommand(place.name.replace(/^.*\//, ''), around)
      const todo = `Run ${install === null ? `"${build}"` : `${install}, or "${build}"`}.`
      return note('unused', `the system has ${maker}, and these libraries are for the CPU alone`, todo)
    })
}
