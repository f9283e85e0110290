// Which of a model's adapters a run computes with, as a scale for each. Decides what may be chosen by name.
import { PromptError } from '../../base/errors.js'
import { nearestName } from '../../base/nearest.js'
import { isArray, isRecord, shown } from '../../base/seen.js'

export interface NamedAdapter {
  readonly name: string
  /** How strong it is where nobody says otherwise. */
  readonly scale: number
  /** Whether runs that choose none begin with it. */
  readonly isDefault: boolean
}

/** Names, each at the scale it was loaded with, or a scale for each; [] or {}: none. */
export type AdapterChoice = readonly string[] | Readonly<Record<string, number>>

/** Beyond this a scale is a slip. */
export const scaleMax = 1e6

export function isScale(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= scaleMax
}

export class Adapters {
  readonly #named: readonly NamedAdapter[]

  /** In the order the engine's model has them. */
  constructor(named: readonly NamedAdapter[]) {
    this.#named = named
  }

  /** For a transcript that begins anew. */
  get initial(): readonly number[] {
    return this.#with(
      new Map(this.#named.filter(({ isDefault }) => isDefault).map(({ name, scale }) => [name, scale])),
    )
  }

  /** Throws PromptError OPTION_INVALID, ADAPTER_UNKNOWN. */
  chosen(choice: unknown): readonly number[] {
    const scales = new Map<string, number>()
    if (isArray(choice)) {
      for (const name of choice) {
        const { scale } = this.#find(name)
        if (scales.has(name as string)) throw invalid(`name ${shown(name)} twice`, 'each name once')
        scales.set(name as string, scale)
      }
    } else if (isRecord(choice)) {
      for (const [name, scale] of Object.entries(choice)) {
        this.#find(name)
        if (!isScale(scale)) {
          throw invalid(`have ${shown(scale)} for ${name}`, `a number from -${scaleMax} to ${scaleMax}`)
        }
        scales.set(name, scale)
      }
    } else throw invalid(`are ${shown(choice)}`, 'a list of names, or a number for each name')
    return this.#with(scales)
  }

  /** Name and scale of those that compute. */
  named(scales: readonly number[]): Readonly<Record<string, number>> {
    const used = this.#named.map(({ name }, index) => [name, scales[index] ?? 0] as const)
    return Object.fromEntries(used.filter(([, scale]) => scale !== 0))
  }

  #with(scales: ReadonlyMap<string, number>): readonly number[] {
    return this.#named.map(({ name }) => scales.get(name) ?? 0)
  }

  #find(name: unknown): NamedAdapter {
    const found = this.#named.find((adapter) => adapter.name === name)
    if (found !== undefined) return found
    const names = this.#named.map((adapter) => adapter.name)
    const meant = typeof name === 'string' ? nearestName(name, names) : null
    const there =
      names.length === 0 ? 'the model was loaded without any' : `the model has ${names.join(', ')}`
    throw new PromptError(
      'ADAPTER_UNKNOWN',
      `adapters of the run name ${shown(name)}; ${there}.${meant === null ? '' : ` Did you mean ${meant}?`}`,
    )
  }
}

function invalid(seen: string, expected: string): PromptError {
  return new PromptError('OPTION_INVALID', `adapters of the run ${seen}; expected ${expected}.`)
}
