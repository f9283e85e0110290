// Branded numbers, so that a token is never taken for a position or a sequence. Never holds behaviour.

declare const brand: unique symbol
type Branded<B extends string> = number & { readonly [brand]: B }

/** Index into the model's vocabulary, 0 <= id < vocabulary size. */
export type TokenId = Branded<'TokenId'>
/** Place of a token in its sequence, from 0. */
export type Position = Branded<'Position'>
/** llama.cpp's sequence id, 0 <= id < 256. */
export type SequenceId = Branded<'SequenceId'>
