// Which llama.cpp this library is made for, and which packages hold it. Their one home is package.json, where npm needs
// the packages' versions: `optionalDependencies` and `llama`. Only reads them.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from './package-root.js'
import type { LlamaPins } from './platform.js'

interface Manifest {
  readonly llama?: Omit<LlamaPins, 'packages'>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly version?: string
  readonly engines?: { readonly node?: string }
}

const scope = '@node-llama-cpp/'

/** Null where this package's package.json is not beside it, as where somebody copied the addon alone. */
export function llamaPins(): LlamaPins | null {
  const { llama, optionalDependencies } = manifestRead()
  if (llama === undefined || optionalDependencies === undefined) return null
  const { releases, source } = llama
  const packages = Object.entries(optionalDependencies)
    .filter(([name]) => name.startsWith(scope))
    .map(([name, version]) => [name.slice(scope.length), version])
  return { releases, source, packages: Object.fromEntries(packages) as Record<string, string> }
}

/** This library's; null as for `llamaPins`. */
export function ownVersion(): string | null {
  return manifestRead().version ?? null
}

/** Versions of Node it works with, as npm writes them; null as for `llamaPins`. */
export function nodeRange(): string | null {
  return manifestRead().engines?.node ?? null
}

function manifestRead(): Manifest {
  try {
    return JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as Manifest
  } catch {
    return {}
  }
}
