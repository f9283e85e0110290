// Values of a run that others may wait for while it goes on. Decides only what a walk tells and asks: whoever waits
// keeps what was told.

export interface LiveValues {
  /** Captured in the text of the run itself. */
  tell(values: Readonly<Record<string, unknown>>): void
  /** Undoes what was told, all of it or nothing: false where somebody has one of the values already. */
  takeBack(names: readonly string[]): boolean
}
