// Where this library and its scripts keep what they fetch, build or generate: outside the package, shared by all
// copies of it. Decides which folder that is; never creates anything.
import { homedir } from 'node:os'
import path from 'node:path'

/**
 * `$ESPALIER_CACHE_DIR`, else `$XDG_CACHE_HOME/espalier`, else `~/.cache/espalier`; null for who has no home. A
 * temporary folder would not do in its place: others may write there, and libraries out of it are run.
 */
export function cacheFolder(): string | null {
  const { ESPALIER_CACHE_DIR: own, XDG_CACHE_HOME: general } = process.env
  if (own) return path.resolve(own)
  if (general) return path.resolve(general, 'espalier')
  const home = homedir()
  return home !== '' && home !== path.parse(home).root ? path.join(home, '.cache', 'espalier') : null
}
