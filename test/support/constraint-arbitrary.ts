// Random constraints with texts that have a fair chance to be members. Decides what property tests over matchers try;
// never judges.
import fc from 'fast-check'
import { contains, startsWith, words } from '../../lib/constraint/affix.js'
import { choice } from '../../lib/constraint/choice.js'
import { and, not, or } from '../../lib/constraint/combine.js'
import { type Constraint, type RegularConstraint, regular } from '../../lib/constraint/constraint-type.js'
import type { GrammarSymbol, RegexId } from '../../lib/constraint/ir/ir.js'
import type { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import { many } from '../../lib/constraint/many.js'
import { integer, number } from '../../lib/constraint/number.js'
import { recursive } from '../../lib/constraint/recursive.js'
import { regex } from '../../lib/constraint/regex.js'
import { optional, seq } from '../../lib/constraint/seq.js'
import { substring } from '../../lib/constraint/substring.js'
import { limit, text, until } from '../../lib/constraint/text.js'
import { regexFlags, regexSamples } from './regex-arbitrary.js'

export interface Case {
  readonly constraint: Constraint
  readonly text: string
}

type RegularCase = Case & { readonly constraint: RegularConstraint }

const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '"', '\n', 'é', '日', '😀'),
  maxLength: 5,
})
const filled = word.filter((value) => value !== '')

const choices: fc.Arbitrary<RegularCase> = fc
  .uniqueArray(filled, { minLength: 1, maxLength: 5 })
  .map((options) => ({ constraint: choice(options), text: options[0]! }))

const patterns: fc.Arbitrary<RegularCase> = regexFlags.chain((flags) =>
  regexSamples(flags).map(({ source, text: sample }) => ({
    constraint: regex(new RegExp(source, flags)),
    text: sample,
  })),
)

const integers: fc.Arbitrary<RegularCase> = fc
  .tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(20_000), fc.nat())
  .map(([min, width, at]) => ({
    constraint: integer({ min, max: min + width }),
    text: String(min + (at % (width + 1))),
  }))

const numbers: fc.Arbitrary<RegularCase> = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(99), fc.nat(3))
  .map(([min, cents, decimalsMax]) => ({
    constraint: number({ min, max: min + 10, decimalsMax }),
    text: (min + cents / 100).toFixed(decimalsMax),
  }))

const texts: fc.Arbitrary<RegularCase> = fc
  .tuple(fc.uniqueArray(filled, { maxLength: 2 }), word, fc.option(fc.nat(4)), fc.option(fc.nat(8)))
  .map(([stops, sample, charactersMax, bytesMax]) => {
    const limits = {
      ...(charactersMax === null ? {} : { charactersMax }),
      ...(bytesMax === null ? {} : { bytesMax }),
    }
    return { constraint: stops.length === 0 ? text(limits) : until(stops, limits), text: sample }
  })

const stretches: fc.Arbitrary<RegularCase> = fc
  .tuple(fc.array(filled, { minLength: 1, maxLength: 5 }), fc.nat(9), fc.nat(9))
  .map(([parts, from, more]) => {
    const source = parts.join('')
    const points = [...source]
    return {
      constraint: substring(source),
      text: points
        .slice(from % points.length)
        .slice(0, more + 1)
        .join(''),
    }
  })

/** Texts of another constraint as JSON spells them. */
const spelledCases: fc.Arbitrary<RegularCase> = fc
  .tuple(fc.oneof(choices, patterns), fc.nat(2))
  .map(([{ constraint, text: sample }, escapes]) => ({
    constraint: inJson(constraint),
    text: escapes === 0 ? JSON.stringify(sample) : escapedJson(sample),
  }))

const simple = fc.oneof(choices, patterns, integers, numbers, texts)

const combined: fc.Arbitrary<RegularCase> = fc.oneof(
  fc.tuple(simple, simple).map(([left, right]) => ({
    constraint: and(left.constraint, not(right.constraint)),
    text: left.text,
  })),
  fc.tuple(simple, simple).map(([left, right]) => ({
    constraint: and(left.constraint, right.constraint),
    text: right.text,
  })),
  simple.map(({ constraint, text: sample }) => ({ constraint: not(constraint), text: `${sample}a` })),
  fc.tuple(simple, fc.nat(4)).map(([{ constraint, text: sample }, charactersMax]) => ({
    constraint: limit(constraint, { charactersMax }),
    text: sample,
  })),
)

