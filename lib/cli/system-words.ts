// What systems say of themselves in words and file names of their own. Decides what they mean here. Pure.
import path from 'node:path'

/** Whether the system gives large pages: always, to those who ask (as espalier does), or never; null: unknown. */
export type LargePages = 'always' | 'asked' | 'never' | null

/** The variant of the CPU's library, of a path such as .../libggml-cpu-zen4.so; null: none of them is one. */
export function variantIn(files: readonly string[]): string | null {
  const pattern = /^(?:lib)?ggml-cpu-(\w+)\.(?:so|dll|dylib)$/
  for (const file of files) {
    const [, variant] = pattern.exec(path.posix.basename(file.replaceAll('\\', '/'))) ?? []
    if (variant !== undefined) return variant
  }
  return null
}

/** Of the switch as Linux shows it: 'always [madvise] never'. */
export function largePagesIn(shown: string | null): LargePages {
  const [, chosen] = /\[(\w+)\]/.exec(shown ?? '') ?? []
  if (chosen === 'madvise') return 'asked'
  return chosen === 'always' || chosen === 'never' ? chosen : null
}

/** Whether a version is in a range of npm's with alternatives of ^ and >=: '^20.19.0 || >=24.0.0'. */
export function isInRange(version: string, range: string): boolean {
  const own = numbersOf(version)
  return range.split('||').some((part) => {
    const least = numbersOf(part)
    return compared(own, least) >= 0 && (part.trim().startsWith('>=') || own[0] === least[0])
  })
}

const numbersOf = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number)

function compared(a: readonly number[], b: readonly number[]): number {
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0))
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
