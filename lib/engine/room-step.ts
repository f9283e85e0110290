// The known texts of a prompt in the order they will stand, before it is walked: what an engine measures room by.

export type RoomStep =
  | { readonly kind: 'text'; readonly text: string }
  /** Something nobody knows yet. */
  | { readonly kind: 'gap' }
  /** What follows goes on from here and is dropped at the next `back`. */
  | { readonly kind: 'fork' }
  | { readonly kind: 'back' }
