// Random prompts whose every callback reports to a fuse: checks, functions of values, items, joins and scores. Decides
// the shapes by a seed; what a callback answers depends on the text it sees and on nothing else, so that a program has
// one outcome. The same seed gives the same program.
import {
  ask,
  beam,
  bestOf,
  branches,
  type CheckResult,
  checked,
  collect,
  each,
  gen,
  integer,
  oneOf,
  type Prompt,
  prompt,
  regex,
  repeat,
  type SamplingOptions,
  select,
  vote,
} from '../../lib/index.js'
import type { Interpolation } from '../../lib/prompt/part.js'
import { Chance } from './oracle-programs.js'

/** Called at every event of a program; may throw. */
export type Fuse = (event: string) => void

export function randomProgram(seed: number, fuse: Fuse): Prompt {
  return new Maker(new Chance(seed), fuse).program()
}

/** Settings of every kind that draws depend on. */
export function randomSampling(chance: Chance): SamplingOptions {
  const tokens = Array.from({ length: chance.in(1, 20) }, () => chance.below(296))
  const penalties = {
    repeat: chance.pick([1, 1.3, 3]),
    frequency: chance.pick([0, 0.5, 2]),
    presence: chance.pick([0, 0.5, 4]),
    ...(chance.is(70) ? { lastN: chance.pick([0, 1, 5, 64, 1000]) } : {}),
  }
  return {
    temperature: chance.pick([0, 0.5, 1, 1, 3]),
    ...(chance.is(30) ? { topK: chance.in(1, 30) } : {}),
    ...(chance.is(30) ? { topP: chance.pick([0.2, 0.9]) } : {}),
    ...(chance.is(30) ? { minP: chance.pick([0.01, 0.3]) } : {}),
    ...(chance.is(50) ? { penalties } : {}),
    // Forbidding tokens could leave a constraint none; that is tested where nothing else is.
    ...(chance.is(30)
      ? { bias: Object.fromEntries(tokens.map((token) => [token, chance.pick([-9, 3])])) }
      : {}),
    ...(chance.is(20) ? { logprobs: chance.in(1, 3) } : {}),
  }
}

/** A number from a text, for answers that look arbitrary and are not. */
function hashOf(text: string): number {
  let hash = 7
  for (const character of text) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0
  return hash
}

class Maker {
  readonly #chance: Chance
  readonly #fuse: Fuse
  #names = 0

  constructor(chance: Chance, fuse: Fuse) {
    this.#chance = chance
    this.#fuse = fuse
  }

  program(): Prompt {
    const inner = this.#sequence(2)
    return prompt`Start ${inner} end`
  }

