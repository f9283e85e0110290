// Numbers that name something. The compiler tells a token, a sequence and a position apart; at run time each is a plain
// number. Arithmetic gives plain numbers, so code that computes a position says so there (`as Position`). Lists of
// tokens stay Int32Array; `tokenAt` takes one out. Callers of the native layer may give plain numbers.

declare const kind: unique symbol
type Id<Kind extends string> = number & { readonly [kind]: Kind }

/** Number of a token in a model's vocabulary. */
export type Token = Id<'token'>

/** Number of a sequence in a context's cache. */
export type SequenceId = Id<'sequence'>

/** How many tokens of a sequence lie before; where a range ends, the first position behind it. */
export type Position = Id<'position'>

/** The position of a sequence's first token. */
export const firstPosition = 0 as Position

/** The list must have a token there. */
export function tokenAt(tokens: Int32Array, index: number): Token {
  return tokens[index]! as Token
}
