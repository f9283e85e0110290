// White space between the tokens of JSON text. Decides what may stand where, by policy and nesting depth; how strings
// and numbers are spelled is decided in spelling.ts and numbers.ts.
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'

export type Whitespace = 'compact' | 'spaced' | 'pretty' | 'flexible'

/** Characters of white space allowed between two tokens where any is. */
const flexibleMax = 64
/** Depth from which pretty texts go on without line breaks. */
export const prettyDepthMax = 16

/** Where a line begins at a nesting depth in pretty texts; deep values are compact, as all are in other texts. */
export function lineAt(whitespace: Whitespace, depth: number): string {
  return whitespace === 'pretty' && depth < prettyDepthMax ? `\n${'  '.repeat(depth)}` : ''
}

/** Where it is fixed: what stands between the elements of an array or object, and behind a key. */
export function marksAt(
  whitespace: Whitespace,
  depth: number,
): { readonly comma: string; readonly colon: string } {
  if (whitespace === 'spaced') return { comma: ', ', colon: ': ' }
  return { comma: `,${lineAt(whitespace, depth + 1)}`, colon: lineAt(whitespace, depth) === '' ? ':' : ': ' }
}

/** White space between the tokens of a value, by policy and nesting depth. */
export class Layout {
  readonly #builder: IrBuilder
  readonly #whitespace: Whitespace
  readonly #flexible: RegexId

  constructor(builder: IrBuilder, whitespace: Whitespace) {
    this.#builder = builder
    this.#whitespace = whitespace
    const codes = [0x20, 0x09, 0x0a, 0x0d]
    const space = builder.class(codes.map((code) => [code, code]))
    this.#flexible = builder.repeat(space, 0, flexibleMax)
  }

  /** Depth that makes a difference for the spelling; deeper values are written compactly. */
  depth(depth: number): number {
    return this.#whitespace === 'pretty' ? Math.min(depth, prettyDepthMax) : 0
  }

  /** Whether only one text may stand between two tokens. */
  get isFixed(): boolean {
    return this.#whitespace !== 'flexible'
  }

  /** Where it is fixed: the texts around and between the elements of an array or object. */
  texts(depth: number): {
    readonly open: string
    readonly comma: string
    readonly colon: string
    readonly close: string
  } {
    const { comma, colon } = marksAt(this.#whitespace, depth)
    return { open: this.#lineText(depth + 1), comma, colon, close: this.#lineText(depth) }
  }

  /** An opening bracket with the space that belongs inside it, before the first element. */
  open(bracket: string, depth: number): RegexId {
    return this.#builder.concat(this.#builder.literal(bracket), this.#line(depth + 1))
  }

  /** The space before a closing bracket after elements, and the bracket. */
  close(bracket: string, depth: number): RegexId {
    return this.#builder.concat(this.#line(depth), this.#builder.literal(bracket))
  }

  comma(depth: number): RegexId {
    return this.#mark(',', marksAt(this.#whitespace, depth).comma)
  }

  colon(depth: number): RegexId {
    return this.#mark(':', marksAt(this.#whitespace, depth).colon)
  }

  #mark(bare: string, fixed: string): RegexId {
    if (this.isFixed) return this.#builder.literal(fixed)
    return this.#builder.concat(this.#flexible, this.#builder.literal(bare), this.#flexible)
  }

  /** Brackets around nothing. */
  emptyBrackets(brackets: string): RegexId {
    if (this.#whitespace !== 'flexible') return this.#builder.literal(brackets)
    return this.#builder.concat(
      this.#builder.literal(brackets[0]!),
      this.#flexible,
      this.#builder.literal(brackets[1]!),
    )
  }

  #line(depth: number): RegexId {
    if (this.#whitespace === 'flexible') return this.#flexible
    return this.#builder.literal(this.#lineText(depth))
  }

  #lineText(depth: number): string {
    return lineAt(this.#whitespace, depth)
  }
}