  #name(): string {
    this.#names += 1
    return `v${this.#names}`
  }

  #sequence(depth: number): Prompt {
    const count = this.#chance.in(1, depth > 0 ? 4 : 3)
    let built = prompt`${this.#part(depth)}`
    for (let made = 1; made < count; made += 1) {
      const text = this.#chance.pick([', ', '\nnext: ', ' ab', '. '])
      built = prompt`${built}${text}${this.#wrapped(this.#part(depth))}`
    }
    return built
  }

  /** The same part, written another way. */
  #wrapped(part: Interpolation): Interpolation {
    if (!this.#chance.is(20)) return part
    const ways: Interpolation[] = [[null, part, undefined, []], [[part], ''], Promise.resolve(part as Prompt)]
    return this.#chance.pick(ways)
  }

  #part(depth: number): Interpolation {
    const holes = [() => this.#gen(), () => this.#gen(), () => this.#choice(), () => this.#number()]
    if (depth === 0) return this.#chance.pick(holes)()
    const nests = [
      () => this.#branches(depth),
      () => this.#each(depth),
      () => this.#repeat(),
      () => this.#oneOf(depth),
      () => this.#ask(depth),
      () => this.#collect(),
      () => this.#computed(depth),
      () => this.#best(),
      () => this.#checked(),
    ]
    return this.#chance.pick([...holes, ...nests])()
  }

  /** Rejects about one text in `odds`; half of the checks are async. */
  #check(odds: number) {
    const isAsync = this.#chance.is(50)
    const cutsBack = this.#chance.is(30)
    const judge = (text: string): CheckResult => {
      if (hashOf(text) % odds !== 0) return true
      return cutsBack && text.length > 1 ? { from: text.length >> 1, reason: 'half of it' } : 'all of it'
    }
    return (_value: unknown, { text }: { readonly text: string }): CheckResult | Promise<CheckResult> => {
      this.#fuse('check')
      if (!isAsync) return judge(text)
      return new Promise((resolve, reject) => {
        setImmediate(() => {
          try {
            this.#fuse('check later')
            resolve(judge(text))
          } catch (error) {
            reject(error)
          }
        })
      })
    }
  }

  #gen(): Interpolation {
    const chance = this.#chance
    const tokensMax = chance.in(1, 7)
    const base = { tokensMax, retries: 4, ...(chance.is(30) ? { backtrack: 1 } : {}), ...this.#drawn() }
    const stop = chance.is(20) ? { stop: 'e' } : {}
    if (chance.is(40)) return gen(this.#name(), { ...base, ...stop })
    const every = chance.is(40) ? { checkEvery: chance.pick(['token', 'word'] as const) } : {}
    return gen(this.#name(), { ...base, ...stop, ...every, check: this.#check(every.checkEvery ? 9 : 3) })
  }

  #choice(): Interpolation {
    const options = ['alpha', 'alps', 'beta', 'b', 'gamma'].slice(0, this.#chance.in(1, 6))
    if (this.#chance.is(50)) return select(this.#name(), options, { by: 'logprob' })
    if (this.#chance.is(20)) return beam(this.#chance.in(1, 4), select(this.#name(), options))
    return select(this.#name(), options, { retries: 6, check: this.#check(5), ...this.#drawn() })
  }

  #number(): Interpolation {
    const drawn = this.#drawn()
    if (this.#chance.is(50)) {
      return integer(this.#name(), { min: 0, max: 9999, check: this.#check(4), ...drawn })
    }
    return regex(this.#name(), /[ab]{1,4}(cd)?/, { tokensMax: 12, ...drawn })
  }

  /** How one hole draws, where it differs from the run. */
  #drawn(): SamplingOptions & { readonly heal?: boolean } {
    const heal = this.#chance.is(20) ? { heal: false } : {}
    return this.#chance.is(40) ? { ...heal, ...randomSampling(this.#chance) } : heal
  }

  #join() {
    const kind = this.#chance.below(3)
    if (kind === 0) return { join: null }
    if (kind === 1) return { join: '; ' }
    return {
      join: (texts: readonly string[]) => {
        this.#fuse('join')
        return texts.join('/')
      },
    }
  }

  #branches(depth: number): Interpolation {
    const names = ['left', 'right', 'middle']
      .slice(0, this.#chance.in(1, 4))
      .map((side) => side + this.#name())
    const list = names.map((name) => [name, prompt`(${this.#sequence(depth - 1)})`] as const)
    return branches(Object.fromEntries(list), this.#join())
  }

  #each(depth: number): Interpolation {
    const items = Array.from({ length: this.#chance.in(1, 4) }, (_, index) => index)
    // Made beforehand: chance must not depend on when the walk calls.
    const prompts = items.map((index) => prompt`${String(index)}. ${this.#sequence(depth - 1)}`)
    const make = (_item: unknown, index: number): Prompt => {
      this.#fuse('item')
      return prompts[index]!
    }
    const late = () => {
      this.#fuse('items')
      return items
    }
    return each(this.#name(), this.#chance.is(50) ? items : late, make, this.#join())
  }

  #repeat(): Interpolation {
    const max = this.#chance.in(1, 4)
    const min = this.#chance.below(max + 1)
    const turn = prompt`- ${gen(this.#name(), { tokensMax: 3, check: this.#check(6), retries: 4 })}`
    return repeat(this.#name(), turn, { min, max, separator: '; ' })
  }

  #oneOf(depth: number): Interpolation {
    const prompts = {
      one: prompt`first ${this.#sequence(depth - 1)}`,
      other: prompt`further ${this.#sequence(depth - 1)}`,
      last: prompt`; last`,
    }
    return oneOf(this.#name(), prompts)
  }

  #ask(depth: number): Interpolation {
    const inner = prompt`aside ${this.#sequence(depth - 1)}`
    if (this.#chance.is(30)) return ask(this.#name(), inner)
    return ask(this.#name(), inner, (values, { text }) => {
      this.#fuse('pick')
      return [values, text]
    })
  }

  #collect(): Interpolation {
    const name = this.#name()
    const one = collect(
      name,
      gen('one', { tokensMax: this.#chance.in(1, 4), check: this.#check(4), retries: 4 }),
    )
    const count = this.#chance.in(1, 4)
    return [one, Array.from({ length: count }, () => [', ', one])]
  }

  #computed(depth: number): Interpolation {
    const inner = this.#sequence(depth - 1)
    if (this.#chance.is(50)) {
      return async () => {
        await new Promise((resolve) => setImmediate(resolve))
        this.#fuse('computed later')
        return inner
      }
    }
    return () => {
      this.#fuse('computed')
      return inner
    }
  }

  #best(): Interpolation {
    const part = prompt`${gen(this.#name(), { tokensMax: 4 })}`
    const count = this.#chance.in(1, 4)
    if (this.#chance.is(20)) return vote(count, part)
    if (this.#chance.is(30)) return vote(count, part, { by: (values) => Object.values(values).join().length })
    return bestOf(count, part, (_values: unknown, { text }: { readonly text: string }) => {
      this.#fuse('score')
      return this.#chanceless(text)
    })
  }

  #chanceless(text: string): number {
    return hashOf(text) % 100
  }

  #checked(): Interpolation {
    const inner = prompt`<${gen(this.#name(), { tokensMax: 4 })}|${integer(this.#name(), { min: 0, max: 99 })}>`
    const check = (_values: unknown, text: string): true | string => {
      this.#fuse('prompt check')
      return hashOf(text) % 3 !== 0 || 'not this one'
    }
    return checked(inner, check, { retries: 5 })
  }
}
