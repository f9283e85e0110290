// Contexts that compute at the same time share the cores. Judges by the threads each says it computes on, and that what
// they compute stays the same; asserts no times.

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { type ExpertContext, openModel } from '../../lib/native/native.js'
import { coresHere } from '../../lib/native/threads.js'
import { tinyModelPath } from '../support/tiny-models.js'
import { ids, root, spread } from './demo.js'

/** Two contexts with so many have more than there are cores; one alone has not. */
const threadsTooMany = Math.max(2, Math.floor(coresHere() / 2) + 1)
const quiet = () => new Promise((resolve) => setTimeout(resolve, 600))

async function drawSome(context: ExpertContext, count: number): Promise<void> {
  for (let at = 0; at < count; at++) await context.decode(0, ids(100 + at))
}

/** Both go on until each has said that it computes on so many threads. */
async function computeUntil(contexts: readonly ExpertContext[], threads: number): Promise<boolean> {
  const seen = new Set<ExpertContext>()
  const one = async (context: ExpertContext): Promise<void> => {
    for (let at = 0; at < 400 && seen.size < contexts.length; at++) {
      await context.decode(0, ids(100))
      if (context.threads === threads) seen.add(context)
    }
  }
  await Promise.all(contexts.map(one))
  return seen.size === contexts.length
}

test('as long as there is a core for each thread, nobody gives any up', async () => {
  await using model = await openModel(tinyModelPath('llama'))
  const contexts = await Promise.all([1, 2].map(() => model.createContext({ cells: 512, threads: 1 })))
  await Promise.all(contexts.map((context) => drawSome(context, 4)))
  expect(contexts.map(({ threads }) => threads)).toEqual([1, 1])
})

// On Windows each keeps its own, see LlamaContext::share_cores.
if (process.platform !== 'win32') {
  test('two that compute at once have a share each, and one alone what it asked for', async () => {
    await using model = await openModel(tinyModelPath('llama'))
    const threads = threadsTooMany
    const [a, b] = [
      await model.createContext({ cells: 1024, threads }),
      await model.createContext({ cells: 1024, threads }),
    ]
    const share = Math.max(1, Math.floor((threads * Math.max(1, coresHere() - 1)) / (2 * threads)))
    await quiet()
    await drawSome(a!, 2)
    expect([a!.threads, b!.threads]).toEqual([threads, threads])
    expect(await computeUntil([a!, b!], share)).toBe(true)
    await quiet()
    for (const context of [a!, b!]) {
      await context.clear()
      // The second one computes while the first still counts.
      await context.decode(0, ids(100, 101, 102, 103))
    }
    expect([a!.threads, b!.threads]).toEqual([threads, share])
    expect(spread(a!.logits(), b!.logits())).toBeLessThan(0.01)
  }, 120_000)

  test('contexts of other workers count, and one that is gone does not', async () => {
    await using model = await openModel(tinyModelPath('llama'))
    const threads = threadsTooMany
    const context = await model.createContext({ cells: 2048, threads })
    const entry = JSON.stringify(
      `file://${path.join(root, 'dist', 'native', 'native.js').replaceAll('\\', '/')}`,
    )
    const source = `
    const { parentPort } = require('node:worker_threads')
    import(${entry}).then(async ({ openModel }) => {
      const model = await openModel(${JSON.stringify(tinyModelPath('llama'))})
      const context = await model.createContext({ cells: 2048, threads: ${threads} })
      let running = true
      parentPort.once('message', () => { running = false })
      for (let at = 0; running; at++) {
        if (at % 1000 === 0) await context.clear()
        await context.decode(0, Int32Array.of(100))
        if (at === 3) parentPort.postMessage('computing')
        await new Promise((resolve) => setImmediate(resolve))
      }
      await model.dispose()
    })`
    const worker = new Worker(source, { eval: true })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await drawSome(context, 3)
    expect(context.threads).toBeLessThan(threads)
    worker.postMessage('stop')
    await new Promise((resolve) => worker.once('exit', resolve))
    await drawSome(context, 1)
    expect(context.threads).toBe(threads)
  }, 60_000)
}

if (process.platform === 'linux') {
  // glibc alone fills what is freed with a byte: this one makes a lock of it that ends the process when it is taken.
  test('threads that were given up are looked at no more once they are freed', async () => {
    const script = path.join(root, 'test', 'support', 'core-swaps.mjs')
    const args = [script, tinyModelPath('llama'), String(threadsTooMany), '3']
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, MALLOC_PERTURB_: String(0x40) },
    })
    expect(stdout.trim()).toBe('done')
  }, 120_000)
}
