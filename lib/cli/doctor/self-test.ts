// A short run on the demo model in which everything of note happens once: text, holes, a choice, two forks side by
// side, a rejected value. Decides what has to come out; the model is sure of these answers, so that rounding on another
// processor leaves them as they are. What fails is told, never thrown.
import { counted } from '../../base/counted.js'
import { load } from '../../model/load.js'
import type { Model } from '../../model/model.js'
import type { Transcript } from '../../model/transcript.js'
import { gen, regex, select } from '../../prompt/hole.js'
import { prompt } from '../../prompt/prompt.js'
import { digits } from '../layout.js'
import { type Check, failed, ok, wrong } from './check.js'

const ticket =
  'Hi, my name is Maria Silva. I ordered a kettle (order #48213) on March 3 and it arrived with a broken lid. ' +
  'Please send a replacement before Friday.'
const form = prompt`Read the support ticket and fill in the form.

Ticket:
${ticket}

JSON:
{
  "customer": "${gen('customer', { tokensMax: 24 })}",
  "order_id": "${regex('order', /[A-Z0-9-]{3,14}/)}",
  "product": "${gen('product', { tokensMax: 24 })}",
  "category": "${select('category', ['shipping', 'billing', 'refund', 'defect', 'technical'])}",
`
const sentiment = prompt`  "sentiment": "${select('sentiment', ['positive', 'neutral', 'negative'])}"`
const urgency = prompt`  "urgency": "${select('urgency', ['low', 'medium', 'high'])}"`
/** What the model would choose is not taken. */
const second = prompt`  "urgency": "${select('urgency', ['low', 'high'], {
  check: (value) => (value === 'high' ? 'it is not high' : true),
})}"`

const reportIt = 'llama.cpp computes something else than elsewhere: please report it, with all of this text.'

/** Rejects with the signal's reason alone. */
export async function selfTest(signal: AbortSignal): Promise<readonly Check[]> {
  const test = new SelfTest(signal)
  const steps: readonly (readonly [string, () => Promise<Told>])[] = [
    ['open', () => test.open()],
    ['holes', () => test.fill()],
    ['forks', () => test.fork()],
    ['decoded once', () => test.count()],
    ['rollback', () => test.reject()],
  ]
  const checks: Check[] = []
  try {
    for (const [name, work] of steps) {
      const start = performance.now()
      const { found, fault } = await work()
      const ms = `${digits(performance.now() - start)} ms`
      checks.push(fault === null ? ok(name, `${found}, ${ms}`) : wrong(name, fault, reportIt))
    }
  } catch (error) {
    signal.throwIfAborted()
    checks.push(failed(steps[checks.length]![0], error))
  } finally {
    await test.end()
  }
  return checks
}

/** `fault` null: all is as expected. */
interface Told {
  readonly found: string
  readonly fault: string | null
}

/** Its steps in order; each goes on from those before it. */
class SelfTest {
  readonly #signal: AbortSignal
  #model!: Model
  #base!: Transcript
  #forks: readonly Transcript[] = []

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  async open(): Promise<Told> {
    this.#model = await load(undefined, { contextTokens: 1024, signal: this.#signal })
    const { devices } = this.#model.info
    return { found: `demo model on ${devices.length === 0 ? 'the CPU' : devices.join(', ')}`, fault: null }
  }

  async fill(): Promise<Told> {
    this.#base = await this.#model.run(form, {}, { signal: this.#signal })
    return compared([this.#base], {
      customer: 'Maria Silva',
      order: '48213',
      product: 'kettle',
      category: 'defect',
    })
  }

  async fork(): Promise<Told> {
    const options = { signal: this.#signal }
    this.#forks = await Promise.all([
      this.#base.extend(sentiment, {}, options),
      this.#base.extend(urgency, {}, options),
    ])
    return compared(this.#forks, { sentiment: 'neutral', urgency: 'high' })
  }

  async count(): Promise<Told> {
    const decoded = [this.#base, ...this.#forks].reduce((sum, { ledger }) => sum + ledger.decoded, 0)
    // Nothing comes after the last token of a text, so that it is drawn and not decoded.
    const unique = uniqueTokens(this.#forks) - this.#forks.length
    const found = `${decoded} tokens decoded, ${unique} that differ`
    return { found, fault: decoded === unique ? null : found }
  }

  async reject(): Promise<Told> {
    const { values, ledger } = await this.#base.extend(second, {}, { signal: this.#signal })
    const found = `"${values.urgency}" behind a rejected value of ${counted(ledger.rolledBack, 'token')}`
    return { found, fault: values.urgency === 'low' && ledger.rolledBack > 0 ? null : found }
  }

  async end(): Promise<void> {
    await (this.#model as Model | undefined)?.dispose()
  }
}

/** The values of the runs, of which those that are named here should be these. */
function compared(runs: readonly Transcript[], expected: Readonly<Record<string, string>>): Told {
  const values = Object.assign({}, ...runs.map((run) => run.values)) as Readonly<Record<string, unknown>>
  const names = Object.keys(expected)
  const differs = names.filter((name) => values[name] !== expected[name])
  const told = differs.map((name) => `${name} is "${String(values[name])}" and should be "${expected[name]}"`)
  return {
    found: names.map((name) => `${name} "${expected[name]}"`).join(', '),
    fault: differs.length === 0 ? null : told.join('; '),
  }
}

/** Places in the tree of these texts. */
function uniqueTokens(runs: readonly Pick<Transcript, 'tokens'>[]): number {
  const seen = new Set<string>()
  for (const { tokens } of runs) {
    let path = ''
    for (const token of tokens) {
      path += ` ${token}`
      seen.add(path)
    }
  }
  return seen.size
}
