// llama-server's side of the comparison, over HTTP as it is meant to be used: a slot for each text, its prompt cached,
// tokens instead of texts so that nothing is spelled anew, forks by slot files on a RAM disk. Decides which slot a text
// has; cells are the server's business. What it can't do, it pays for: forced text is drawn, and options are scored by
// the most probable tokens it tells.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { serverFile } from './build-server.mjs'
import { takeTurn } from './lanes.mjs'
import { cellsEach, ended, widthOf } from './workloads.mjs'

/** Tokens told beside a drawn one; an option's token that is less probable counts as if it were the least of them. */
const told = 1000

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

class Server {
  constructor(child, address, folder) {
    Object.assign(this, { child, address, folder, known: new Map(), said: '' })
    this.counts = { draws: 0, rows: 0, requests: 0 }
  }

  async post(route, body) {
    this.counts.requests += 1
    const options = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }
    const response = await fetch(`${this.address}${route}`, options)
    if (!response.ok) throw new Error(`${route} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }

  /** Texts are asked for once, as a program would keep them with its template. */
  async tokensOf(text, place = 'within') {
    const key = `${place} ${text}`
    const body = { content: text, add_special: place === 'first', parse_special: false }
    if (!this.known.has(key)) this.known.set(key, (await this.post('/tokenize', body)).tokens)
    return this.known.get(key)
  }

  async complete({ slot, tokens }, options) {
    // At temperature 0 the best token is all that counts, so nothing else is sorted.
    const greedy = { temperature: 0, samplers: ['top_k'], top_k: 1 }
    const shared = { id_slot: slot, cache_prompt: true, return_tokens: true, ...greedy }
    const answer = await this.post('/completion', { prompt: tokens, ...shared, ...options })
    const { prompt_n: read, predicted_n: drawn } = answer.timings
    this.counts.draws += options.n_predict === 0 ? 0 : drawn
    this.counts.rows += read + Math.max(0, drawn - 1)
    return answer
  }

  async fill(lane, hole) {
    if (hole.free !== undefined) {
      for (let attempt = hole.attempts ?? 1; ; attempt -= 1) {
        const again =
          attempt < (hole.attempts ?? 1) ? { temperature: 0.7, seed: attempt, samplers: ['temperature'] } : {}
        const { tokens, content } = await this.complete(lane, {
          n_predict: hole.free,
          ignore_eos: true,
          ...again,
        })
        if (attempt === 1) return { tokens, content }
      }
    }
    if (hole.schema) return this.complete(lane, { json_schema: hole.schema, n_predict: 512 })
    if (hole.grammar) return this.complete(lane, { grammar: hole.grammar, n_predict: 512 })
    const answer = await this.complete(lane, { grammar: ended(hole.gbnf), stop: ['\n'], n_predict: 512 })
    const [newline] = await this.tokensOf('\n')
    const tokens = answer.tokens.at(-1) === newline ? answer.tokens.slice(0, -1) : answer.tokens
    return { tokens, content: answer.content }
  }

  async write(lane, text) {
    lane.tokens.push(...(await this.tokensOf(text, lane.tokens.length === 0 ? 'first' : 'within')))
  }

  turn(lane, turn) {
    return takeTurn(this, lane, turn)
  }

  /** Lanes that go on from the end of this one, the first in its own slot. */
  async fork(lane, count) {
    await this.complete(lane, { n_predict: 0 })
    const slots = [lane.slot, ...Array.from({ length: count - 1 }, () => this.free.pop())]
    if (count > 1) await this.post(`/slots/${lane.slot}?action=save`, { filename: `slot${lane.slot}` })
    for (const slot of slots.slice(1)) {
      await this.post(`/slots/${slot}?action=restore`, { filename: `slot${lane.slot}` })
    }
    return slots.map((slot) => ({ slot, tokens: [...lane.tokens] }))
  }

  async lanes(lanes) {
    this.free = Array.from({ length: this.slots - lanes.length }, (_, index) => this.slots - 1 - index)
    const run = async (turns, slot) => {
      const lane = { slot, tokens: [] }
      const values = []
      for (const turn of turns) values.push(...(await this.turn(lane, turn)))
      return values
    }
    return (await Promise.all(lanes.map(run))).flat()
  }

  /** The questions shared out among slots that all hold the examples. */
  async scores({ prefix, questions, options, end }) {
    this.free = Array.from({ length: this.slots - 1 }, (_, index) => this.slots - 1 - index)
    const first = { slot: 0, tokens: [...(await this.tokensOf(prefix, 'first'))] }
    const lanes = await this.fork(first, this.slots)
    const texts = await Promise.all(options.map(async (option) => [...(await this.tokensOf(option))]))
    const [endToken] = await this.tokensOf(end)
    const chosen = []
    const work = async (lane, own) => {
      for (let index = own; index < questions.length; index += lanes.length) {
        const asked = [...lane.tokens, ...(await this.tokensOf(questions[index]))]
        chosen[index] = options[await this.choose(lane.slot, asked, texts, endToken)]
      }
    }
    await Promise.all(lanes.map(work))
    return chosen
  }

  async choose(slot, asked, texts, endToken) {
    const first = await this.look(slot, asked)
    const sums = []
    for (const text of texts) {
      let sum = first(text[0])
      for (let at = 0; at < text.length; at += 1) {
        const after = await this.look(slot, [...asked, ...text.slice(0, at + 1)])
        sum += after(text[at + 1] ?? endToken)
      }
      sums.push(sum)
    }
    return sums.indexOf(Math.max(...sums))
  }

  /** How probable a token is behind these. */
  async look(slot, tokens) {
    const { completion_probabilities: all } = await this.complete(
      { slot, tokens },
      { n_predict: 1, n_probs: told },
    )
    const found = new Map(all[0].top_logprobs.map(({ id, logprob }) => [id, logprob]))
    const least = Math.min(...found.values())
    return (token) => found.get(token) ?? least
  }

  async run({ rounds }) {
    const calls = await this.calls()
    const values = []
    for (const { lanes, scores } of rounds) {
      values.push(...(scores === undefined ? await this.lanes(lanes) : await this.scores(scores)))
    }
    return { values, ...this.counts, calls: (await this.calls()) - calls }
  }

  async calls() {
    const text = await (await fetch(`${this.address}/metrics`)).text()
    return Number(/^llamacpp:n_decode_total (\d+)/m.exec(text)?.[1])
  }

  /** Memory of its process, where the system tells. */
  peakBytes() {
    const file = `/proc/${this.child.pid}/status`
    if (!existsSync(file)) return 0
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024
  }

  /** CPU time of its process, where the system tells; a tick is a hundredth of a second. */
  cpuMs() {
    const file = `/proc/${this.child.pid}/stat`
    if (!existsSync(file)) return 0
    const fields = readFileSync(file, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  async close() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill()
    await gone
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function ready(server) {
  for (;;) {
    if (server.child.exitCode !== null) throw new Error(`llama-server ended: ${server.said.slice(-2000)}`)
    const isUp = await fetch(`${server.address}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function open({ file, threads, batch, cells, plan }) {
  const program = serverFile()
  if (program === null)
    throw new Error('There is no llama-server; run "node bench/peers/build-server.mjs" first.')
  const slots = widthOf(plan)
  const folder = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'espalier-peers-'))
  const port = await freePort()
  const options = {
    '--model': file,
    '--threads': threads,
    '--batch-size': batch,
    '--ubatch-size': batch,
    '--ctx-size': slots === 1 ? cells : slots * cellsEach,
    '--parallel': slots,
    '--slot-save-path': folder,
    '--cache-ram': 0,
    '--host': '127.0.0.1',
    '--port': port,
  }
  const args = [...Object.entries(options).flat().map(String), '--metrics', '--no-ui', '--no-kv-unified']
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const server = new Server(child, `http://127.0.0.1:${port}`, folder)
  const hear = (data) => {
    server.said = (server.said + data).slice(-10_000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  server.slots = slots
  // Nor is it left behind where this process is told to end.
  process.once('exit', () => child.kill())
  process.once('SIGTERM', () => process.exit(143))
  await ready(server)
  return {
    run: (workload) => server.run(workload),
    peakBytes: () => server.peakBytes(),
    cpuMs: () => server.cpuMs(),
    close: () => server.close(),
  }
}
