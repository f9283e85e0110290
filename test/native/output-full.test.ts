// A command whose output has no place, as on a full disk, says so in a line with exit code 1, however little it writes
// and however late.
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import path from 'node:path'

const main = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js')
const full = '/dev/full'
const said = "The output can't be written: ENOSPC: no space left on device, write."

const onFull = (...argv: string[]) => {
  const out = openSync(full, 'w')
  try {
    return spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8', stdio: ['ignore', out, 'pipe'] })
  } finally {
    closeSync(out)
  }
}

test.each([['--help'], ['models', '--json'], ['completion', 'zsh'], ['demo'], ['inspect']])(
  '%s %s',
  (...argv) => {
    // Linux has it; elsewhere nothing is full at will.
    if (!existsSync(full)) return
    const { status, stderr } = onFull(...argv)
    expect(status).toBe(1)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toContain(said)
    expect(stderr.startsWith(argv.includes('--json') ? '{"error":' : 'espalier: ')).toBe(true)
  },
)
