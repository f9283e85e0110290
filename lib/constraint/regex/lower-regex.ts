// Lowers a parsed regular expression to IR nodes. Decides how UTF-16 semantics (no flag u or v) become a language of
// whole code points; never parses.
//
// Without u and v a pattern sees units: `.` takes half of a character above U+FFFF. Texts are whole, so a node's
// language is kept as four parts by where it starts and ends relative to such a character:
//   whole   starts and ends between characters     opens   ends after a first half
//   closes  starts after a first half              inside  both
// The character itself is written at its first half; the second half writes nothing.
import { ConstraintError } from '../../base/errors.js'
import { type CodePointSet, contains, intersection } from '../ir/code-point-set.js'
import type { RegexId } from '../ir/ir.js'
import type { IrBuilder } from '../ir/ir-builder.js'
import type { RegexNode } from './regex-node.js'

const nodesMax = 200_000
const bmp: CodePointSet = [[0, 0xffff]]
const astral: CodePointSet = [[0x10000, 0x10ffff]]

type Language = {
  readonly whole: RegexId
  readonly opens: RegexId
  readonly closes: RegexId
  readonly inside: RegexId
}

type Edges = { readonly atStart: boolean; readonly atEnd: boolean }

/** The language of the whole value: what `^(?:source)$` matches. */
export function lowerRegex(builder: IrBuilder, node: RegexNode, flags: string): RegexId {
  return new RegexLowering(builder, flags).lower(node, { atStart: true, atEnd: true }).whole
}

class RegexLowering {
  readonly #builder: IrBuilder
  readonly #isUnicode: boolean
  readonly #empty: Language
  /** What is written twice is one set. */
  readonly #sets = new Map<CodePointSet, Language>()

  constructor(builder: IrBuilder, flags: string) {
    this.#builder = builder
    this.#isUnicode = flags.includes('u') || flags.includes('v')
    const { empty, nothing } = builder
    this.#empty = { whole: empty, opens: nothing, closes: nothing, inside: empty }
  }

  lower(node: RegexNode, edges: Edges): Language {
    switch (node.kind) {
      case 'text':
        return this.#closed(this.#builder.literal(node.text))
      case 'set':
        return this.#known(node.set)
      case 'sequence':
        return this.#sequence(node.parts, edges)
      case 'choice':
        return this.#choice(node.parts.map((part) => this.lower(part, edges)))
      case 'repeat':
        return this.#repeat(node, edges)
      case 'start':
      case 'end': {
        if (node.kind === 'start' ? edges.atStart : edges.atEnd) return this.#empty
        const sign = node.kind === 'start' ? '^' : '$'
        throw new ConstraintError(
          'REGEX_UNSUPPORTED',
          `The regular expression has the anchor ${sign} at offset ${node.offset}, where it is not at the ` +
            'edge of the value; a constraint takes anchors only there.',
        )
      }
    }
  }

