// What was written as JSON for later, with a checksum: whoever reads it finds it as it was written, or is told. Where
// it lay in between may have its own order of members.
import { createHash } from 'node:crypto'
import { UsageError } from '../../base/errors.js'
import { isRecord, shown } from '../../base/seen.js'

export type Sealed<T> = T & { readonly version: number; readonly checksum: string }

/** `version`: another one where what was written before can't be read any more. */
export function sealed<T extends object>(version: number, parts: T): Sealed<T> {
  const all = { version, ...parts }
  return { ...all, checksum: checksumOf(all) }
}

/** Throws UsageError SAVED_INVALID. `taker`: who reads it, for messages. */
export function unsealed<T extends object>(taker: string, version: number, json: unknown): T {
  const { checksum, ...parts } = (isRecord(json) ? json : {}) as Sealed<T>
  if (typeof checksum !== 'string') {
    throw new UsageError(
      'SAVED_INVALID',
      `${taker} got ${shown(json)}; expected what toJSON() of a transcript gave, read by JSON.parse where it is text.`,
    )
  }
  if (parts.version !== version) {
    throw new UsageError(
      'SAVED_INVALID',
      `What ${taker} got is of version ${shown(parts.version)}; this release reads version ${version}.`,
    )
  }
  if (checksumOf(parts) === checksum) return parts as unknown as T
  throw new UsageError(
    'SAVED_INVALID',
    `What ${taker} got was changed since toJSON() gave it: its checksum is another one; expected it unchanged.`,
  )
}

function checksumOf(parts: object): string {
  const sorted = JSON.stringify(parts, (_, value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  )
  return createHash('sha256').update(sorted).digest('base64url')
}
