// Decides where scripts and tests keep what they fetch or generate: outside the repository, shared by all clones.
// Never creates anything.
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * `$ESPALIER_CACHE_DIR`, else `$XDG_CACHE_HOME/espalier`, else `~/.cache/espalier`, else a folder in the temporary one.
 * @returns {string}
 */
export function cacheFolder() {
  if (process.env.ESPALIER_CACHE_DIR) return resolve(process.env.ESPALIER_CACHE_DIR)
  if (process.env.XDG_CACHE_HOME) return join(resolve(process.env.XDG_CACHE_HOME), 'espalier')
  const home = homedir()
  return home && home !== '/' ? join(home, '.cache', 'espalier') : join(tmpdir(), 'espalier-cache')
}
