// Goal: captures are what a reader finds that tries every way to cut a text: each part of a sequence and each time of a
// repetition as long as the rest allows, the first alternative that holds its stretch. Method: random constraints with
// captures in them, and texts of theirs, against such a reader; known values give a text with the same captures.
import fc from 'fast-check'
import { type Constraint, capture, many, optional, or, recursive, seq } from '../../lib/index.js'
import '../support/property-seed.js'

type Tree =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly source: string }
  | { readonly kind: 'capture'; readonly name: string; readonly part: Tree }
  | { readonly kind: 'seq' | 'or'; readonly parts: readonly Tree[] }
  | { readonly kind: 'optional'; readonly part: Tree }
  | {
      readonly kind: 'many'
      readonly part: Tree
      readonly min: number
      readonly max: number
      readonly separator: string
    }

type Found = readonly (readonly [name: string, text: string])[]

/** What the text is read as, trying everything; null: it is none. */
function slowly(tree: Tree, text: string): Found | null {
  switch (tree.kind) {
    case 'text':
      return text === tree.text ? [] : null
    case 'set':
      return new RegExp(`^(?:${tree.source})$`).test(text) ? [] : null
    case 'capture':
      return slowly(tree.part, text) === null ? null : [[tree.name, text]]
    case 'optional':
      return text === '' ? [] : slowly(tree.part, text)
    case 'or': {
      const found = tree.parts.map((part) => slowly(part, text))
      return found.find((one) => one !== null) ?? null
    }
    case 'seq':
      return inTurn(tree.parts, text)
    default: {
      if (text === '' && tree.min === 0) return []
      // The longest first time, then the longest second one, ...: the first that works, whatever their number.
      return times(tree, text, 0)
    }
  }
}

function inTurn([first, ...rest]: readonly Tree[], text: string): Found | null {
  if (first === undefined) return text === '' ? [] : null
  for (let length = text.length; length >= 0; length -= 1) {
    const found = slowly(first, text.slice(0, length))
    const others = found === null ? null : inTurn(rest, text.slice(length))
    if (found !== null && others !== null) return [...found, ...others]
  }
  return null
}

function times(tree: Extract<Tree, { kind: 'many' }>, text: string, count: number): Found | null {
  if (count === tree.max) return null
  for (let length = text.length; length >= 0; length -= 1) {
    const found = slowly(tree.part, text.slice(0, length))
    if (found === null) continue
    const rest = text.slice(length)
    if (rest === '' && count + 1 >= tree.min) return found
    if (!rest.startsWith(tree.separator)) continue
    const others = times(tree, rest.slice(tree.separator.length), count + 1)
    if (others !== null) return [...found, ...others]
  }
  return null
}

function build(tree: Tree): Constraint | string | RegExp {
  switch (tree.kind) {
    case 'text':
      return tree.text
    case 'set':
      return new RegExp(tree.source)
    case 'capture':
      return capture(tree.name, build(tree.part))
    case 'optional':
      return optional(build(tree.part))
    case 'many': {
      const { min, max, separator } = tree
      return many(build(tree.part), { min, max, separator })
    }
    case 'or': {
      const [first, ...rest] = tree.parts.map(build)
      return or(first!, ...rest)
    }
    default: {
      const [first, ...rest] = tree.parts.map(build)
      return seq(first!, ...rest)
    }
  }
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('', 'a', 'b', 'ab').map((text): Tree => ({ kind: 'text', text })),
    fc.constantFrom('a*', '[ab]', 'a|ab', 'b?', '[ab]{2}').map((source): Tree => ({ kind: 'set', source })),
    tie('tree').map((part): Tree => ({ kind: 'capture', name: '', part })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((parts): Tree => ({ kind: 'seq', parts })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((parts): Tree => ({ kind: 'or', parts })),
    tie('tree').map((part): Tree => ({ kind: 'optional', part })),
    fc
      .record({
        part: tie('tree'),
        min: fc.nat(2),
        more: fc.nat(2),
        separator: fc.constantFrom('', ',', 'a'),
      })
      .map(
        ({ part, min, more, separator }): Tree => ({
          kind: 'many',
          part,
          min,
          max: Math.max(1, min + more),
          separator,
        }),
      ),
  ),
}))

