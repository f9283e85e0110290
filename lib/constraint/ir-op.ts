// The opcodes and the version of the flat form, as native/constraint/ir_words.h has them. A node is
// [op, ...operands]; what encodes nodes is ir.ts.
//   empty                        the empty string only
//   nothing                      no string at all
//   bytes    offset length       the byte string bytes[offset, offset + length)
//   class    n lo hi ...         one code point of the n ranges (inclusive, sorted, disjoint), as UTF-8
//   concat   n id ...
//   alt      n id ...
//   and      n id ...
//   not      id
//   repeat   id min max          max = -1: no limit
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
} as const

/** Version of the encoding; the native core refuses another one. */
export const irVersion = 1
