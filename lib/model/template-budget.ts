// Runs a chat template out of a model file, which anybody may have written: within a budget of evaluations and text.
// Decides what that is and what a template may call. Never lets it run on: what the budget does not see (one filter
// over a value that contains itself many times) ends with the clock.
import vm from 'node:vm'
import { type Node, type Parsed, PythonInterpreter } from './template-python.js'
import { strftime } from './template-strings.js'
import { PlainVariables, runtime, type Value, type Variables } from './template-values.js'

/** A template that wanted more than it may. */
export class BudgetSpent extends Error {}

/** Evaluations of one rendering; a message takes some hundred in the longest templates known. */
const evaluationsBase = 20_000
const evaluationsPerMessage = 2_000
/** Characters a value may have, beside so many times those of the messages. */
const charactersBase = 1 << 20
const charactersPerGiven = 4
/** Characters that cost what an evaluation does, as an item of a list does. */
const charactersPerEvaluation = 128
/** How often a template may copy all the text it is given. */
const copiesMax = 32
/** What makes new values; whatever else is evaluated only passes some on. */
const makers = new Set([
  'CallExpression',
  'FilterExpression',
  'FilterStatement',
  'BinaryExpression',
  'ArrayLiteral',
])
/** Types of values with a text or a list in them. */
const weighed = new Set(['StringValue', 'ArrayValue', 'TupleValue'])
/**
 * For what the evaluations do not tell: a hundred times what templates take. The clock also runs while a busy machine
 * gives this process nothing to do, so who is cut off is tried once more, for longer.
 */
const milliseconds = [500, 2500] as const

export interface Budget {
  readonly messages: number
  /** Of all messages together. */
  readonly characters: number
}

/** `time`: what the template takes for now. Throws BudgetSpent, or what the template itself is wrong in. */
export function render(
  parsed: Parsed,
  items: Readonly<Record<string, unknown>>,
  budget: Budget,
  time: Date,
): string {
  return withinTime(() => String(new Metered(variablesOf(items, time), budget).run(parsed).value))
}

/** Ends work that blocks for too long; it may be begun twice. Throws BudgetSpent. */
export function withinTime<T>(work: () => T): T {
  room.work = work
  try {
    for (const timeout of milliseconds) {
      try {
        return script.runInContext(room, { timeout }) as T
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      }
    }
    throw new BudgetSpent(`it takes longer than ${milliseconds[1]} ms`)
  } finally {
    room.work = null
  }
}

// Nothing but a call that is watched by a clock: what it calls runs where it was made.
const script = new vm.Script('work()')
const room = vm.createContext({ work: null as (() => unknown) | null })

class Metered extends PythonInterpreter {
  readonly #evaluationsMax: number
  readonly #charactersMax: number
  /** What loops go over. */
  readonly #iterables = new Set<Node>()
  #evaluations = 0

  constructor(scope: Variables, { messages, characters }: Budget) {
    super(scope)
    const copies = (characters * copiesMax) / charactersPerEvaluation
    this.#evaluationsMax = Math.ceil(evaluationsBase + messages * evaluationsPerMessage + copies)
    this.#charactersMax = charactersBase + characters * charactersPerGiven
  }

  override evaluate(node: Node | undefined, scope: Variables): Value {
    this.#spend(1)
    if (node?.type === 'For' && node.iterable !== undefined) {
      this.#iterables.add(node.iterable)
      if (node.iterable.lhs !== undefined) this.#iterables.add(node.iterable.lhs)
    }
    const value = super.evaluate(node, scope)
    if (node !== undefined && weighed.has(value.type)) this.#weigh(node, value.value)
    return value
  }

  #weigh(node: Node, content: unknown): void {
    const isMade = makers.has(node.type) || node.property?.type === 'SliceExpression'
    if (typeof content === 'string') {
      if (content.length > this.#charactersMax) {
        throw new BudgetSpent(
          `it makes a text of ${content.length} characters; ${this.#charactersMax} are allowed`,
        )
      }
      if (isMade) this.#spend(content.length / charactersPerEvaluation)
    } else if (Array.isArray(content) && (isMade || this.#iterables.has(node))) this.#spend(content.length)
  }

  #spend(evaluations: number): void {
    this.#evaluations += evaluations
    if (this.#evaluations <= this.#evaluationsMax) return
    throw new BudgetSpent(`it takes more than ${this.#evaluationsMax} evaluations`)
  }
}

/** What templates may name: the globals of Jinja's chat templates, with a range that has an end. */
function variablesOf(items: Readonly<Record<string, unknown>>, time: Date): Variables {
  const scope = new PlainVariables()
  const { variables } = scope
  for (const [name, value] of globals) variables.set(name, value)
  variables.set(
    'strftime_now',
    runtime((format: unknown) => strftime(time, String(format))),
  )
  for (const [name, value] of Object.entries(items)) {
    if (variables.has(name)) throw new SyntaxError(`Variable already declared: ${name}`)
    variables.set(name, runtime(value))
  }
  return scope
}

const globals = globalsOf({
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  raise_exception: (message: unknown): never => {
    throw new Error(String(message))
  },
})

function globalsOf(named: Readonly<Record<string, unknown>>): readonly (readonly [string, Value])[] {
  return Object.entries(named).map(([name, value]) => [name, runtime(value)] as const)
}

function range(first: unknown, second?: unknown, step: unknown = 1): number[] {
  const [from, until] = second === undefined ? [0, first] : [first, second]
  const numbers = [from, until, step]
  if (!numbers.every((value) => typeof value === 'number' && Number.isInteger(value)) || step === 0) {
    throw new Error('range() takes whole numbers, and a step that is not 0')
  }
  const [start, end, by] = numbers as [number, number, number]
  const length = Math.max(0, Math.ceil((end - start) / by))
  if (length > evaluationsBase) {
    throw new BudgetSpent(`it makes a range of ${length} numbers; ${evaluationsBase} are allowed`)
  }
  return Array.from({ length }, (_, index) => start + index * by)
}
