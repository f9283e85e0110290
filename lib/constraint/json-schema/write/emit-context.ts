// What the writers of arrays, objects and known values ask of the one that writes all (emit.ts). It is there so that
// they know what they need and not who gives it.
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import type { Mark } from '../refusal.js'
import type { Expression } from '../shape/expression.js'
import type { Normaliser } from '../shape/normalise.js'
import type { Shape } from '../shape/shapes.js'
import type { TextRule } from '../shape/text-rule.js'
import type { Json } from '../value/json-value.js'
import type { Grammar, Part } from './grammar.js'
import type { Layout } from './layout.js'
import type { NumberLowering } from './numbers.js'
import type { Spelling } from './spelling.js'

/** Order of an object's members in the text. */
export type MemberOrder = 'declared' | 'any'

export interface EmitContext {
  readonly builder: IrBuilder
  readonly order: MemberOrder
  readonly normaliser: Normaliser
  readonly grammar: Grammar
  readonly layout: Layout
  readonly spelling: Spelling
  readonly numbers: NumberLowering
  /** Something that was left out of the texts though the schema has it; told where no text is left. */
  narrowed: Mark | null

  /** A rule to be defined. Throws CONSTRAINT_TOO_COMPLEX where there are too many. */
  declare(name: string): number
  /** What stands for a value of the expression at a nesting depth; null where there is none. */
  value(expression: Expression, depth: number): Part | null
  /** A value of a shape that is no array and no object. */
  scalar(shape: Shape, depth: number): RegexId
  /** A known value as it is written. */
  known(value: Json, depth: number): RegexId
  /** Texts a rule allows; in lenient mode null for a rule that can't be held, which then allows everything. */
  rule(rule: TextRule): RegexId | null
  /** Just these texts, as far as they are Unicode. */
  texts(texts: readonly string[]): RegexId
  /** Whether `keys` gives no more than the expression allows. */
  holdsKeys(expression: Expression): boolean
  /** Keys that satisfy an expression. */
  keys(expression: Expression): RegexId
}
