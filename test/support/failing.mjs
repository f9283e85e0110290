// Switches the failing of allocations and threads on and off in a process that was started with the preload library,
// and builds that library. Decides the words of the shared file only; see failing.c.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const words = 8

/** Compiles the library into a folder; returns the environment of a process that is to fail. */
export function failingEnvironment(folder) {
  const source = fileURLToPath(new URL('./failing.c', import.meta.url))
  const library = path.join(folder, 'failing.so')
  const file = path.join(folder, 'failing.words')
  mkdirSync(folder, { recursive: true })
  const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-std=gnu11']
  execFileSync(process.env.CC ?? 'cc', [...flags, source, '-o', library, '-ldl', '-lpthread'])
  writeFileSync(file, new Uint8Array(words * 8))
  return { LD_PRELOAD: library, ESPALIER_FAILING: file }
}

function write(numbers) {
  const file = openSync(process.env.ESPALIER_FAILING, 'r+')
  const list = new BigInt64Array(words)
  const before = new Uint8Array(list.buffer)
  readSync(file, before, 0, before.length, 0)
  const timesSet = list[7] + 1n
  const { allocation = 0, bytes = 0, thread = 0, goesOn = false } = numbers
  list.set([allocation, bytes, 0, thread, 0, 0, goesOn ? 1 : 0].map(BigInt))
  list[7] = timesSet
  // The library reads the first words at any moment: they are set last.
  writeSync(file, before, 8, before.length - 8, 8)
  writeSync(file, before, 0, 8, 0)
  closeSync(file)
}

/** Fails allocation number `allocation` of at least `bytes`, or thread `thread`; `goesOn`: and all later ones. */
export const fail = (numbers) => write(numbers)

/** Switches it off, and says what happened since it was switched on. */
export function stopFailing() {
  const file = openSync(process.env.ESPALIER_FAILING, 'r')
  const list = new BigInt64Array(words)
  readSync(file, new Uint8Array(list.buffer), 0, words * 8, 0)
  closeSync(file)
  write({})
  return { counted: Number(list[2]), threads: Number(list[4]), failures: Number(list[5]) }
}