const affixes: fc.Arbitrary<RegularCase> = fc.oneof(
  fc.tuple(word, word).map(([own, rest]) => ({ constraint: startsWith(own), text: own + rest })),
  fc.tuple(word, word).map(([own, rest]) => ({ constraint: contains(own), text: rest + own })),
  fc.tuple(word, fc.nat(2)).map(([one, min]) => ({ constraint: words(min, min + 1), text: `${one} b` })),
)

/** One or two cases in one; of regular parts it is regular. */
const compositeOf = <C extends Constraint>(cases: fc.Arbitrary<{ constraint: C; text: string }>) =>
  fc
    .tuple(cases, cases, fc.nat(3), fc.nat(2), fc.constantFrom('', ', '))
    .map(([left, right, kind, count, separator]): Case => {
      if (kind === 0) return { constraint: or(left.constraint, right.constraint), text: right.text }
      if (kind === 1) {
        const constraint = seq(left.constraint, separator, optional(right.constraint))
        return { constraint, text: left.text + separator + (count === 0 ? '' : right.text) }
      }
      const max = kind === 2 ? {} : { max: count + 2 }
      return {
        constraint: many(left.constraint, { min: count, separator, ...max }),
        text: Array.from({ length: count + 1 }, () => left.text).join(separator),
      }
    })

/** Constraints of one lexeme. */
export const regularCases: fc.Arbitrary<RegularCase> = fc.oneof(
  { arbitrary: simple, weight: 3 },
  { arbitrary: combined, weight: 2 },
  { arbitrary: affixes, weight: 1 },
  { arbitrary: spelledCases, weight: 1 },
  { arbitrary: compositeOf(simple) as fc.Arbitrary<RegularCase>, weight: 1 },
)

/** Small context-free grammars over random lexemes: lists, nesting, left and right recursion, empty alternatives. */
const shapes: fc.Arbitrary<Case> = fc
  .tuple(simple, simple, fc.constantFrom<Shape>('list', 'left', 'right', 'nested', 'optional'), fc.nat(2))
  .map(([item, other, shape, times]) => {
    const lower = (builder: IrBuilder): GrammarSymbol =>
      lowerShape(builder, item.constraint, other.constraint, shape)
    const plain = { parse: (value: string) => value, format: String, describe: () => `${shape} grammar` }
    return {
      constraint: { kind: 'grammar', lower, ...plain },
      text: sampleOf(item.text, other.text, shape, times),
    }
  })

const nests: fc.Arbitrary<Case> = fc.tuple(simple, simple, fc.nat(2)).map(([item, other, times]) => ({
  constraint: recursive((self) => or(item.constraint, seq(other.constraint, self, optional(')')))),
  text: `${other.text.repeat(times)}${item.text}${')'.repeat(times)}`,
}))

/** Grammars, and constraints made of them. */
export const grammarCases: fc.Arbitrary<Case> = fc.oneof(
  { arbitrary: shapes, weight: 3 },
  { arbitrary: nests, weight: 1 },
  { arbitrary: compositeOf<Constraint>(fc.oneof(shapes, nests, spelledCases)), weight: 2 },
)

