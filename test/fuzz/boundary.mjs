// The boundary properties on other vocabularies and pre-tokenizers than the suite has, for as long as wanted:
//   node test/fuzz/boundary.mjs [--runs 300] [--seed N] [--seeds 1] [--pre falcon,tekken,...|all] FILE.gguf ...
// `--pre` names other pre-tokenizers to put in the place of the file's own. Prints one JSON line for each vocabulary;
// a failure shows its counterexample and its seed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'

register('./typescript-hook.mjs', import.meta.url)
const { appendIsCanonical, forcedIsCanonical, keptIsBeginning } = await import(
  '../support/boundary-properties.ts'
)
const { loadVocab } = await import('../../lib/constraint/constraint.ts')

// One name for each way of splitting that llama.cpp knows (byte-level vocabularies only).
const splits =
  'default gpt-2 llama-bpe qwen2 qwen35 deepseek-llm deepseek-coder deepseek-v3 falcon starcoder poro-chat viking ' +
  'tekken chameleon gpt-4o tiny_aya kimi-k2 superbpe bailingmoe seed-coder minicpm5 afmoe laguna exaone-moe spark2_5 ' +
  'youtu jais-2 ufakzeka glm4'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '300' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    pre: { type: 'string' },
  },
})

/** The file with another pre-tokenizer; vocabulary-only files have nothing behind the key that must be aligned. */
function withSplit(file, name) {
  const bytes = readFileSync(file)
  const key = Buffer.from('tokenizer.ggml.pre')
  const at = bytes.indexOf(key)
  if (at < 0) throw new Error(`${file} names no pre-tokenizer`)
  const lengthAt = at + key.length + 4
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(name.length))
  const after = bytes.subarray(lengthAt + 8 + Number(bytes.readBigUInt64LE(lengthAt)))
  return Buffer.concat([bytes.subarray(0, lengthAt), length, Buffer.from(name), after])
}

async function check(label, file) {
  const first = Number(values.seed)
  const vocab = await loadVocab(file)
  const failed = []
  for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
    for (const [name, property] of Object.entries({
      appendIsCanonical,
      forcedIsCanonical,
      keptIsBeginning,
    })) {
      const result = fc.check(property(vocab), { seed, numRuns: Number(values.runs) })
      if (!result.failed) continue
      failed.push({ name, seed })
      console.error(
        `${label} ${name} seed ${seed}: ${JSON.stringify(result.counterexample)} ${result.errorInstance?.message}`,
      )
    }
  }
  await vocab.dispose()
  console.log(
    JSON.stringify({
      vocabulary: label,
      seed: first,
      seeds: Number(values.seeds),
      runs: Number(values.runs),
      failed,
    }),
  )
  if (failed.length > 0) process.exitCode = 1
}

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-'))
try {
  for (const file of positionals) {
    const name = path.basename(file, '.gguf')
    if (values.pre === undefined) {
      await check(name, file)
      continue
    }
    for (const split of (values.pre === 'all' ? splits : values.pre).split(/[ ,]+/)) {
      const changed = path.join(folder, `${split}.gguf`)
      writeFileSync(changed, withSplit(file, split))
      await check(`${name} as ${split}`, changed)
      rmSync(changed)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
