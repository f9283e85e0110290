// The texts a pattern matches, where they are few. Decides only where the pattern is anchored on both sides and every
// part of it has an end; null says that there may be more, or others.
import type { RegexNode } from '../../regex/regex-node.js'
import type { TextRule } from './text-rule.js'

/** The texts a rule's pattern matches, where they are few and it is anchored; else null. */
export function finiteTextsOf(rule: TextRule, max: number): string[] | null {
  try {
    return finiteTexts(rule.tree(), max)
  } catch {
    // Reported when the pattern is lowered, if it ever is.
    return null
  }
}

function finiteTexts(node: RegexNode, max: number): string[] | null {
  const items = flatten([node])
  if (node.kind === 'choice') {
    const all = node.parts.map((part) => finiteTexts(part, max))
    return all.includes(null) ? null : limited([...new Set(all.flatMap((texts) => texts!))], max)
  }
  if (items[0]?.kind !== 'start' || items.at(-1)?.kind !== 'end') return null
  return expand({ kind: 'sequence', parts: items.slice(1, -1) }, max)
}

function expand(node: RegexNode, max: number): string[] | null {
  switch (node.kind) {
    case 'text':
      return [node.text]
    case 'set': {
      const size = node.set.reduce((sum, [from, to]) => sum + to - from + 1, 0)
      if (size > max || node.set.some(([from, to]) => to >= 0xd800 && from <= 0xdfff)) return null
      return node.set.flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index)),
      )
    }
    case 'choice': {
      const all = node.parts.map((part) => expand(part, max))
      return all.includes(null) ? null : limited([...new Set(all.flatMap((texts) => texts!))], max)
    }
    case 'sequence': {
      let texts: string[] | null = ['']
      for (const part of node.parts) {
        const next = expand(part, max)
        if (next === null || texts === null) return null
        texts = limited([...new Set(texts.flatMap((head) => next.map((tail) => head + tail)))], max)
      }
      return texts
    }
    case 'repeat': {
      const once = node.max === null || node.max > max ? null : expand(node.part, max)
      let texts: string[] | null = once && ['']
      for (let count = 0; once && texts && count < node.max!; count++) {
        const more: string[] = texts.flatMap((head) => once.map((tail) => head + tail))
        texts = limited([...new Set(count < node.min ? more : [...texts, ...more])], max)
      }
      return texts
    }
    default:
      return null
  }
}

function limited(texts: string[], max: number): string[] | null {
  return texts.length > max ? null : texts
}

function flatten(parts: readonly RegexNode[]): RegexNode[] {
  return parts.flatMap((part) => (part.kind === 'sequence' ? flatten(part.parts) : [part]))
}
