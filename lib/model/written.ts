// What of a run is written as JSON beside what its transcript shows: who made it, what was asked, and what others read
// again.
import { ownVersion } from '../native/pins.js'
import { askedOf, type SavedRecord, savedRecord } from '../run/record/record.js'
import { type SavedRun, savedRun } from '../run/record/saved.js'
import type { RunResult, Shared } from '../run/request.js'
import type { ModelInfo } from './model-info.js'

export interface WrittenRun {
  readonly model: Pick<ModelInfo, 'description' | 'fingerprint' | 'contextTokens'>
  readonly versions: { readonly espalier: string | null; readonly node: string; readonly platform: string }
  /** What was asked; null: nothing was run. Functions go by their names. */
  readonly asked: ReturnType<typeof askedOf> | null
  readonly seed: number | null
  /** As JSON writes them; big integers as their digits. */
  readonly values: unknown
  /** What `model.restore` reads. */
  readonly saved: SavedRun
  /** What `model.replay` reads; null: nothing was run. */
  readonly record: SavedRecord | null
}

export function writtenRun(shared: Shared, info: ModelInfo, result: RunResult): WrittenRun {
  const { description, fingerprint, contextTokens } = info
  const { record } = result
  // First: it tells of values that nothing can write.
  const saved = savedRun(shared, result)
  return {
    model: { description, fingerprint, contextTokens },
    versions: {
      espalier: ownVersion(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    asked: record === null ? null : askedOf(record),
    seed: record === null ? null : (record.options.seed ?? 0),
    values: readable(result.values),
    saved,
    record: record === null ? null : savedRecord(shared, record),
  }
}

function readable(values: unknown): unknown {
  const text = JSON.stringify(values, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return JSON.parse(text)
}
