// What it costs to compile and to walk constraints that are made to be costly: CPU time and memory of each, in a
// process of its own. Each has to end in a result or in a ConstraintError within 1 s and 200 MB.
//   node test/fuzz/pathological.mjs [FILE.gguf] [--only NAME]
import { spawnSync } from 'node:child_process'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

register('./typescript-hook.mjs', import.meta.url)
const { compile, ConstraintError, loadVocab } = await import('../../lib/constraint/constraint.ts')
const { pathological } = await import('../support/pathological.ts')
const { vocabularyPath } = await import('../support/real-vocabularies.ts')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, child: { type: 'boolean' } },
})
const file = positionals[0] ?? vocabularyPath('llama-bpe')
const steps = 24

const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** A token that the mask allows; another one at each step. */
function drawn(mask, step) {
  let at = (Math.imul(step + 1, 2654435761) >>> 0) % mask.length
  for (let tried = 0; tried < mask.length; tried += 1, at = (at + 1) % mask.length) {
    if (mask[at] !== 0) return at * 32 + 31 - Math.clz32(mask[at])
  }
  return null
}

async function measure(name) {
  const vocab = await loadVocab(file)
  compile(pathological.warm(), vocab).matcher().mask()
  const rssKb = process.resourceUsage().maxRSS
  const sum = { name, ended: 'masks', compileMs: 0, callMsMax: 0, walkMs: 0 }
  const begun = cpuMs()
  try {
    const compiled = compile(pathological[name](), vocab)
    sum.compileMs = Math.round(cpuMs() - begun)
    const matcher = compiled.matcher()
    for (let step = 0; step < steps; step += 1) {
      const before = cpuMs()
      const token = drawn(matcher.mask(), step)
      matcher.forced()
      const accepted = token !== null && !vocab.isEog(token) && matcher.accept(token)
      sum.callMsMax = Math.max(sum.callMsMax, Math.round(cpuMs() - before))
      if (!accepted) break
    }
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error
    sum.ended = `${error.code} ${error.message}`.slice(0, 110)
  }
  sum.walkMs = Math.round(cpuMs() - begun) - sum.compileMs
  sum.mb = Math.round((process.resourceUsage().maxRSS - rssKb) / 1024)
  console.log(JSON.stringify(sum))
}

if (values.child) await measure(values.only)
else {
  for (const name of Object.keys(pathological)) {
    if (name === 'warm' || (values.only !== undefined && name !== values.only)) continue
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [fileURLToPath(import.meta.url), file, '--child', '--only', name],
      { encoding: 'utf8', timeout: 60_000 },
    )
    if (status !== 0)
      console.log(
        JSON.stringify({
          name,
          ended: `FAILED ${stderr.trim().split('\n').slice(-3).join(' | ').slice(0, 300)}`,
        }),
      )
    const seen = status === 0 ? JSON.parse(stdout) : null
    if (seen !== null) console.log(JSON.stringify(seen))
    if (seen === null || seen.compileMs > 1000 || seen.callMsMax > 1000 || seen.mb > 200) process.exitCode = 1
  }
}
