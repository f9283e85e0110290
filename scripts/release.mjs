// @ts-check
// Makes a release: checks, addons for all platforms with their checksums, a bill of materials, the tarball. A dry run,
// unless it is told --publish. Decides what has to be right before; never publishes what one check found wrong.
//
//   npm run release                        all of it but publishing; says what is wrong and goes on
//   npm run release -- --publish           publishes with provenance, which needs a build service that npm trusts
//   --tag NAME                             the dist-tag, default latest
//   --skip NAME                            leaves out a check; dry runs only
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import {
  billOfMaterials,
  changelogEntry,
  checkSums,
  PACKED_BYTES_MAX,
  prebuildSums,
  SBOM,
  SUMS,
} from './release-files.mjs'
import { root } from './source-files.mjs'

const { values: options } = parseArgs({
  options: {
    publish: { type: 'boolean', default: false },
    tag: { type: 'string', default: 'latest' },
    skip: { type: 'string', multiple: true, default: [] },
  },
})

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const output = path.join(root, 'build', 'release')

/** @param {string} command @param {readonly string[]} args @param {'pipe' | 'inherit'} [stdio] */
function run(command, args, stdio = 'pipe') {
  const shell = process.platform === 'win32' && command === 'npm'
  return String(execFileSync(command, args, { cwd: root, stdio: ['ignore', stdio, 'inherit'], shell }) ?? '')
}

/** A script of package.json, which an older state of the project may lack. @param {string} name */
function script(name) {
  if (manifest.scripts[name] === undefined) throw new Error(`package.json has no script ${name}.`)
  run('npm', ['run', name], 'inherit')
}

/**
 * In this order; each throws an Error with a sentence, or returns what was seen.
 * @type {Record<string, () => string>}
 */
const steps = {
  tree() {
    const changed = run('git', ['status', '--porcelain']).trim()
    if (changed !== '') throw new Error(`The working tree has changes that are not committed:\n${changed}`)
    return `commit ${run('git', ['rev-parse', 'HEAD']).trim()}`
  },
  version() {
    const { version } = manifest
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`${version} is no version.`)
    if (version.includes('-') && options.tag === 'latest')
      throw new Error(`${version} is not for everybody: give it another --tag than latest.`)
    const locked = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).version
    if (locked !== version) throw new Error(`package-lock.json says ${locked}, package.json ${version}.`)
    return `${manifest.name} ${version}`
  },
  changelog() {
    const entry = changelogEntry(readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8'), manifest.version)
    if (entry === null) throw new Error(`CHANGELOG.md has no entry "## ${manifest.version}".`)
    if (!entry.isReleased)
      throw new Error(`CHANGELOG.md calls ${manifest.version} unreleased; write its date.`)
    return `${entry.text.split('\n').length} lines`
  },
  repository() {
    if (!manifest.repository)
      throw new Error(
        'package.json names no repository; npm writes the provenance of a package for that one only.',
      )
    return JSON.stringify(manifest.repository)
  },
  prepare() {
    script('prepare')
    return 'addon, dist/ and what else is made of the sources'
  },
  'build:prebuilds'() {
    script('build:prebuilds')
    return prebuildSums(root).trim()
  },
  files() {
    const sums = prebuildSums(root)
    if (sums === '') throw new Error('There is no addon in prebuilds/.')
    writeFileSync(path.join(root, SUMS), sums)
    writeFileSync(path.join(root, SBOM), billOfMaterials(root))
    const components = JSON.parse(readFileSync(path.join(root, SBOM), 'utf8')).components.length
    return `${SUMS} of ${sums.split('\n').length - 1} addons, ${SBOM} with ${components} components`
  },
  pack() {
    rmSync(output, { recursive: true, force: true })
    mkdirSync(output, { recursive: true })
    // Without scripts: all is made by now, and nothing may change after its checksum.
    run('npm', ['pack', '--pack-destination', output, '--ignore-scripts', '--loglevel=error'])
    const file = tarball()
    const bytes = statSync(file).size
    if (bytes > PACKED_BYTES_MAX)
      throw new Error(`${file} has ${bytes} bytes; at most ${PACKED_BYTES_MAX} are wanted.`)
    // By its name: some tars take what stands before a colon for another machine.
    execFileSync('tar', ['-xzf', path.basename(file)], { cwd: output })
    const unpacked = path.join(output, 'package')
    const addons = checkSums(unpacked)
    JSON.parse(readFileSync(path.join(unpacked, SBOM), 'utf8'))
    rmSync(unpacked, { recursive: true })
    return `${path.relative(root, file)}: ${(bytes / 1048576).toFixed(1)} MiB, ${addons} addons as their checksums say`
  },
  'check:package'() {
    script('check:package')
    return 'passed'
  },
  'check:platforms'() {
    script('check:platforms')
    return 'passed'
  },
}

function tarball() {
  const name = readdirSync(output).find((entry) => entry.endsWith('.tgz'))
  if (!name) throw new Error(`npm left no tarball in ${output}.`)
  return path.join(output, name)
}

function release() {
  const unknown = options.skip.find((name) => steps[name] === undefined)
  if (unknown) throw new Error(`There is no check ${unknown}; expected ${Object.keys(steps).join(', ')}.`)
  if (options.publish && options.skip.length > 0)
    throw new Error('--skip is for dry runs; nothing was published.')
  let wrong = 0
  for (const [name, step] of Object.entries(steps)) {
    if (options.skip.includes(name)) {
      console.log(`--  ${name}: left out`)
      continue
    }
    try {
      console.log(`ok  ${name}: ${step()}`)
    } catch (error) {
      wrong++
      console.log(`NO  ${name}: ${/** @type {Error} */ (error).message}`)
      if (options.publish) throw new Error('Nothing was published.')
    }
  }
  if (wrong > 0) throw new Error(`${wrong} of ${Object.keys(steps).length} are not right for a release.`)
  if (!options.publish) {
    console.log('Nothing was published: --publish does that.')
    return
  }
  run('npm', ['publish', tarball(), '--provenance', '--access', 'public', '--tag', options.tag], 'inherit')
}

try {
  release()
} catch (error) {
  console.error(`espalier: ${/** @type {Error} */ (error).message}`)
  process.exitCode = 1
}