  #closed(whole: RegexId): Language {
    const { nothing } = this.#builder
    return { whole, opens: nothing, closes: nothing, inside: nothing }
  }

  #known(set: CodePointSet): Language {
    let language = this.#sets.get(set)
    if (language === undefined) {
      language = this.#set(set)
      this.#sets.set(set, language)
    }
    return language
  }

  #set(set: CodePointSet): Language {
    const builder = this.#builder
    if (this.#isUnicode) return this.#closed(builder.class(set))
    const whole = builder.class(intersection(set, bmp))
    if (!isWide(set)) return this.#closed(whole)
    return { whole, opens: builder.class(astral), closes: builder.empty, inside: builder.nothing }
  }

  #sequence(parts: readonly RegexNode[], edges: Edges): Language {
    const isZero = (part: RegexNode): boolean =>
      part.kind === 'start' || part.kind === 'end' || (part.kind === 'sequence' && part.parts.every(isZero))
    const first = parts.findIndex((part) => !isZero(part))
    const last = parts.findLastIndex((part) => !isZero(part))
    const languages = parts.map((part, index) =>
      this.lower(part, {
        atStart: edges.atStart && (first < 0 || index <= first),
        atEnd: edges.atEnd && (last < 0 || index >= last),
      }),
    )
    return this.#concatAll(languages)
  }

  /** Runs of simple languages become one flat concatenation; the rest is joined in halves to stay shallow. */
  #concatAll(languages: readonly Language[]): Language {
    const joined: Language[] = []
    let run: Language[] = []
    const finishRun = (): void => {
      const whole = this.#builder.concatOf(run.map((language) => language.whole))
      const isInside = run.every((language) => language.inside === this.#builder.empty)
      if (run.length > 0) joined.push(isInside ? { ...this.#empty, whole } : this.#closed(whole))
      run = []
    }
    for (const language of languages) {
      if (this.#isSimple(language)) run.push(language)
      else {
        finishRun()
        joined.push(language)
      }
    }
    finishRun()
    return this.#concatHalves(joined)
  }

  #concatHalves(languages: readonly Language[]): Language {
    if (languages.length === 0) return this.#empty
    if (languages.length === 1) return languages[0]!
    const middle = languages.length >> 1
    return this.#concat(
      this.#concatHalves(languages.slice(0, middle)),
      this.#concatHalves(languages.slice(middle)),
    )
  }

  /** Whether no character above U+FFFF is cut; `inside` then only tells whether the language holds the empty text. */
  #isSimple(language: Language): boolean {
    const { empty, nothing } = this.#builder
    const { opens, closes, inside } = language
    return opens === nothing && closes === nothing && (inside === empty || inside === nothing)
  }

  #concat(left: Language, right: Language): Language {
    const join = (l: RegexId, r: RegexId, viaL: RegexId, viaR: RegexId): RegexId =>
      this.#builder.alt(this.#builder.concat(l, r), this.#builder.concat(viaL, viaR))
    return this.#checked({
      whole: join(left.whole, right.whole, left.opens, right.closes),
      opens: join(left.whole, right.opens, left.opens, right.inside),
      closes: join(left.closes, right.whole, left.inside, right.closes),
      inside: join(left.closes, right.opens, left.inside, right.inside),
    })
  }

  #choice(parts: readonly Language[]): Language {
    const either = (edge: keyof Language): RegexId => this.#builder.altOf(parts.map((part) => part[edge]))
    return {
      whole: either('whole'),
      opens: either('opens'),
      closes: either('closes'),
      inside: either('inside'),
    }
  }

  #repeat(node: RegexNode & { kind: 'repeat' }, edges: Edges): Language {
    const { min, max } = node
    const isOnce = max !== null && max <= 1
    const part = this.lower(node.part, isOnce ? edges : { atStart: false, atEnd: false })
    if (max !== null && max < min) return this.#closed(this.#builder.nothing)
    if (max === 0) return this.#empty
    if (this.#isSimple(part)) {
      const whole = this.#builder.repeat(part.whole, min, max)
      const isInside = min === 0 || part.inside === this.#builder.empty
      return isInside ? { ...this.#empty, whole } : this.#closed(whole)
    }
    if (max === null) {
      if (node.part.kind === 'set' && min <= 1) return this.#wideLoop(node.part.set, min)
      return this.#steps(part, min, this.#loop(part), (rest) => rest)
    }
    const withStop = (rest: Language): Language => this.#choice([this.#empty, rest])
    return this.#steps(part, min, this.#steps(part, max - min, this.#empty, withStop), (rest) => rest)
  }

  /** `part` taken `count` times before `rest`; `each` is applied to the language from every step on. */
  #steps(part: Language, count: number, rest: Language, each: (rest: Language) => Language): Language {
    let language = rest
    for (let step = 0; step < count; step += 1) language = each(this.#concat(part, language))
    return language
  }

  /** Any number of `part`: the closure of a 2 x 2 matrix of languages. */
  #loop(part: Language): Language {
    const builder = this.#builder
    const star = (id: RegexId): RegexId => builder.repeat(id, 0, null)
    const around = star(part.inside)
    const whole = star(builder.alt(part.whole, builder.concat(part.opens, around, part.closes)))
    const opens = builder.concat(whole, part.opens, around)
    const closes = builder.concat(around, part.closes, whole)
    const inside = builder.alt(around, builder.concat(closes, part.opens, around))
    return { whole, opens, closes, inside }
  }

  /** `[^"]*` and `.+`: the plain loop over whole characters, in the form masks are quickest for. */
  #wideLoop(set: CodePointSet, min: number): Language {
    const builder = this.#builder
    const character = builder.class([...intersection(set, bmp), ...astral])
    const loop = builder.repeat(character, 0, null)
    const opens = builder.concat(loop, builder.class(astral))
    const inside = min === 0 ? builder.alt(builder.empty, opens) : opens
    return { whole: builder.repeat(character, min, null), opens, closes: loop, inside }
  }

  #checked(language: Language): Language {
    if (this.#builder.nodeCount <= nodesMax) return language
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression grows above ${nodesMax} nodes; with the flag u it would be smaller.`,
    )
  }
}

function isWide(set: CodePointSet): boolean {
  return contains(set, 0xd800)
}
