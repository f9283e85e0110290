// The disk that the cache lies on. Decides whether it has room for a model, and what is said where it can't be written;
// never writes there.
import { stat, statfs } from 'node:fs/promises'
import { CapacityError, EspalierError, ModelError } from '../../base/errors.js'
import { isReadable } from '../../base/seen.js'
import { type Machine, shownPath } from '../machine.js'
import { writtenReference } from '../reference.js'
import { blobPath, type RepositoryFolder } from './layout.js'
import type { RemoteFile, RemoteModel } from './repository.js'

/** Throws CapacityError DISK_FULL where the bytes that are missing have no room. */
export async function refuseWithoutRoom(
  machine: Machine,
  cache: string,
  at: RepositoryFolder,
  { files, reference }: RemoteModel,
): Promise<void> {
  const here = await Promise.all(files.map((file) => bytesHere(blobPath(at, file.hash), file)))
  const missing = files.reduce((sum, { bytes }, index) => sum + bytes - here[index]!, 0)
  const { bavail, bsize } = await statfs(cache)
  if (missing <= bavail * bsize) return
  throw new CapacityError(
    'DISK_FULL',
    `${writtenReference(reference)} wants ${gigabytes(missing)} more on the disk of ${shownPath(machine, cache)}, ` +
      `which has ${gigabytes(bavail * bsize)}; make room, or set HF_HUB_CACHE to a folder on another disk.`,
  )
}

async function bytesHere(blob: string, { bytes }: RemoteFile): Promise<number> {
  for (const file of [blob, `${blob}.incomplete`]) {
    const size = await stat(file).then(
      (found) => found.size,
      () => null,
    )
    if (size !== null) return Math.min(size, bytes)
  }
  return 0
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`
}

/** What the system says of the disk is told in a sentence; all else stays. */
export function toldOfDisk(error: unknown, machine: Machine, cache: string): unknown {
  if (!isReadable(error) || error instanceof EspalierError) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  if (typeof code !== 'string' || typeof syscall !== 'string') return error
  const folder = shownPath(machine, cache)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new CapacityError(
      'DISK_FULL',
      `There is no room left on the disk of ${folder}; what was fetched is kept. Make room, and pull again.`,
      { cause: error },
    )
  }
  return new ModelError(
    'PULL_NOT_WRITTEN',
    `The cache ${folder} can't be written (${code}, ${syscall}); set HF_HUB_CACHE to a folder of yours.`,
    { cause: error },
  )
}
