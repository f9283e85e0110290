// Whether a value that came as JSON has the shape a type says, member by member. Decides how shapes are said and where
// a fault lies; never throws, and a path is only made for the fault.

export interface Fault {
  /** Names and numbers that lead to it, the outermost last. */
  readonly path: (string | number)[]
  readonly expected: string
  readonly seen: unknown
}

/** Null: it is what was expected. */
export type Check = (value: unknown) => Fault | null

export function is(expected: string, test: (value: unknown) => boolean): Check {
  return (value) => (test(value) ? null : { path: [], expected, seen: value })
}

export const text = is('a text', (value) => typeof value === 'string')
export const whole = is(
  'a whole number from 0 on',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
)
export const number = is('a number', Number.isFinite)
export const flag = is('true or false', (value) => typeof value === 'boolean')

export function oneOf(...values: readonly (string | number)[]): Check {
  return is(values.map((value) => JSON.stringify(value)).join(' or '), (value) =>
    values.includes(value as string),
  )
}

export function orNull(check: Check): Check {
  return (value) => (value === null ? null : check(value))
}

/** It may be missing. */
export function maybe(check: Check): Check {
  return (value) => (value === undefined ? null : check(value))
}

const aList = is('a list', Array.isArray)

export function list(check: Check): Check {
  return (value) => {
    const items = value as readonly unknown[]
    if (!Array.isArray(value)) return aList(value)
    for (let index = 0; index < items.length; index += 1) {
      const fault = check(items[index])
      if (fault !== null) return inside(fault, index)
    }
    return null
  }
}

export function tuple(...checks: readonly Check[]): Check {
  const fits = is(
    `a list of ${checks.length}`,
    (value) => Array.isArray(value) && value.length === checks.length,
  )
  return (value) => {
    const misfit = fits(value)
    if (misfit !== null) return misfit
    for (const [index, check] of checks.entries()) {
      const fault = check((value as readonly unknown[])[index])
      if (fault !== null) return inside(fault, index)
    }
    return null
  }
}

type Members = Readonly<Record<string, unknown>>

const anObject = is(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

/** All members of a type; others may be there. */
export function members<T>(checks: { readonly [K in keyof T]-?: Check }): Check {
  const entries = Object.entries<Check>(checks)
  return (value) => {
    const misfit = anObject(value)
    if (misfit !== null) return misfit
    for (const [name, check] of entries) {
      const own = Object.hasOwn(value as object, name) ? (value as Members)[name] : undefined
      const fault = check(own)
      if (fault !== null) return inside(fault, name)
    }
    return null
  }
}

/** An object whose names are a caller's. */
export function named(check: Check): Check {
  return (value) => {
    const misfit = anObject(value)
    if (misfit !== null) return misfit
    for (const name of Object.keys(value as object)) {
      const fault = check((value as Members)[name])
      if (fault !== null) return inside(fault, name)
    }
    return null
  }
}

/** One of several shapes, told by the text of a member. */
export function byMember(name: string, shapes: Readonly<Record<string, Check>>): Check {
  const known = is(`one of ${Object.keys(shapes).join(', ')}`, (kind) => Object.hasOwn(shapes, String(kind)))
  return (value) => {
    const misfit = anObject(value)
    if (misfit !== null) return misfit
    const kind = Object.hasOwn(value as object, name) ? (value as Members)[name] : undefined
    const fault = typeof kind === 'string' ? known(kind) : text(kind)
    return fault === null ? shapes[kind as string]!(value) : inside(fault, name)
  }
}

export function both(...checks: readonly Check[]): Check {
  return (value) => {
    for (const check of checks) {
      const fault = check(value)
      if (fault !== null) return fault
    }
    return null
  }
}

const depthMax = 100

/** Any value of JSON, nested no deeper than whoever shows it can follow. */
export const anyValue = is(`a value with at most ${depthMax} levels`, (value) => {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return false
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
  }
  return true
})

function inside(fault: Fault, name: string | number): Fault {
  fault.path.push(name)
  return fault
}
