// Classes of keys that never share a key. Decides by first and last character, which most keys of one object differ in:
// two keys of one class are not told apart, so that an object of only such keys does not reach a minimum.
import type { CodePointRange } from '../../ir/code-point-set.js'
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import type { Spelling } from './spelling.js'

/** Classes of characters: printable ASCII by code, and all others with the first ones. */
const characterClasses = 8
/** Regions up to which their keys are told apart by both characters. */
const wholeRegionsMax = 4

/** Keys; each is in one class. `regions`: how many are to be cut by them. */
export function keyClasses(builder: IrBuilder, spelling: Spelling, regions: number): readonly RegexId[] {
  const characters = Array.from({ length: characterClasses }, (_, index) =>
    builder.class(charactersOf(index)),
  )
  const rest = (last: RegexId): RegexId => builder.concat(spelling.anyText, last)
  if (regions > wholeRegionsMax) {
    return characters.map((first, index) => {
      const keys = builder.concat(first, spelling.anyText)
      return index === 0 ? builder.alt(builder.empty, keys) : keys
    })
  }
  return characters.flatMap((first, index) =>
    characters.map((last, lastIndex) => {
      const keys = builder.concat(first, rest(last))
      if (index !== lastIndex) return keys
      return index === 0 ? builder.alt(builder.empty, first, keys) : builder.alt(first, keys)
    }),
  )
}

function charactersOf(index: number): CodePointRange[] {
  const ranges: CodePointRange[] = []
  for (let code = 0x20; code < 0x7f; code++) if (code % characterClasses === index) ranges.push([code, code])
  if (index === 0) ranges.push([0, 0x1f], [0x7f, 0x10ffff])
  return ranges
}