/** Stretches of sources, within sets, sequences, repetitions and grammars. */
export const stretchCases: fc.Arbitrary<Case> = fc.oneof(
  stretches,
  fc.tuple(stretches, simple).map(([{ constraint, text: sample }, other]) => ({
    constraint: and(constraint, not(other.constraint)),
    text: sample,
  })),
  fc
    .tuple(stretches, fc.integer({ min: 1, max: 4 }))
    .map(([{ constraint, text: sample }, charactersMax]) => ({
      constraint: limit(constraint, { charactersMax }),
      text: sample,
    })),
  stretches.map(({ constraint, text: sample }) => ({ constraint: not(constraint), text: `${sample}a` })),
  compositeOf<Constraint>(fc.oneof(stretches, choices)),
  fc.tuple(stretches, stretches, fc.nat(2)).map(([item, other, times]) => ({
    constraint: recursive((self) => or(item.constraint, seq(other.constraint, '(', self, ')'))),
    text: `${`${other.text}(`.repeat(times)}${item.text}${')'.repeat(times)}`,
  })),
)

const uniqueItems: fc.Arbitrary<{ items: object; texts: readonly string[] }> = fc.constantFrom(
  { items: { enum: ['a', 'b', 1] }, texts: ['"a"', '"b"', '1', '1'] },
  { items: { type: 'string', maxLength: 1, pattern: '^[ab]*$' }, texts: ['""', '"a"', '"b"'] },
  {
    items: { type: 'string' },
    texts: ['"a"', '"\\u0061"', '"é"', '"\\u00E9"', '"a,"', '""', '"😀"', '"\\n"'],
  },
  { items: { type: 'string', maxLength: 3 }, texts: ['"a"', '"aa"', '"é"', '"\\u00e9"', '"\\/"', '"/"'] },
  { items: { type: 'boolean' }, texts: ['true', 'false'] },
  { items: { type: 'number' }, texts: ['1', '1.0', '12', '0', '-0.0', '1.5', '2'] },
  { items: { type: 'integer', minimum: 1, maximum: 12 }, texts: ['1', '12', '2', '11'] },
  {
    items: { anyOf: [{ type: 'null' }, { const: 'a' }, { type: 'integer' }] },
    texts: ['null', '"a"', '1', '7'],
  },
  { items: { enum: [[1], { a: 'a', b: 1 }, 'a', [[1]]] }, texts: ['[1]', '{"a":"a","b":1}', '"a"', '[[1]]'] },
  { items: { enum: ['ab', 'a', 'abc', 'b'] }, texts: ['"ab"', '"a"', '"abc"', '"b"'] },
)

/** Arrays of distinct items, also beside other arrays and within them. */
export const distinctCases: fc.Arbitrary<Case> = fc
  .tuple(uniqueItems, fc.array(fc.nat(9), { maxLength: 5 }), fc.nat(3), fc.nat(4), fc.nat(3), fc.boolean())
  .map(([{ items, texts }, picks, min, more, kind, isSpaced]) => {
    const list = {
      type: 'array',
      items,
      uniqueItems: true,
      minItems: min,
      ...(more < 4 ? { maxItems: min + more } : {}),
    }
    const text = `[${picks.map((pick) => texts[pick % texts.length]).join(isSpaced ? ', ' : ',')}]`
    const schemas = [
      list,
      list,
      { anyOf: [list, { type: 'array', items: { ...list, minItems: 0 } }] },
      { anyOf: [list, { type: 'array', items: { type: 'string', pattern: '^a*$' } }] },
    ]
    const constraint = jsonSchema(schemas[kind]!, { whitespace: isSpaced ? 'spaced' : 'compact' })
    return { constraint, text: kind === 2 && min === 0 ? `[${text},${text}]` : text }
  })

type Shape = 'list' | 'left' | 'right' | 'nested' | 'optional'

function sampleOf(item: string, other: string, shape: Shape, times: number): string {
  if (shape === 'nested') return '('.repeat(times) + item + ')'.repeat(times)
  if (shape === 'optional') return times > 0 ? item + other : other
  if (shape === 'list') return `[${Array.from({ length: times }, () => item).join(',')}]`
  return shape === 'left' ? item + other.repeat(times) : other.repeat(times) + item
}

function lowerShape(
  builder: IrBuilder,
  item: RegularConstraint,
  other: RegularConstraint,
  shape: Shape,
): GrammarSymbol {
  const lexeme = (constraint: RegularConstraint): GrammarSymbol => ({
    lexeme: constraint.lowerRegular(builder),
  })
  const literal = (value: string): GrammarSymbol => ({ lexeme: builder.literal(value) })
  const [first, second] = [lexeme(item), lexeme(other)]
  const rule = builder.declareRule('start')
  const self: GrammarSymbol = { rule }
  if (shape === 'left') builder.defineRule(rule, [[self, second], [first]])
  else if (shape === 'right') builder.defineRule(rule, [[second, self], [first]])
  else if (shape === 'nested') builder.defineRule(rule, [[literal('('), self, literal(')')], [first]])
  else if (shape === 'optional') {
    const maybe = builder.rule('maybe', [[], [first]])
    builder.defineRule(rule, [[{ rule: maybe }, second]])
  } else {
    const rest = builder.declareRule('rest')
    builder.defineRule(rest, [[], [literal(','), first, { rule: rest }]])
    builder.defineRule(rule, [[literal('['), first, { rule: rest }, literal(']')], [literal('[]')]])
  }
  return self
}

function inJson(inner: RegularConstraint): RegularConstraint {
  const quote = (builder: IrBuilder): RegexId => builder.literal('"')
  return regular<string>({
    kind: 'json string',
    parse: (value) => JSON.parse(value) as string,
    format: (value) => JSON.stringify(value),
    describe: () => 'a JSON string of a text',
    lowerRegular: (builder) =>
      builder.concat(quote(builder), builder.spelled(inner.lowerRegular(builder)), quote(builder)),
  })
}

function escapedJson(sample: string): string {
  const units = Array.from({ length: sample.length }, (_, at) => sample.charCodeAt(at))
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
}
