// Pieces of native/ compiled alone with a program that tries them: what no addon shows. Decides where programs lie and
// how they are compiled; never what they are asked.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.join(__dirname, '..', '..')

/** The same sources are compiled everywhere; a compiler to call by these flags is not. */
export const canCompile = process.platform === 'linux'

/**
 * Compiles test/support/<name>.cc with these sources of native/ and these flags before the tests of a file; returns
 * where the program lies then.
 */
export function compiled(
  name: string,
  sources: readonly string[] = [],
  flags: readonly string[] = [],
): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-compiled-'))
  const program = path.join(folder, name)
  beforeAll(() => {
    const files = [`test/support/${name}.cc`, ...sources.map((source) => `native/${source}`)]
    execFileSync(
      process.env.CXX ?? 'c++',
      ['-std=c++17', '-O1', '-Inative', ...flags, ...files, '-o', program],
      {
        cwd: root,
      },
    )
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true }))
  return program
}
