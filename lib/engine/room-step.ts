// The known texts of a prompt in the order they will stand, before it is walked: what an engine measures room by.

export type RoomStep =
  /** 'mark': special tokens are read in it; default 'given'. */
  | { readonly kind: 'text'; readonly text: string; readonly as?: 'given' | 'mark' }
  /** Something nobody knows yet, and how many tokens it has at most; Infinity where nobody can say. */
  | { readonly kind: 'gap'; readonly tokensMax: number }
  /** What follows goes on from here and is dropped at the next `back`. */
  | { readonly kind: 'fork' }
  | { readonly kind: 'back' }
