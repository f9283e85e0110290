// A worker that calls the native layer at random and ends, or is ended, with everything open.
import { workerData } from 'node:worker_threads'
import { openChaos } from './native-chaos.mjs'

const { root, seed, calls } = workerData
const report = { counted() {}, wrong() {}, last() {} }
const chaos = await openChaos({ root, seed, kinds: ['step', 'step let run', 'matcher', 'compile'], report })
for (let call = 0; call < calls; call++) await chaos.callOne()
if (seed % 2 === 0) process.exit()
