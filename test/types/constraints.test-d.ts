// What constraints made of others must be typed as: their values, whether they are regular, and the mistakes that must
// not compile. Nothing here runs.
import { choice, integer, jsonSchema, limit, number, regex } from '../../lib/constraint/constraint.js'
import {
  and,
  type Capturing,
  type Constraint,
  capture,
  contains,
  hole,
  json,
  many,
  not,
  optional,
  or,
  type Prompt,
  type PromptValues,
  prompt,
  type RegularConstraint,
  recursive,
  seq,
  startsWith,
  substring,
  type Times,
  transform,
  words,
} from '../../lib/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_A, _B>(..._proof: Equal<_A, _B> extends true ? [] : [never]): void {}

const data = jsonSchema<{ readonly a: number }>({ type: 'object' })

const either = or(integer(), 'unknown', /[a-z]+/)
same<typeof either, RegularConstraint<string | number>>()
const literals = or('yes', 'no', choice(['maybe', 'never']))
same<typeof literals, RegularConstraint<'yes' | 'no' | 'maybe' | 'never'>>()
const wide = or(data, 'none')
same<typeof wide, Constraint<{ readonly a: number } | 'none'>>()

const size = seq(integer(), ' x ', number(), /cm|m/)
same<typeof size, RegularConstraint<readonly [number, number, string]>>()
const tail = seq('{', data, optional(literals))
same<typeof tail, Constraint<readonly [{ readonly a: number }, 'yes' | 'no' | 'maybe' | 'never' | null]>>()

const list = many(size, { min: 1, separator: ', ' })
same<typeof list, RegularConstraint<readonly (readonly [number, number, string])[]>>()
const tree = recursive((self) => or('x', seq('(', self, ')')))
same<typeof tree, Constraint<string>>()
const kept = and(seq(integer(), ' kg'), not(or('1 kg', /2.*/)))
same<typeof kept, RegularConstraint<readonly [number]>>()

const all = prompt`${hole('size', size)} ${hole('tree', tree)} ${hole('few', and(words(1, 3), contains('a')))} ${hole(
  'list',
  list,
  { check: (value) => (value.every(([width]) => width > 0) ? true : 'a width is 0') },
)} ${hole('word', or('a', 'b'))}`
same<
  PromptValues<typeof all>,
  {
    readonly size: readonly [number, number, string]
    readonly tree: string
    readonly few: string
    readonly list: readonly (readonly [number, number, string])[]
    readonly word: 'a' | 'b'
  }
>()

const quoting = prompt`${hole('quote', and(substring('a source'), words(1, 2)))}`
same<PromptValues<typeof quoting>, { readonly quote: string }>()
limit(many(regex(/a/)), { charactersMax: 9 })
// @ts-expect-error not one regular language
limit(many(data), { charactersMax: 9 })
// @ts-expect-error not one regular language
and(tree, 'x')
// @ts-expect-error not one regular language
recursive((self) => not(self))
// @ts-expect-error nothing to choose from
or()
// @ts-expect-error nothing in it
seq()
// @ts-expect-error an array is no part
or(['a', 'b'])
// @ts-expect-error no such option
many('a', { separators: ',' })
// @ts-expect-error only a text stands between
many('a', { separator: /,/ })
// @ts-expect-error two numbers
words(3)
// @ts-expect-error a text
startsWith(/a/)

json('data', {}, { whitespace: 'spaced' })
// @ts-expect-error no such white space
json('data', {}, { whitespace: 'wide' })

const year = capture('year', integer())
same<typeof year, RegularConstraint<{ readonly year: number }> & Capturing>()
const date = seq(year, '-', capture('month', or('Jan', 'Feb')), /[a-z]/)
same<
  PromptValues<Holding<typeof date>>,
  { readonly x: { readonly year: number; readonly month: 'Jan' | 'Feb' } }
>()
const either2 = or(date, seq('in ', year), 'never')
same<
  PromptValues<Holding<typeof either2>>,
  { readonly x: { readonly year?: number; readonly month?: 'Jan' | 'Feb' } }
>()
const always = or(date, seq('in ', year))
same<
  PromptValues<Holding<typeof always>>,
  { readonly x: { readonly year: number; readonly month?: 'Jan' | 'Feb' } }
>()
const maybe = optional(year)
same<PromptValues<Holding<typeof maybe>>, { readonly x: { readonly year?: number } }>()
const dates = many(many(always, { separator: ',' }))
same<
  PromptValues<Holding<typeof dates>>,
  { readonly x: { readonly year: Times<number>; readonly month: Times<'Jan' | 'Feb'> } }
>()
const years: readonly number[] = dates.parse('').year
const inner = seq(capture('when', date), capture('data', data))
same<
  PromptValues<Holding<typeof inner>>,
  {
    readonly x: {
      readonly when: { readonly year: number; readonly month: 'Jan' | 'Feb' }
      readonly data: { readonly a: number }
    }
  }
>()
const leaves = recursive((self) => or(capture('leaf', /[a-z]/), seq('(', self, ')')))
same<PromptValues<Holding<typeof leaves>>, { readonly x: { readonly leaf: Times<string> } }>()
const bounded = limit(and(date, /.{8}/), { charactersMax: 9 })
same<
  PromptValues<Holding<typeof bounded>>,
  { readonly x: { readonly year: number; readonly month: 'Jan' | 'Feb' } }
>()
type Holding<C> = C extends Constraint<infer V> ? Prompt<{ readonly x: V }> : never
void years

const due = transform(date, { parse: ({ year: own, month }) => new Date(`${own} ${month}`) })
same<typeof due, RegularConstraint<Date>>()
const rows = transform(data, { parse: ({ a }) => [a], format: ([a]) => ({ a: a ?? 0 }) })
same<typeof rows, Constraint<number[]>>()
// @ts-expect-error a format gives the part's own value
transform(integer(), { parse: (value) => String(value), format: (text) => text })
