// The flat form every constraint is lowered to, and the only thing the native core reads. Decides the node kinds,
// their meaning and their encoding; says nothing about tokens, holes or JSON. Nodes are immutable, equal nodes are
// one node (hash-consed), and children always have smaller ids than their parents.
//
// Two layers:
//   regex nodes   a language of byte strings (UTF-8); And and Not included
//   rules         a context-free grammar whose terminals are lexemes (= regex nodes); a rule has alternatives, or is a
//                 set of members in any order (member-set.ts)
//
// Semantics the native core follows:
// - The grammar's language is the set of byte strings that can be cut into lexemes derived from `start`, where a
//   lexeme matches any member of its regex (all ways of cutting are followed; there is no longest-match rule).
// - `not(x)` is relative to all *valid UTF-8* strings, so a complement never admits broken UTF-8.
// - An empty language is a ConstraintError at compile time.

/** Id of a regex node in its builder. */
export type RegexId = number & { readonly __regex: never }
/** Id of a grammar rule in its builder. */
export type RuleId = number & { readonly __rule: never }
/** One symbol of an alternative: a lexeme or another rule. */
export type GrammarSymbol = { readonly lexeme: RegexId } | { readonly rule: RuleId }

/** Encoded constraint as the native core takes it. */
export interface ConstraintIr {
  /** Header and nodes, see `IrBuilder.finish`. */
  readonly words: Int32Array
  /** Literal bytes the nodes point into. */
  readonly bytes: Uint8Array
}

// Opcodes, shared with native/constraint/ir_words.h. A node is [op, ...operands]:
//   EMPTY                        the empty string only
//   NOTHING                      no string at all
//   BYTES    offset length       the byte string bytes[offset, offset + length)
//   CLASS    n lo hi ...         one code point of the n ranges (inclusive, sorted, disjoint), as UTF-8
//   CONCAT   n id ...
//   ALT      n id ...
//   AND      n id ...
//   NOT      id
//   REPEAT   id min max          max = -1: no limit
//   STRETCH  id                  any stretch of a BYTES node's text but the empty one, whole characters only
//   DISTINCT item comma min max  min to max (at least 1; max = -1: no limit) of `item`, with `comma` between, no two
//                                equal: JSON strings of the same characters, the same number where both are
//                                written plainly (no exponent, no idle zeros but one `.0`), or the same bytes, but
//                                for white space between the tokens of arrays and objects. Neither part has the
//                                empty string, broken UTF-8 or another DISTINCT in it; none is in a NOT.
//   SPELLED  id                  the node's texts as they are spelled inside of a JSON string: every character raw
//                                where it may be, or by any of its escapes; none is in a SPELLED, none has a STRETCH or
//                                a DISTINCT.
//                                Native code takes characters beyond ASCII raw only, where a constraint tells apart
//                                more sets of them than it has symbols for (json_text.h)
export const irOp = {
  empty: 0,
  nothing: 1,
  bytes: 2,
  class: 3,
  concat: 4,
  alt: 5,
  and: 6,
  not: 7,
  repeat: 8,
  stretch: 9,
  distinct: 10,
  spelled: 11,
} as const

/** Version of the encoding; the native core refuses another one. */
export const irVersion = 1

/** Operands of a node that are nodes themselves: [from, until) within its words. */
export function childRange(op: number, length: number): readonly [from: number, until: number] {
  if (op >= irOp.concat && op <= irOp.and) return [2, length]
  if (op === irOp.distinct) return [1, 3]
  return op >= irOp.not ? [1, 2] : [0, 0]
}

/** A lexeme as it is encoded; see `IrBuilder.finish`. */
export function lexemeWord(lexeme: RegexId): number {
  return lexeme * 2
}

/** A rule as it is encoded. */
export function ruleWord(rule: RuleId): number {
  return rule * 2 + 1
}

/** Whether a symbol as it is encoded is a rule. */
export function isRuleWord(word: number): boolean {
  return (word & 1) === 1
}

/** The id of a lexeme or rule as it is encoded. */
export function idOfWord(word: number): number {
  return word >> 1
}
