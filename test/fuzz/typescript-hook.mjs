// Lets plain node run the test support written in TypeScript: resolves './x.js' to './x.ts' and strips the types.
// Only for the scripts beside it; the test suite has its own transform.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { transformSync } from '@swc/core'

export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL) {
    const typed = fileURLToPath(new URL(`${specifier.slice(0, -3)}.ts`, context.parentURL))
    if (existsSync(typed)) return { url: pathToFileURL(typed).href, format: 'module', shortCircuit: true }
  }
  return next(specifier, context)
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const filename = fileURLToPath(url)
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  })
  return { format: 'module', source: code, shortCircuit: true }
}
