// Estimates how many places of the cache a decode attends, from what was done to the cells: llama.cpp doesn't tell.
//
// A new cell takes the lowest free place, and a decode attends up to the highest used one. So the most cells that were
// ever live at once bound where any lies, until a repack has moved all of them down:
//
//   | a a a . . . . . b b |   until 10, 5 holes        after a repack   | a a a b b |   until 5, no hole

export class Places {
  /** Nothing lies at or above this place. */
  until = 0
  /** Holes times the llama_decode calls that attended them, since the last repack. */
  holeCalls = 0
  /** Where all cells lie below once the repack which is on its way is done. */
  cellsMoved = 0

  /** What lay above is gone. */
  lower(until: number): void {
    this.until = Math.min(this.until, until)
  }

  /** So many cells lie in the cache, or did for a moment. */
  reach(cells: number): void {
    this.until = Math.max(this.until, cells)
  }

  /** Calls were made beside so many cells. */
  attend(cells: number, calls: number): void {
    this.holeCalls += Math.max(0, this.until - cells) * calls
  }

  /** Places attended beside so many cells, where that is known closely; else null. */
  attended(cells: number): number | null {
    return (this.until - cells) * 8 <= this.until ? this.until : null
  }

  /** Every cell has been moved to the lowest free place. */
  repacked(cells: number): void {
    this.until = cells
    this.holeCalls = 0
  }
}
