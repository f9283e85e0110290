// Known values as they are written: of const, enum and what stands for them. Decides which spellings of a value are
// taken. Texts are joined as far as nothing else may stand there: an enum may hold tens of thousands of objects.
import { isUnicodeText } from '../../../base/seen.js'
import type { RegexId } from '../../ir/ir.js'
import { Decimal } from '../value/decimal.js'
import type { Json, JsonObject } from '../value/json-value.js'
import type { EmitContext } from './emit-context.js'
import { knownTexts } from './numbers.js'

/** Members of a known object up to which all their orders are written. */
const permutedMax = 4

export class KnownValues {
  readonly #emitter: EmitContext

  constructor(emitter: EmitContext) {
    this.#emitter = emitter
  }

  value(value: Json, depth: number): RegexId {
    const { builder, layout, numbers, spelling } = this.#emitter
    if (value === null || typeof value === 'boolean') return builder.literal(String(value))
    if (typeof value === 'string') return isUnicodeText(value) ? spelling.quoted(value) : builder.nothing
    if (value instanceof Decimal) return numbers.value(value)
    if (!layout.isFixed || this.#emitter.order === 'any') return this.#loose(value, depth)
    const line = new Line(this.#emitter)
    this.#write(line, value, depth)
    return line.end()
  }

  #write(line: Line, value: Json, depth: number): void {
    if (value === null || typeof value !== 'object') {
      if (typeof value === 'string' && !isUnicodeText(value)) line.add(this.#emitter.builder.nothing)
      else line.text(JSON.stringify(value))
      return
    }
    if (value instanceof Decimal) {
      const texts = knownTexts(value)
      if (texts.length > 1) line.add(this.#emitter.numbers.plain(value))
      else line.text(texts[0]!)
      line.add(this.#emitter.numbers.endOf(value))
      return
    }
    const isArray = Array.isArray(value)
    const { open, comma, colon, close } = this.#emitter.layout.texts(depth)
    let before = open
    line.text(isArray ? '[' : '{')
    for (const [key, item] of value.entries()) {
      line.text(isArray ? before : `${before}${JSON.stringify(key)}${colon}`)
      this.#write(line, item, depth + 1)
      before = comma
    }
    // Brackets around nothing have no space in them.
    if (before === comma) line.text(close)
    line.text(isArray ? ']' : '}')
  }

  /** Where white space or the order of members is free. */
  #loose(value: Json[] | JsonObject, depth: number): RegexId {
    const { builder, layout, order: wanted, spelling } = this.#emitter
    const brackets = Array.isArray(value) ? '[]' : '{}'
    const members: RegexId[] = Array.isArray(value)
      ? value.map((item) => this.value(item, depth + 1))
      : [...value].map(([key, item]) =>
          builder.concat(spelling.quoted(key), layout.colon(depth), this.value(item, depth + 1)),
        )
    if (members.length === 0) return layout.emptyBrackets(brackets)
    const comma = layout.comma(depth)
    const mayPermute = wanted === 'any' && !Array.isArray(value) && members.length <= permutedMax
    const orders = (mayPermute ? permutations(members) : [members]).map((order) =>
      builder.concatOf(order.flatMap((member, index) => (index === 0 ? [member] : [comma, member]))),
    )
    return builder.concat(
      layout.open(brackets[0]!, depth),
      builder.altOf(orders),
      layout.close(brackets[1]!, depth),
    )
  }
}

/** Parts one after the other, neighbouring texts as one. */
class Line {
  readonly #emitter: EmitContext
  readonly #parts: RegexId[] = []
  #text = ''

  constructor(emitter: EmitContext) {
    this.#emitter = emitter
  }

  text(text: string): void {
    this.#text += text
  }

  add(part: RegexId): void {
    const { builder } = this.#emitter
    if (part === builder.empty) return
    if (this.#text !== '') this.#parts.push(builder.literal(this.#text))
    this.#text = ''
    this.#parts.push(part)
  }

  end(): RegexId {
    const { builder } = this.#emitter
    if (this.#text !== '') this.#parts.push(builder.literal(this.#text))
    return builder.concatOf(this.#parts)
  }
}

function permutations<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((first, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  )
}
