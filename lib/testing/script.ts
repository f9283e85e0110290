// What a test says instead of a model: answers in order, by hole, or from a function. Decides which answer a hole gets,
// and what to say where there is none. Never judges an answer.
import { UsageError } from '../base/errors.js'
import { nearestName } from '../base/nearest.js'
import { own } from '../base/own.js'
import { isArray, isRecord, quoted, shown } from '../base/seen.js'

/** A hole that asks for its answer. */
export interface Asked {
  /**
   * Its path, as in `choices` and errors: `items[2].label`. Whether a repeat goes on is asked as `items[2]?`, and the
   * prompt of a `oneOf` by its name.
   */
  readonly hole: string
  /** All text before it. */
  readonly text: string
  /** How often an answer was rejected here before. */
  readonly attempt: number
  /** Those answers. */
  readonly rejected: readonly string[]
  /** What the hole may hold, for people: `one of "low", "high"`. */
  readonly expects: string
}

/**
 * A string is the text the model writes; anything else is a value, written as the hole writes it: `5`, `true`,
 * `{ name: 'Ann' }`.
 */
export type Answer = unknown

/**
 * A list is used in the order the holes ask. An object has answers by hole: one that is used whenever it is asked, or
 * a list of answers for the times it is asked; `items[].label` stands for every item; a number at the name of a repeat
 * says how many turns it takes, a key at the name of a `oneOf` which prompt comes. A function is asked each time.
 */
export type Answers =
  | readonly Answer[]
  | Readonly<Record<string, Answer>>
  | ((asked: Asked) => Answer | Promise<Answer>)

/** What the script has at the name of a repeat, for one that asks whether turn `turn` comes. */
export class Turns {
  readonly name: string
  readonly count: Answer
  readonly turn: number

  constructor(name: string, count: Answer, turn: number) {
    this.name = name
    this.count = count
    this.turn = turn
  }
}

export class Script {
  readonly #answers: Answers
  /** How many answers were given, by name; '' in a list. */
  readonly #given = new Map<string, number>()

  /** Throws UsageError ARGUMENT_INVALID. */
  constructor(answers: Answers) {
    if (!isArray(answers) && !isRecord(answers) && typeof answers !== 'function') {
      throw new UsageError(
        'ARGUMENT_INVALID',
        `scripted() got ${shown(answers)}; expected a list of answers, an object of them by hole, or a function.`,
      )
    }
    this.#answers = isArray(answers) ? [...answers] : isRecord(answers) ? { ...answers } : answers
  }

  /** `Turns`: for a repeat by its name. Throws UsageError ANSWER_MISSING, ANSWERS_SPENT, what a function throws. */
  async answer(asked: Asked): Promise<Answer> {
    const answer = await this.#find(asked)
    if (answer === undefined) throw missing(asked, 'the script answers undefined.')
    return answer
  }

  /** Answers nobody asked for: names, with the number of the answer where there is a list of them. */
  get unused(): readonly string[] {
    if (typeof this.#answers === 'function') return []
    if (isArray(this.#answers)) return this.#left('', this.#answers, 'answer ')
    return Object.entries(this.#answers).flatMap(([name, answer]) =>
      isArray(answer) ? this.#left(name, answer, `${name}, answer `) : this.#given.has(name) ? [] : [name],
    )
  }

  #left(name: string, list: readonly Answer[], label: string): string[] {
    const from = this.#given.get(name) ?? 0
    return list.slice(from).map((_, index) => `${label}${from + index + 1}`)
  }

  #find(asked: Asked): Answer | Promise<Answer> {
    const answers = this.#answers
    if (typeof answers === 'function') return answers(asked)
    if (isArray(answers)) return this.#next('', answers, asked)
    const byHole = answers as Readonly<Record<string, Answer>>
    const name = nameIn(byHole, asked.hole)
    if (name !== null) {
      const answer = own(byHole, name)
      return isArray(answer) ? this.#next(name, answer, asked) : this.#take(name, answer)
    }
    const [, repeat, turn] = /^(.*)\[(\d+)\]\?$/.exec(asked.hole) ?? []
    const counted = repeat === undefined ? null : nameIn(byHole, repeat)
    if (counted !== null && byHole[counted] !== undefined) {
      return new Turns(counted, this.#take(counted, byHole[counted]), Number(turn))
    }
    throw missing(asked, hintFor(asked.hole, repeat ?? null, Object.keys(byHole)))
  }

  #take(name: string, answer: Answer): Answer {
    this.#given.set(name, (this.#given.get(name) ?? 0) + 1)
    return answer
  }

  #next(name: string, list: readonly Answer[], asked: Asked): Answer {
    const index = this.#given.get(name) ?? 0
    if (index < list.length) return this.#take(name, list[index])
    throw new UsageError(
      'ANSWERS_SPENT',
      `${opening(asked)}, and ${used(list.length, name)}.${rejections(asked)} It may hold ${asked.expects}.`,
    )
  }
}

/** `name`: of the hole, '' in a list for all. */
function used(count: number, name: string): string {
  const where = name === '' ? '' : ` for ${name}`
  if (count === 0) return `the script has no answers${where}`
  return count === 1
    ? `the one answer the script has${where} is used`
    : `all ${count} answers the script has${where} are used`
}

/** What the answers call the hole; null: nothing. */
function nameIn(answers: Readonly<Record<string, Answer>>, hole: string): string | null {
  const every = hole.replaceAll(/\[\d+\]/g, '[]')
  return [hole, every].find((name) => Object.hasOwn(answers, name)) ?? null
}

function missing(asked: Asked, why: string): UsageError {
  return new UsageError('ANSWER_MISSING', `${opening(asked)}; ${why} It may hold ${asked.expects}.`)
}

function hintFor(hole: string, repeat: string | null, names: readonly string[]): string {
  if (repeat !== null) {
    return (
      `the script has no answer for it: give ${JSON.stringify(repeat)} a number of turns, or ` +
      `${JSON.stringify(hole)} true to go on and false to end.`
    )
  }
  if (names.length === 0) return 'the script has no answers.'
  const nearest = nearestName(
    hole,
    names.filter((name) => !isOtherLetter(hole, name)),
  )
  const meant = nearest === null ? '' : ` Is it meant by ${JSON.stringify(nearest)}?`
  const known = names.slice(0, 10).map(quoted).join(', ')
  return `the script has answers for ${known} only.${meant}`
}

/** Names of one letter are no slips of each other, whatever path is before them. */
function isOtherLetter(hole: string, name: string): boolean {
  const [asked, known] = [hole, name].map((path) => path.slice(path.lastIndexOf('.') + 1).toLowerCase())
  return asked!.length === 1 && known!.length === 1 && asked !== known
}

/** The end of what stands before the hole tells which one it is. */
const shownBefore = 40

export function opening({ hole, text }: Asked): string {
  const before = text.length <= shownBefore ? quoted(text) : `...${quoted(text.slice(-shownBefore))}`
  return `Hole ${hole} asks for an answer behind ${before}`
}

export function rejections({ rejected }: Asked): string {
  return rejected.length === 0 ? '' : ` Rejected here before: ${rejected.map(quoted).join(', ')}.`
}
