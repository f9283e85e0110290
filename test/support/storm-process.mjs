// One process of the worker storm. `ends`: makes worker threads one after the other and ends half of them at a random
// moment. `exit`: starts busy ones and ends the process under them. Decides when, by a seed; prints one JSON line for
// each thread, before it is ended, so that the last line of a process that died tells what it was doing.
import { Worker } from 'node:worker_threads'
import { randomBelow } from './random-below.mjs'
import { phases } from './storm-worker.mjs'

const [mode, seed, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const next = randomBelow(seed)
const names = Object.keys(phases)
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

function start(number, isEnded) {
  const phase = names[next(names.length)]
  const worker = new Worker(new URL('./storm-worker.mjs', import.meta.url), {
    workerData: { phase, number, isEnded },
  })
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.on('error', (error) => print({ wrong: `${phase}: ${error?.name} ${error?.code} ${error?.message}` }))
  const begun = new Promise((resolve) => worker.once('message', resolve))
  return { worker, phase, ended, begun: Promise.race([begun, ended]) }
}

async function one(number) {
  const isEnded = number % 2 === 0
  const { worker, phase, ended, begun } = start(number, isEnded)
  if (!isEnded) {
    await ended
    return print({ phase, how: 'let run' })
  }
  // One in four is ended before its work has begun: while the thread or the addon loads.
  const isEarly = next(4) === 0
  if (!isEarly) await begun
  const delay = next(isEarly ? 120 : 40)
  await new Promise((resolve) => setTimeout(resolve, delay))
  print({ phase, how: isEarly ? 'ended early' : 'ended', delay })
  await worker.terminate()
}

if (mode === 'ends') {
  const left = Array(count).keys()
  const lane = async () => {
    for (const number of left) await one(number)
  }
  await Promise.all([lane(), lane()])
  print({ done: count })
} else {
  const started = Array.from({ length: count }, (_, number) => start(number, true))
  await Promise.all(started.map(({ begun }) => begun))
  const delay = next(30)
  await new Promise((resolve) => setTimeout(resolve, delay))
  print({ phase: started.map(({ phase }) => phase).join(', '), how: 'process.exit', delay })
  print({ done: count })
  process.exit()
}
