// A file that is being fetched: the bytes so far, on the disk, and their hash. Decides that what an earlier process
// left is gone on with, and that nothing counts as the file before its hash is the one announced.
import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { refuseAborted } from '../../async/signal.js'
import type { RemoteFile } from './repository.js'

const readBytes = 1 << 20

export class Partial {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #file: RemoteFile
  #hash: Hash
  /** Bytes that are there. */
  #size = 0
  /** Whether some of them came in an earlier try, perhaps of another process. */
  #isResumed = false

  private constructor(at: string, handle: FileHandle, file: RemoteFile) {
    this.#path = at
    this.#handle = handle
    this.#file = file
    this.#hash = hashFor(file)
  }

  /** Reads what is there already, to go on with its hash; `told` is called with the bytes read so far. */
  static async open(
    blob: string,
    file: RemoteFile,
    { signal, told }: { readonly signal: AbortSignal; readonly told: (bytes: number) => void },
  ): Promise<Partial> {
    await mkdir(path.dirname(blob), { recursive: true })
    const at = `${blob}.incomplete`
    const handle = await open(at, constants.O_RDWR | constants.O_CREAT)
    const partial = new Partial(at, handle, file)
    try {
      await partial.#readBack(signal, told)
      return partial
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async #readBack(signal: AbortSignal, told: (bytes: number) => void): Promise<void> {
    const { size } = await this.#handle.stat()
    if (size > this.#file.bytes) return this.restart()
    const buffer = Buffer.alloc(Math.min(readBytes, size))
    while (this.#size < size) {
      refuseAborted(signal)
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#size)
      if (bytesRead === 0) break
      this.#hash.update(buffer.subarray(0, bytesRead))
      this.#size += bytesRead
      told(this.#size)
    }
    this.#isResumed = this.#size > 0
  }

  get size(): number {
    return this.#size
  }

  get isResumed(): boolean {
    return this.#isResumed
  }

  get isWhole(): boolean {
    return this.#size === this.#file.bytes
  }

  /** What comes next; the caller sees to it that it fits. */
  async append(chunk: Buffer): Promise<void> {
    for (let written = 0; written < chunk.length; ) {
      const at = this.#size + written
      written += (await this.#handle.write(chunk, written, chunk.length - written, at)).bytesWritten
    }
    this.#hash.update(chunk)
    this.#size += chunk.length
  }

  /** What comes from now on comes in another answer. */
  resume(): void {
    this.#isResumed = this.#size > 0
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0)
    this.#hash = hashFor(this.#file)
    this.#size = 0
    this.#isResumed = false
  }

  /** The hash of a whole one; asked once. */
  digest(): string {
    return this.#hash.digest('hex')
  }

  /** Makes a whole one the blob. */
  async finish(blob: string): Promise<void> {
    await this.#handle.sync()
    await this.#handle.close()
    await rename(this.#path, blob)
  }

  /** The bytes stay for the next time. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.#path, { force: true })
  }
}

/** Large files are known by their content's SHA-256, small ones by the name that Git gives them. */
function hashFor({ hash, bytes }: RemoteFile): Hash {
  return hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`)
}
