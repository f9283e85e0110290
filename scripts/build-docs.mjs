// @ts-check
// Makes the API reference, build/docs, with typedoc. Decides that it has no warning. typedoc is installed anew each
// time, out of npm's own cache; it weighs as much as half of our tools.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryPoints } from './public-api.mjs'
import { root } from './source-files.mjs'

const TYPEDOC = 'typedoc@0.28.20'

const tools = mkdtempSync(join(tmpdir(), 'espalier-docs-'))
try {
  const npm = [
    'install',
    '--prefix',
    tools,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  execFileSync('npm', [...npm, '--legacy-peer-deps', TYPEDOC], { stdio: 'inherit' })
  // The compiler it reads the sources with is the one that builds them.
  symlinkSync(join(root, 'node_modules', 'typescript'), join(tools, 'node_modules', 'typescript'), 'junction')
  const typedoc = [
    join(tools, 'node_modules', 'typedoc', 'bin', 'typedoc'),
    ...Object.values(entryPoints),
    ...['--tsconfig', 'tsconfig.build.json', '--out', join('build', 'docs'), '--name', 'Espalier'],
    ...['--readme', 'README.md', '--excludePrivate', '--excludeInternal', '--disableSources'],
    // What types are made of is told where it is used; links are judged by a test, folders among them.
    ...['--validation.notExported', 'false', '--validation.invalidPath', 'false'],
    ...['js', 'ts', 'sh', 'dockerfile', 'json'].flatMap((name) => ['--highlightLanguages', name]),
    ...['--projectDocuments', 'docs/*.md', '--treatWarningsAsErrors', '--logLevel', 'Warn'],
  ]
  execFileSync(process.execPath, typedoc, { cwd: root, stdio: 'inherit' })
  console.log(join('build', 'docs', 'index.html'))
} catch {
  process.exitCode = 1
} finally {
  rmSync(tools, { recursive: true, force: true })
}
