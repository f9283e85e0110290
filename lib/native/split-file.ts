// Models in several files, as llama.cpp's tools split them: name-00001-of-00003.gguf and its like. Decides by the name
// which files belong together, and what is said where one can't be opened as a model. Never reads their content.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'

const splitName = /^(.+)-(\d{5})-of-(\d{5})\.gguf$/
const partsMax = 10_000

/** All files of the model that a file belongs to, in order; the file alone where its name tells of no others. */
export function modelFiles(file: string): readonly string[] {
  const [, name, , last] = splitName.exec(path.basename(file)) ?? []
  const count = Number(last)
  if (name === undefined || count < 2 || count > partsMax) return [file]
  const numbered = (number: number): string => `${name}-${String(number).padStart(5, '0')}-of-${last}.gguf`
  return Array.from({ length: count }, (_, index) => path.join(path.dirname(file), numbered(index + 1)))
}

/** What to throw for an error of a file that is a part of a model; the error itself where it is not about parts. */
export function splitError(file: string, error: unknown): unknown {
  if (!(error instanceof ModelError) || error.code !== 'MODEL_DAMAGED') return error
  if (/invalid split file name/.test(error.message)) {
    return new ModelError(
      'MODEL_SPLIT',
      `The model file ${file} is the first of several and has another name than they were given; expected one that ` +
        'ends in "-00001-of-" and how many there are, as "-00003.gguf", and the others beside it.',
      { cause: error },
    )
  }
  const files = modelFiles(file)
  const [first] = files
  if (files.length === 1) return error
  if (path.resolve(first!) !== path.resolve(file)) {
    return new ModelError(
      'MODEL_SPLIT',
      `The model file ${file} is one of ${files.length}; expected the first of them, ${path.basename(first!)}.`,
      { cause: error },
    )
  }
  const missing = files.find((part) => !existsSync(part))
  if (missing === undefined) return error
  return new ModelError(
    'MODEL_SPLIT',
    `The model file ${file} is one of ${files.length}, and ${path.basename(missing)} is not beside it; expected all ` +
      'of them in one folder.',
    { cause: error },
  )
}
