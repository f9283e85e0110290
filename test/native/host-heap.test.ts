// Goal: what is parked or kept lies where nobody else writes, in pages that are used again, and that go back to the
// system once nobody uses them. Two blocks in one place would make texts remember other texts. Compiled for that alone.
import { spawnSync } from 'node:child_process'
import { canCompile, compiled } from '../support/compiled.js'

if (canCompile) {
  const program = compiled('host-heap', ['host_heap.cc', 'large_pages.cc'], ['-pthread'])
  const tried = (...options: string[]) => {
    const { status, stdout } = spawnSync(program, options, { encoding: 'utf8' })
    const [verdict, blocks, megabytes] = stdout.trim().split(' ')
    return { status, verdict, blocks: Number(blocks), megabytes: Number(megabytes) }
  }

  test('blocks of four threads hold what was written to them, and what nobody uses goes back', () => {
    const { status, verdict, blocks, megabytes } = tried()
    expect({ status, verdict }).toEqual({ status: 0, verdict: 'same' })
    expect(blocks).toBeGreaterThan(2000)
    // Eight pages wait for the next block.
    expect(megabytes).toBeLessThanOrEqual(16)
  })

  test('a block in the place of another one would be seen', () => {
    expect(tried('--planted')).toMatchObject({ status: 1, verdict: 'different' })
  })
}
