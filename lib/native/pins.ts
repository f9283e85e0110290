// Which llama.cpp this library is made for, and which packages hold it. Their one home is package.json, where npm needs
// the packages' versions: `optionalDependencies` and `llama`. Only reads them.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from './package-root.js'

export interface LlamaPins {
  /** Releases whose functions and structures are those the addon was compiled against, the newest first: 'v0.5.0'. */
  readonly releases: readonly string[]
  /** The npm package whose tarball holds llama.cpp's source code as a git bundle, at the release named. */
  readonly source: {
    readonly release: string
    /** 'name@version', as npm takes it. */
    readonly package: string
    /** Of the tarball, in base64. */
    readonly sha512: string
  }
  /** Version by package, without '@node-llama-cpp/'. */
  readonly packages: Readonly<Record<string, string>>
}

interface Manifest {
  readonly llama: Omit<LlamaPins, 'packages'>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

const scope = '@node-llama-cpp/'

/** Null where this package's package.json is not beside it, as where somebody copied the addon alone. */
export function llamaPins(): LlamaPins | null {
  try {
    const text = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')
    const { llama, optionalDependencies } = JSON.parse(text) as Manifest
    const { releases, source } = llama
    const packages = Object.entries(optionalDependencies)
      .filter(([name]) => name.startsWith(scope))
      .map(([name, version]) => [name.slice(scope.length), version])
    return { releases, source, packages: Object.fromEntries(packages) as Record<string, string> }
  } catch {
    return null
  }
}
