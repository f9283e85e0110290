// Paths inside of an Electron archive are turned into those beside it, which native code can open; all others stay.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpacked } from '../../lib/native/package-root.js'

const folder = mkdtempSync(join(tmpdir(), 'espalier-unpacked-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a path inside of an archive whose file lies unpacked beside it', () => {
  for (const archive of ['app.asar', 'node_modules.asar']) {
    const beside = join(folder, `${archive}.unpacked`, 'models', 'a.gguf')
    mkdirSync(beside, { recursive: true })
    expect(unpacked(join(folder, archive, 'models', 'a.gguf'))).toBe(beside)
  }
})

test('a folder that is only called so, an unpacked path, and an archive itself stay', () => {
  mkdirSync(join(folder, 'mine.asar'))
  for (const path of [
    join(folder, 'mine.asar', 'a.gguf'),
    join(folder, 'app.asar.unpacked', 'models', 'a.gguf'),
    join(folder, 'app.asar'),
    join(folder, 'my.asar.backup', 'a.gguf'),
    'models/a.gguf',
  ])
    expect(unpacked(path)).toBe(path)
})

test('in Electron also what was forgotten to be unpacked, so that the error names where it is expected', () => {
  const versions = process.versions
  Object.defineProperty(process, 'versions', {
    value: { ...versions, electron: '45.0.0' },
    configurable: true,
  })
  try {
    const inside = join(folder, 'other.asar', 'a.gguf')
    expect(unpacked(inside)).toBe(join(folder, 'other.asar.unpacked', 'a.gguf'))
    expect(unpacked(inside.replaceAll('/', '\\'))).toContain('other.asar.unpacked\\a.gguf')
  } finally {
    Object.defineProperty(process, 'versions', { value: versions, configurable: true })
  }
})
