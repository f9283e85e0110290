// Memory outside of V8's heap is told to V8, so that it looks for what nobody holds before there is too much of it:
// small objects of JavaScript stand for models, contexts and constraints of many megabytes. Linux only: what was told
// is asked by a module that is compiled here.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compile } from '../../lib/constraint/compile.js'
import { regex } from '../../lib/constraint/regex.js'
import { openModel } from '../../lib/native/native.js'
import { nodeHeaders } from '../support/sanitized-addon.mjs'
import { demoFile, root } from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-external-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let told: () => number

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Once nothing is left to let go of; finalizers come in turns of their own. */
async function collected(): Promise<void> {
  // Bounded, so that a run that goes wrong does not collect beside the tests behind it.
  let count = -1
  for (let round = 0; round < 50 && count !== told(); round++) {
    count = told()
    collect()
    await later(40)
  }
}

/** What else the process takes and gives back meanwhile. */
const noise = 1 << 20

if (process.platform === 'linux') {
  beforeAll(() => {
    const file = path.join(folder, 'external.node')
    const source = path.join(root, 'test', 'support', 'external-memory.c')
    const flags = ['-shared', '-fPIC', '-DNODE_GYP_MODULE_NAME=external', '-I', nodeHeaders()]
    execFileSync(process.env.CC ?? 'cc', [...flags, source, '-o', file])
    told = createRequire(__filename)(file).told
  })

  test('a model and a context tell what they hold, and that they hold it no more', async () => {
    const before = told()
    const model = await openModel(demoFile)
    const withModel = told()
    expect(withModel - before).toBeGreaterThan(model.bytes - noise)
    const context = await model.createContext({ cells: 4096, threads: 1 })
    const { cacheBytes } = context.capabilities
    expect(cacheBytes).toBeGreaterThan(4 * noise)
    expect(told() - withModel).toBeGreaterThan(cacheBytes - noise)
    await context.dispose()
    expect(told() - withModel).toBeLessThan(noise)
    await model.dispose()
    // The vocabulary's trie stays as long as somebody holds the vocabulary.
    expect(told() - before).toBeLessThan(2 * noise)
  })

  test('a constraint tells what its tables have become, when a matcher of it is made', async () => {
    await using model = await openModel(demoFile, { vocabOnly: true })
    // What the test before left is let go of now, and not while this one counts.
    await collected()
    const before = told()
    const compiled = compile(regex(/([a-z]{2,40}, ?)*(x|[a-z]{3,60})+[0-9]{1,30}/), model.vocab)
    const fresh = told()
    expect(fresh).toBeGreaterThan(before)
    const matcher = compiled.matcher()
    for (const token of model.vocab.tokenize(Buffer.from('abc, defgh, ijklm, no, pq, rstuvw, xyzabc'))) {
      expect(matcher.accept(token)).toBe(true)
      matcher.mask()
    }
    compiled.matcher()
    expect(told()).toBeGreaterThan(fresh + 10_000)
  })
}
