// Constraints of a given depth or length, by how they are made: chains of rules, nests of groups, schemas, values and
// combinations, long lists. `size` is levels or items. Who makes one judges what becomes of it.

import {
  and,
  type Constraint,
  choice,
  gbnf,
  jsonSchema,
  limit,
  not,
  type RegularConstraint,
  regex,
  text,
  until,
} from '../../lib/constraint/constraint.js'
import type { RegexId } from '../../lib/constraint/ir/ir.js'
import type { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'

function nest<T>(size: number, wrap: (inner: T) => T, leaf: T): T {
  let value = leaf
  for (let level = 0; level < size; level++) value = wrap(value)
  return value
}

const list = <T>(size: number, item: (index: number) => T): T[] =>
  Array.from({ length: size }, (_, i) => item(i))
const members = (size: number, item: (index: number) => unknown) =>
  Object.fromEntries(list(size, (i) => [`k${i}`, item(i)]))
const rules = (size: number, body: (next: string, index: number) => string, last: string) =>
  list(size, (i) => `r${i} ::= ${i < size - 1 ? body(`r${i + 1}`, i) : last}`)
const grammar = (lines: readonly string[]) => gbnf(['root ::= r0', ...lines].join('\n'))
/** As a RegExp of another realm: the engine itself refuses deep ones. */
const vPattern = (source: string): RegExp =>
  Object.assign(Object.create(null), { [Symbol.toStringTag]: 'RegExp', source, flags: 'v' })
const schema = (of: object | string) => jsonSchema(of)
const object = (properties: object, more: object = {}) => schema({ type: 'object', properties, ...more })
const string = { type: 'string' }
type Schema = object

/** What stands in the flat form itself, as an expert may write it. */
const raw = (make: (builder: IrBuilder) => RegexId): Constraint => ({
  kind: 'raw',
  lower: (builder) => ({ lexeme: make(builder) }),
  parse: String,
  format: String,
  describe: () => 'raw',
})

type Maker = (size: number) => Constraint

export const deep: Readonly<Record<string, Maker>> = {
  'rules down': (n) => grammar(rules(n, (next) => `"a" ${next}`, '"b"')),
  'rules up': (n) => grammar(rules(n, (next) => `"a" ${next}`, '"b"').reverse()),
  'rules that only name the next': (n) => grammar(rules(n, (next) => next, '"b"')),
  'rules in a ring': (n) => grammar(rules(n, (next) => `"a" ${next}`, '"b" root | "c"')),
  'rules in a ring, up': (n) => grammar(rules(n, (next) => `"a" ${next} | "d"`, '"b" root | "c"').reverse()),
  'rules in a ring without bytes': (n) => grammar(rules(n, (next) => `${next} | "x"`, 'root | "c"')),
  'rules that double': (n) => grammar(rules(n, (next) => `${next} ${next}`, '"b"')),
  'grammar groups': (n) => gbnf(`root ::= ${'('.repeat(n)}"a" root | "b"${')'.repeat(n)}`),
  'grammar repetitions': (n) => gbnf(`root ::= ("a" root | "b")${'*'.repeat(n)}`),
  'grammar repetitions of groups': (n) => gbnf(`root ::= ${'("a"* '.repeat(n)}"b"${')+'.repeat(n)}`),
  'grammar counts': (n) => gbnf(`root ::= ("a" root | "b"){0,${n}}`),
  'grammar alternatives': (n) => gbnf(`root ::= ${list(n, (i) => `"x${i}" root`).join(' | ')} | "e"`),
  'grammar sequence': (n) => gbnf(`root ::= "e" | ${'"x" '.repeat(n)} root`),
  'grammar literal': (n) => gbnf(`root ::= "${'a'.repeat(n)}"`),
  'grammar comments': (n) => gbnf(`root ::= ("a"\n${'# x\n'.repeat(n)})`),
  'regex groups': (n) => regex(`${'(b|'.repeat(n)}a${')'.repeat(n)}`),
  'regex repeats': (n) => regex(`${'(?:'.repeat(n)}a${')*'.repeat(n)}`),
  'regex repeats of choices': (n) => regex(`${'(?:a|b{2,3}'.repeat(n)}c${')*?'.repeat(n)}`),
  'regex choice': (n) => regex(list(n, (i) => `x${i}`).join('|')),
  'regex sequence': (n) => regex('ab?'.repeat(n)),
  'regex dots': (n) => regex(new RegExp('.?'.repeat(n))),
  'regex class': (n) => regex(`[${'az'.repeat(n)}]`),
  'regex class of ranges': (n) =>
    regex(new RegExp(`[${list(Math.min(n, 20_000), (i) => String.fromCharCode(0x4e00 + 2 * i)).join('')}]`)),
  'regex classes': (n) => regex(vPattern(`${'[a'.repeat(n)}${']'.repeat(n)}`)),
  'regex groups left open': (n) => regex(`\\p{L}${'(?:a'.repeat(n)}`),
  'regex anchors': (n) => regex(`${'^'.repeat(n)}a`),
  'choice of many': (n) => choice(list(n, (i) => `option number ${i}`)),
  'choice of long ones': (n) => choice(['a'.repeat(n * 20), 'b'.repeat(n * 20)]),
  'choice of long ones that begin alike': (n) => choice([`${'a'.repeat(n * 20)}x`, `${'a'.repeat(n * 20)}y`]),
  'choice of beginnings': (n) => choice(list(Math.min(n, 2000), (i) => 'x'.repeat(i * 10 + 1))),
  'and, to the left': (n) =>
    nest<RegularConstraint>(n, (part) => and(part, regex('[a-z]*')), choice(['a', 'b'])),
  'and, to the right': (n) =>
    nest<RegularConstraint>(n, (part) => and(regex('[a-z]*'), part), choice(['a', 'b'])),
  'not of not': (n) => nest<RegularConstraint>(n, not, choice(['a', 'b'])),
  'limit of limit': (n) =>
    nest<RegularConstraint<string>>(n, (part) => limit(part, { charactersMax: 5 }), text()),
  'many stops': (n) => until(list(n, (i) => `stop ${i}`)),
  'long stops': (n) => until([`${'ab'.repeat(n * 10)}x`, `${'ba'.repeat(n * 10)}y`]),
  'items in items': (n) => schema(nest<Schema>(n, (items) => ({ type: 'array', items }), string)),
  'items in items, as text': (n) => schema(`${'{"items":'.repeat(n)}{}${'}'.repeat(n)}`),
  'members in members': (n) =>
    schema(nest<Schema>(n, (a) => ({ type: 'object', properties: { a }, required: ['a'] }), string)),
  'free members in free members': (n) =>
    schema(nest<Schema>(n, (a) => ({ type: 'object', additionalProperties: a }), string)),
  'names of names': (n) =>
    schema(nest<Schema>(n, (propertyNames) => ({ type: 'object', propertyNames }), string)),
  'contains in contains': (n) => schema(nest<Schema>(n, (contains) => ({ type: 'array', contains }), string)),
  'allOf in allOf': (n) => schema(nest<Schema>(n, (part) => ({ allOf: [part] }), string)),
  'anyOf in anyOf': (n) => schema(nest<Schema>(n, (part) => ({ anyOf: [part, { type: 'null' }] }), string)),
  'oneOf in oneOf': (n) => schema(nest<Schema>(n, (part) => ({ oneOf: [part, { const: 5 }] }), string)),
  'not in not': (n) => schema(nest<Schema>(n, (part) => ({ not: part }), string)),
  'not of allOf': (n) =>
    schema(nest<Schema>(n, (part) => ({ not: { allOf: [part, { minLength: 1 }] } }), string)),
  'if in then': (n) =>
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of schemas.
    schema(nest<Schema>(n, (part) => ({ if: string, then: part, else: { type: 'null' } }), string)),
  'unevaluated in unevaluated': (n) =>
    schema(
      nest<Schema>(n, (part) => ({ allOf: [part], unevaluatedProperties: false }), { properties: { a: {} } }),
    ),
  'references to references': (n) =>
    schema({
      $ref: '#/$defs/k0',
      $defs: members(n, (i) => (i < n - 1 ? { $ref: `#/$defs/k${i + 1}` } : string)),
    }),
  'a reference with a long path': (n) =>
    schema({ $ref: `#${'/$defs/a'.repeat(n)}`, ...nest<Schema>(n, (a) => ({ $defs: { a } }), string) }),
  'a deep const': (n) => schema({ const: nest<unknown>(n, (value) => [value], 1) }),
  'a deep const of objects': (n) => schema({ const: nest<unknown>(n, (a) => ({ a }), 1) }),
  'not a deep const': (n) => schema({ not: { const: nest<unknown>(n, (value) => [value], 1) } }),
  'a deep enum': (n) => schema({ enum: [nest<unknown>(n, (value) => [value], 1), 2] }),
  'a long const': (n) => schema({ const: 'é'.repeat(n * 10) }),
  'a const of many items': (n) => schema({ const: list(n, (i) => i) }),
  'an enum of many': (n) => schema({ type: 'string', pattern: '^v', enum: list(n, (i) => `value ${i}`) }),
  'two enums of many': (n) =>
    schema({ allOf: [{ enum: list(n, (i) => `v${i}`) }, { enum: list(n, (i) => `v${n - i}`) }] }),
  'not an enum of many': (n) =>
    schema({ ...string, enum: list(n, (i) => `v${i}`), not: { enum: list(n, (i) => `v${2 * i}`) } }),
  'oneOf many constants': (n) => schema({ oneOf: list(n, (i) => ({ const: `v${i}`, title: `t${i}` })) }),
  'anyOf many objects': (n) =>
    schema({ anyOf: list(n, (i) => ({ type: 'object', properties: { [`k${i}`]: string } })) }),
  'allOf many objects': (n) =>
    schema({ allOf: list(n, (i) => ({ type: 'object', properties: { [`k${i}`]: string } })) }),
  'many members': (n) => object(members(n, () => string)),
  'many required members': (n) =>
    object(
      members(n, () => string),
      { required: list(n, (i) => `k${i}`), additionalProperties: false },
    ),
  'many required keys': (n) => schema({ type: 'object', required: list(n, (i) => `k${i}`) }),
  'many required keys, not': (n) => schema({ type: 'object', not: { required: list(n, (i) => `k${i}`) } }),
  'many dependent keys': (n) =>
    schema({ type: 'object', dependentRequired: members(n, (i) => [`k${i + 1}`]) }),
  'many key patterns': (n) =>
    schema({ type: 'object', patternProperties: Object.fromEntries(list(n, (i) => [`^k${i}`, string])) }),
  'many items': (n) =>
    schema({ type: 'array', prefixItems: list(n, () => string), minItems: n, items: false }),
  'many items, not': (n) => schema({ type: 'array', not: { prefixItems: list(n, () => string) } }),
  'many counted items': (n) => schema({ type: 'array', items: string, minItems: n, maxItems: 2 * n }),
  'a shared part': (n) =>
    schema(nest<Schema>(n, (part) => ({ type: 'object', properties: { a: part, b: part } }), string)),
  'a shared part of alternatives': (n) =>
    schema(
      nest<Schema>(
        n,
        (part) => ({
          anyOf: [
            { type: 'array', items: part },
            { type: 'object', properties: { id: part } },
          ],
        }),
        string,
      ),
    ),
  'a shared part with a name': (n) =>
    schema(nest<Schema>(n, (part) => ({ properties: { a: part, b: part } }), { $id: 'x', ...string })),
  'a shared value': (n) => schema({ enum: [nest<unknown>(n, (a) => ({ a, b: a }), 1)] }),
  'a pattern of groups': (n) => schema({ ...string, pattern: `${'('.repeat(n)}a${')'.repeat(n)}` }),
  'a pattern that takes for ever': (n) =>
    schema({ ...string, pattern: '^(?:a+)+$', enum: [`${'a'.repeat(n)}b`, 'aa'] }),
  'a key pattern that takes for ever': (n) =>
    schema({ properties: { [`${'a'.repeat(n)}b`]: {} }, patternProperties: { '^(?:a|aa)+$': {} } }),
  'a key pattern of repeats': (n) =>
    schema({ type: 'object', patternProperties: { [`^${'(?:'.repeat(n)}a?${'){0,60}'.repeat(n)}$`]: {} } }),
  'raw nests of repeats': (n) =>
    raw((ir) => nest<RegexId>(n, (part) => ir.optional(ir.concat(part, ir.literal('b'))), ir.literal('a'))),
  'raw nests of complements': (n) =>
    raw((ir) => nest<RegexId>(n, (part) => ir.not(ir.concat(part, ir.literal('b'))), ir.literal('a'))),
  'raw nests of intersections': (n) =>
    raw((ir) =>
      nest<RegexId>(
        n,
        (part) => ir.alt(ir.and(ir.any(), ir.concat(part, ir.any())), ir.literal('c')),
        ir.literal('a'),
      ),
    ),
}
