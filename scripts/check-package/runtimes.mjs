// @ts-check
// The package in runtimes that are not Node but have Node-API: Bun and Deno. The same trials as on other platforms,
// with the values Node gives. Decides which versions are asked.
import { join } from 'node:path'
import { hostTrials, tryAll } from '../check-platforms/run-trials.mjs'
import { check, Skipped, tool } from './workshop.mjs'

const BUN = '@oven/bun-linux-x64@1.4.5'
const DENO = '@deno/linux-x64-glibc@2.9.6'

/** @type {Record<string, () => readonly string[]>} */
const RUNTIMES = {
  Bun: () => [join(tool([BUN]), '@oven', 'bun-linux-x64', 'bin', 'bun')],
  Deno: () => [join(tool([DENO]), '@deno', 'linux-x64-glibc', 'deno'), 'run', '--allow-all', '--no-lock'],
}

/** @param {{ project: string }} stranger */
export function checkRuntimes({ project }) {
  /** @type {ReturnType<typeof hostTrials> | null} */
  let expected = null
  for (const [name, commandOf] of Object.entries(RUNTIMES)) {
    /** @type {readonly string[]} */
    let command = []
    const isThere = check(`${name} from npm`, () => {
      if (process.platform !== 'linux' || process.arch !== 'x64')
        throw new Skipped('it is taken from its package for Linux x64, and this is another platform')
      command = commandOf()
    })
    if (!isThere) continue
    expected ??= hostTrials(project)
    tryAll(name, { command, env: {} }, project, expected)
  }
}
