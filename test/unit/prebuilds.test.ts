// Goal: the addons that are shipped are those that are looked for. Method: the library's names of platforms against the
// scripts' ones, and the folders of a clone and of an installed package.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { addonFiles, platformName } from '../../lib/native/package-root.js'
import { platformOf } from '../../lib/native/platform.js'
import { ownAddon, platform } from '../../scripts/addon-file.mjs'
import { targets } from '../../scripts/prebuilds/targets.mjs'
import { root } from '../../scripts/source-files.mjs'

test.each([
  ['linux', 'x64', 'glibc', 'linux-x64'],
  ['linux', 'arm64', 'musl', 'linux-arm64-musl'],
  ['linux', 'x64', null, 'linux-x64'],
  ['darwin', 'arm64', null, 'darwin-arm64'],
  ['win32', 'x64', null, 'win32-x64'],
])('%s on %s with %s is %s, for which an addon is built', (system, processor, libc, name) => {
  expect(platformOf(system, processor, libc)).toBe(name)
  expect(Object.keys(targets)).toContain(name)
})

test('every platform has the addon of its own system and processor', () => {
  const systems: Record<string, string> = { linux: 'linux', darwin: 'macos', win32: 'windows' }
  const processors: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' }
  for (const [name, target] of Object.entries(targets)) {
    const [system, processor, libc] = name.split('-') as [string, string, string | undefined]
    expect(target.triple).toMatch(new RegExp(`^${processors[processor]}-${systems[system]}\\b`))
    expect(target.triple.endsWith('-musl')).toBe(libc === 'musl')
  }
})

test('a clone takes the addon it built itself, a package the one that was shipped', () => {
  expect(platform).toBe(platformName())
  expect(addonFiles('/there').map((file) => path.relative('/there', file))).toEqual([
    ownAddon,
    path.join('prebuilds', platform, 'espalier.node'),
  ])
})

test('a platform nobody builds for is refused by name', () => {
  const script = path.join(root, 'scripts', 'build-prebuilds.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, 'amiga-m68k'], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^espalier: There is no platform amiga-m68k; expected linux-x64, /)
})
