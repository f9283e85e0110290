// What a release has beside the code: checksums that say what lies there, a bill of materials that is the same each
// time and names every dependency of a user, and the entry in the changelog.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  billOfMaterials,
  changelogEntry,
  checkSums,
  prebuildSums,
  SUMS,
} from '../../../scripts/release-files.mjs'

const root = path.join(__dirname, '..', '..', '..')
const folder = mkdtempSync(path.join(tmpdir(), 'espalier-release-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const addons = { 'win32-x64': 'one', 'linux-x64': 'two' }
for (const [platform, bytes] of Object.entries(addons)) {
  mkdirSync(path.join(folder, 'prebuilds', platform), { recursive: true })
  writeFileSync(path.join(folder, 'prebuilds', platform, 'espalier.node'), bytes)
}

describe('checksums', () => {
  test('are those of the addons, as sha256sum writes them, in order', () => {
    const sum = (text: string) => createHash('sha256').update(text).digest('hex')
    expect(prebuildSums(folder)).toBe(
      `${sum('two')}  linux-x64/espalier.node\n${sum('one')}  win32-x64/espalier.node\n`,
    )
    expect(prebuildSums(path.join(folder, 'prebuilds'))).toBe('')
  })

  test('a package without them, with an addon that changed, one more or one less is refused', () => {
    expect(() => checkSums(folder)).toThrow(/has no .*SHA256SUMS/)
    writeFileSync(path.join(folder, SUMS), prebuildSums(folder))
    expect(checkSums(folder)).toBe(2)
    const addon = path.join(folder, 'prebuilds', 'win32-x64', 'espalier.node')
    writeFileSync(addon, 'One')
    expect(() => checkSums(folder)).toThrow(/is not that of its addons/)
    rmSync(addon)
    expect(() => checkSums(folder)).toThrow(/is not that of its addons/)
    writeFileSync(addon, 'one')
    mkdirSync(path.join(folder, 'prebuilds', 'more'))
    writeFileSync(path.join(folder, 'prebuilds', 'more', 'espalier.node'), '')
    expect(() => checkSums(folder)).toThrow(/is not that of its addons/)
  })
})

test('the bill of materials is the same each time and has every dependency of a user, with its hash', () => {
  const bill = billOfMaterials(root)
  expect(billOfMaterials(root)).toBe(bill)
  const { metadata, components } = JSON.parse(bill)
  const { dependencies, optionalDependencies, version, devDependencies } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  )
  expect(metadata.component).toMatchObject({ name: 'espalier', version })
  const listed = new Map(
    components.map((each: { name: string; version: string; hashes: unknown[] }) => [each.name, each]),
  )
  const locked = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const { version } = locked[`node_modules/${name}`]
    expect(listed.get(name)).toMatchObject({ version, hashes: [{ alg: 'SHA-512' }] })
  }
  expect(Object.keys(devDependencies).filter((name) => listed.has(name))).toEqual([])
})

test.each<[string, string, unknown]>([
  ['## 1.2.0 (2030-01-01)\n- a\n- b\n\n## 1.1.0\n- c\n', '1.2.0', { isReleased: true, text: '- a\n- b' }],
  ['## 1.2.0 (unreleased)\n- a\n', '1.2.0', { isReleased: false, text: '- a' }],
  ['## 1.2.0\n- a\n', '1.2.0', { isReleased: true, text: '- a' }],
  ['## 1.2.01\n- a\n', '1.2.0', null],
  ['# Changelog\n1.2.0\n', '1.2.0', null],
])('changelog %j of %s', (changelog, version, expected) => {
  expect(changelogEntry(changelog, version)).toEqual(expected)
})

describe('the script', () => {
  const release = (...args: string[]) => {
    const script = path.join(root, 'scripts', 'release.mjs')
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
    return { status, out: stdout, err: stderr }
  }
  const long = ['prepare', 'build:prebuilds', 'files', 'pack', 'check:package', 'check:platforms']
  const skipped = long.flatMap((name) => ['--skip', name])

  test('a dry run says what is wrong and what was left out, and publishes nothing', () => {
    const { status, out, err } = release(...skipped)
    expect(out).toMatch(/^ok {2}version: espalier \d/m)
    for (const name of long) expect(out).toContain(`--  ${name}: left out\n`)
    const wrong = out.match(/^NO /gm)?.length ?? 0
    expect(status).toBe(wrong > 0 ? 1 : 0)
    if (wrong > 0) expect(err).toContain(`${wrong} of `)
    else expect(out).toContain('Nothing was published')
  })

  test('nothing is left out of what is published, and no check is invented', () => {
    expect(release('--publish', ...skipped)).toMatchObject({ status: 1, out: '' })
    expect(release('--skip', 'tests').err).toMatch(/There is no check tests; expected tree, version,/)
  })
})
