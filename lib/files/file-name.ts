// What the name of a model file tells: a part of a split one, a download that is not finished, a quantisation, a
// projector. Pure; a file's header says more, but costs reading it.

/** One file of a split model: `name-00001-of-00003.gguf`. */
export interface PartName {
  readonly base: string
  readonly part: number
  readonly parts: number
}

export function partName(file: string): PartName | null {
  const found = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(file)
  if (found === null) return null
  const [part, parts] = [Number(found[2]), Number(found[3])]
  return part >= 1 && part <= parts ? { base: found[1]!, part, parts } : null
}

/** The names of all files of the split model that the one named is a part of; a whole file's own name. */
export function allParts(file: string): readonly string[] {
  const split = partName(file)
  if (split === null) return [file]
  const five = (number: number): string => String(number).padStart(5, '0')
  const extension = file.slice(-'.gguf'.length)
  return Array.from(
    { length: split.parts },
    (_, index) => `${split.base}-${five(index + 1)}-of-${five(split.parts)}${extension}`,
  )
}

export function isGgufName(file: string): boolean {
  return /\.gguf$/i.test(file)
}

/** As the programs that download name what they have not got whole. */
export function isUnfinishedName(file: string): boolean {
  return (
    /(\.part|\.partial|\.incomplete|\.download|\.crdownload|\.downloadInProgress|-partial)$/i.test(file) ||
    /^(incomplete-|downloading_).*gguf/i.test(file)
  )
}

/** Of a model that sees or hears: not a model by itself. */
export function isProjectorName(file: string): boolean {
  return /(^|[-._/])mmproj([-._]|$)/i.test(file)
}

const quantisation =
  /(?:^|[-._/])((?:UD-)?(?:I?Q\d(?:_[A-Z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|NVFP4|BF16|F16|F32|FP16|FP32))(?=[-./]|$)/gi

/** 'Q4_K_M' of 'Qwen3-4B-Q4_K_M.gguf'; null where the name has none. */
export function quantisationIn(file: string): string | null {
  const found = [...file.matchAll(quantisation)].at(-1)?.[1] ?? null
  return found?.toUpperCase() ?? null
}

/** Whether the name has this tag, as in `hf:org/repo:Q4_K_M`, ignoring case: 'Q4_K' is none of 'Q4_K_M'. */
export function hasTag(file: string, tag: string): boolean {
  const plain = tag.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[-._/])${plain}(?=[-./]|$)`, 'i').test(file)
}
