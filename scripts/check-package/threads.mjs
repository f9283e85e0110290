// @ts-check
// The package in worker threads, one of them ended in the middle of its work, and in child processes, one of them
// killed. What the others give must be what a process alone gives.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, run } from './workshop.mjs'

/** Runs one template, or goes on for ever; tells its parent either way, whatever kind of parent it has. */
const BUSY = `import { parentPort, workerData } from 'node:worker_threads'
import { gen, load, prompt, select } from 'espalier'
const tell = (message) => (parentPort ? parentPort.postMessage(message) : process.send(message))
const isEndless = (workerData ?? process.argv[2]) === 'endless'
const model = await load(undefined, { threads: 1 })
const text = gen('text', { tokensMax: isEndless ? 400 : 12, temperature: 1 })
const story = prompt\`Review: The room was lovely. \${text}\`
if (isEndless) {
  tell('begun')
  for (let seed = 0; ; seed++) await model.run(story, {}, { seed })
}
const { values } = await model.run(story, {}, { seed: 1 })
const mood = await model.run(prompt\`Sentiment: \${select('mood', ['good', 'bad'])}\`)
await model.dispose()
tell({ ...values, ...mood.values })
`

const WORKERS = `import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
const start = (kind) => new Worker(new URL('./busy.mjs', import.meta.url), { workerData: kind })
const [a, b, endless] = [start('one'), start('one'), start('endless')]
const seen = [a, b].map((worker) => once(worker, 'message'))
await once(endless, 'message')
await endless.terminate()
const [[first], [second]] = await Promise.all(seen)
console.log(JSON.stringify([first, second]))
`

const PROCESSES = `import { fork } from 'node:child_process'
import { once } from 'node:events'
const start = (kind) => fork(new URL('./busy.mjs', import.meta.url), [kind])
const [a, b, endless] = [start('one'), start('one'), start('endless')]
const seen = [a, b].map((child) => once(child, 'message'))
const codes = [a, b].map((child) => once(child, 'exit'))
await once(endless, 'message')
endless.kill('SIGKILL')
const [[first], [second]] = await Promise.all(seen)
const [[code], [other]] = await Promise.all(codes)
if (code !== 0 || other !== 0) throw new Error(\`exit codes \${code} and \${other}\`)
console.log(JSON.stringify([first, second]))
`

/** @param {{ project: string }} stranger */
export function checkThreads({ project }) {
  writeFileSync(join(project, 'busy.mjs'), BUSY)
  /** @type {string | null} */
  let alone = null
  for (const [name, program] of [
    ['two worker threads beside one that is ended in the middle', WORKERS],
    ['two forked processes beside one that is killed in the middle', PROCESSES],
  ]) {
    check(name ?? '', () => {
      writeFileSync(join(project, 'several.mjs'), program ?? '')
      const [first, second] = JSON.parse(run(process.execPath, ['several.mjs'], project))
      const seen = JSON.stringify(first)
      if (seen !== JSON.stringify(second)) throw new Error(`they gave ${seen} and ${JSON.stringify(second)}.`)
      if (alone !== null && seen !== alone) throw new Error(`they gave ${seen}, and threads gave ${alone}.`)
      alone = seen
      return seen
    })
  }
}
