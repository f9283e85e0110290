// Goal: what states are kept in grows without a pause, and finds all that it found before it grew, in the middle of
// growing, too. A table that forgets would make states twice, which no mask shows. Compiled for that alone.
import { spawnSync } from 'node:child_process'
import { canCompile, compiled } from '../support/compiled.js'

if (canCompile) {
  const program = compiled('growing-lists')
  const compared = (...options: string[]) => {
    const { status, stdout } = spawnSync(program, options, { encoding: 'utf8' })
    return { status, line: stdout.trim() }
  }

  test('tables and lists hold what the standard ones hold, at each size', () => {
    const { status, line } = compared()
    expect(line).toMatch(/^same \d{6,}$/)
    expect(status).toBe(0)
  })

  test('one value that was left out would be seen', () => {
    const { status, line } = compared('--planted')
    expect(line).toMatch(/^different /)
    expect(status).toBe(1)
  })
}
