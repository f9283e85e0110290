// Tokenizes very long words under many of llama.cpp's ways to split text, in a process of its own: where one of them
// goes deeper than the stack, the process ends. Prints what was wrong, one line each, and then "done".
//   node long-words.mjs VOCABULARY.gguf FOLDER
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { loadVocab } from '../../dist/constraint/constraint.js'

const [file, folder] = process.argv.slice(2)
const splitters = [
  'gpt-4o',
  'deepseek-llm',
  'deepseek-v3',
  'deepseek-coder',
  'tekken',
  'bloom',
  'falcon',
  'default',
]
const texts = ['a', 'A', '1', '=', ' ', '\n', 'é', '中', 'aB3+']
/** The stack used to end at some 24,000. */
const length = 32_000

/** The vocabulary with another splitter: one text of its metadata is another. */
function withSplitter(name) {
  const bytes = readFileSync(file)
  const key = Buffer.from('tokenizer.ggml.pre')
  const at = bytes.indexOf(key) + key.length + 4
  const before = Number(bytes.readBigUInt64LE(at))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(name.length))
  const made = path.join(folder, `${name}.gguf`)
  writeFileSync(
    made,
    Buffer.concat([bytes.subarray(0, at), size, Buffer.from(name), bytes.subarray(at + 8 + before)]),
  )
  return made
}

for (const name of splitters) {
  const vocab = await loadVocab(withSplitter(name))
  for (const part of texts) {
    const text = part.repeat(Math.ceil(length / part.length))
    const spelled = Buffer.concat(
      [...vocab.tokenize(text)].map((token) => vocab.tokenBytes(token)),
    ).toString()
    if (spelled !== text) console.log(`${name}: ${JSON.stringify(part)} is not spelled by its tokens`)
  }
  await vocab.dispose()
}
console.log('done')