/** The tree with its captures numbered, so that no two have a name. */
function named(tree: Tree, next = { number: 0 }): Tree {
  if (tree.kind === 'seq' || tree.kind === 'or')
    return { ...tree, parts: tree.parts.map((part) => named(part, next)) }
  if (!('part' in tree)) return tree
  const part = named(tree.part, next)
  if (tree.kind !== 'capture') return { ...tree, part }
  next.number += 1
  return { ...tree, part, name: `c${next.number}` }
}

/** Whether a name is a list: a repetition stands around it, with no capture between. */
function lists(tree: Tree, isMany = false): ReadonlyMap<string, boolean> {
  if (tree.kind === 'capture') return new Map([[tree.name, isMany]])
  if (tree.kind === 'seq' || tree.kind === 'or')
    return new Map(tree.parts.flatMap((part) => [...lists(part, isMany)]))
  return 'part' in tree ? lists(tree.part, isMany || tree.kind === 'many') : new Map()
}

/** The texts a capture's value stands for. */
function textIn(tree: Tree, name: string, value: unknown): unknown {
  if (tree.kind === 'capture') return tree.name === name ? textOf(tree.part, value) : undefined
  const parts = tree.kind === 'seq' || tree.kind === 'or' ? tree.parts : 'part' in tree ? [tree.part] : []
  return parts.map((part) => textIn(part, name, value)).find((one) => one !== undefined)
}

/** Only texts are compared: of a part whose value is none, nothing. */
function textOf(part: Tree, value: unknown): unknown {
  return part.kind === 'text' || part.kind === 'set' ? value : null
}

test('captures are those of the reader that tries everything', () => {
  const text = fc.array(fc.constantFrom('a', 'b', ','), { maxLength: 6 }).map((list) => list.join(''))
  let members = 0
  fc.assert(
    fc.property(
      tree.map((one) => named(one)),
      fc.array(text, { minLength: 12, maxLength: 12 }),
      (one, texts) => {
        const times = lists(one)
        if (times.size === 0) return
        const constraint = build({ kind: 'seq', parts: [one] }) as Constraint<Record<string, unknown>>
        for (const member of texts) {
          const found = slowly(one, member)
          if (found === null) continue
          members += 1
          const value = constraint.parse(member)
          const expected: Record<string, unknown> = {}
          for (const [name, isList] of times) if (isList) expected[name] = []
          for (const [name, stretch] of found) {
            if (times.get(name) === true) (expected[name] as string[]).push(stretch)
            else expected[name] = stretch
          }
          expect(Object.keys(value).sort()).toEqual(Object.keys(expected).sort())
          for (const [name, own] of Object.entries(value)) {
            const wanted = expected[name]
            const pairs = Array.isArray(wanted)
              ? wanted.map((text, at) => [text, (own as unknown[])[at]])
              : [[wanted, own]]
            if (Array.isArray(wanted)) expect(own).toHaveLength(wanted.length)
            for (const [text, given] of pairs) {
              const told = textIn(one, name, given)
              if (told !== null) expect(told).toBe(text)
            }
          }
          knownAgain(constraint, value)
        }
      },
    ),
    { numRuns: 1500 },
  )
  expect(members).toBeGreaterThan(500)
})

/** A known value may tell no text; where it does, that has those captures. */
function knownAgain(constraint: Constraint<Record<string, unknown>>, value: Record<string, unknown>): void {
  let text: string
  try {
    text = constraint.format(value)
  } catch (error) {
    expect(error).toMatchObject({ code: 'VALUE_INVALID' })
    return
  }
  // Several texts may have them; another reading of one may be longer.
  expect(() => constraint.parse(text)).not.toThrow()
}

test('a recursive constraint has what all its levels captured, in the order of the text', () => {
  const call = recursive((self) =>
    seq(capture('name', /[a-z]+/), '(', many(or(self, capture('value', /\d+/)), { separator: ',' }), ')'),
  )
  const made = fc.letrec<{ call: string }>((tie) => ({
    call: fc.oneof(
      { maxDepth: 5 },
      fc.constant('f(1)'),
      fc
        .tuple(
          fc.constantFrom('f', 'gh'),
          fc.array(fc.oneof(tie('call'), fc.constantFrom('1', '23')), { maxLength: 3 }),
        )
        .map(([name, parts]) => `${name}(${parts.join(',')})`),
    ),
  })).call
  fc.assert(
    fc.property(made, (text) => {
      expect(call.parse(text)).toEqual({ name: text.match(/[a-z]+/g) ?? [], value: text.match(/\d+/g) ?? [] })
    }),
    { numRuns: 300 },
  )
})
