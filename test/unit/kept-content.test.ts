// What lies in the cache folder is used only where it is what was pinned. Judges with folders that somebody changed:
// one byte, a file too many, one missing, a link; and with files that were written by half.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { keptFile, sha256OfFile } from '../../scripts/kept-content.mjs'
import { llamaHeadersFolder, prepareLlamaHeaders } from '../../scripts/llama-headers.mjs'

const root = path.join(__dirname, '..', '..')
const folder = mkdtempSync(path.join(tmpdir(), 'espalier-cache-'))
const inCache = (...names: string[]) => path.join(folder, path.basename(llamaHeadersFolder()), ...names)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script on the changed cache folder, with an npm that has no network. */
function script(name: string, npm = "throw new Error('no network here')") {
  const cli = path.join(folder, 'npm-cli.js')
  writeFileSync(cli, npm)
  const env = { ...process.env, ESPALIER_CACHE_DIR: folder, npm_execpath: cli }
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'scripts', name)], {
    encoding: 'utf8',
    env,
  })
  return { status, out: stdout.trim(), err: stderr }
}

describe("llama.cpp's headers and vocabularies", () => {
  beforeEach(() => cpSync(prepareLlamaHeaders(), inCache(), { recursive: true }))
  afterEach(() => rmSync(inCache(), { recursive: true, force: true }))

  test('a folder as it was filled is used, without npm', () => {
    expect(script('llama-headers.mjs')).toMatchObject({ status: 0, out: inCache() })
  })

  const flip = (file: string) => {
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(file, bytes)
  }
  test.each<[string, () => void]>([
    ['one bit of a header', () => flip(inCache('include', 'llama.h'))],
    ['one bit of a vocabulary', () => flip(inCache('models', 'ggml-vocab-refact.gguf'))],
    ['a line more', () => appendFileSync(inCache('ggml', 'include', 'ggml.h'), '#include "/x"\n')],
    ['a header too many', () => writeFileSync(inCache('include', 'napi.h'), '')],
    ['one that is missing', () => rmSync(inCache('include', 'llama.h'))],
    [
      'a link in the place of a header',
      () => {
        renameSync(inCache('include', 'llama.h'), path.join(folder, 'llama.h'))
        symlinkSync(path.join(folder, 'llama.h'), inCache('include', 'llama.h'))
      },
    ],
    [
      'a folder of nothing but the stamp',
      () => {
        const stamp = readFileSync(inCache('complete'))
        rmSync(inCache(), { recursive: true })
        mkdirSync(inCache())
        writeFileSync(inCache('complete'), stamp)
      },
    ],
  ])('%s is noticed, and the folder would be filled again', (_, change) => {
    change()
    const { status, out, err } = script('llama-headers.mjs')
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toContain('no network here')
  })

  test('what it would be filled with is refused where it is not what is pinned', () => {
    flip(inCache('include', 'llama.h'))
    const wrong = `require('fs').writeFileSync(require('path').join(process.argv[5], 'node-llama-cpp-3.22.1.tgz'), 'x')`
    const { status, out, err } = script('llama-headers.mjs', wrong)
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(/node-llama-cpp@3\.22\.1 has sha512 .* is pinned\. Nothing of it was used\./)
  })
})

describe('files that are generated', () => {
  const wanted = path.join(folder, 'wanted')
  writeFileSync(wanted, 'the whole content')
  const pinned = sha256OfFile(wanted)
  let count = 0
  const make = (text: string) => (fresh: string) => {
    count++
    writeFileSync(fresh, text)
  }

  test.each<[string, (file: string) => void]>([
    ['not there', () => {}],
    ['written by half', (file) => cpSync(wanted, file) ?? truncateSync(file, 9)],
    ['something else of the same size', (file) => writeFileSync(file, 'THE WHOLE CONTENT')],
  ])('%s: made again, once', (name, change) => {
    const file = path.join(folder, 'generated', `${name}.gguf`)
    mkdirSync(path.dirname(file), { recursive: true })
    change(file)
    count = 0
    for (let time = 0; time < 2; time++) expect(keptFile(file, pinned, make('the whole content'))).toBe(file)
    expect(readFileSync(file, 'utf8')).toBe('the whole content')
    expect(count).toBe(1)
  })

  test('what is there and right is kept as it is', () => {
    const file = path.join(folder, 'right')
    cpSync(wanted, file)
    count = 0
    expect(keptFile(file, pinned, make('else'))).toBe(file)
    expect(count).toBe(0)
  })

  test('what is made and not what is pinned is refused, and nothing of it stays', () => {
    const file = path.join(folder, 'refused')
    expect(() => keptFile(file, pinned, make('else'))).toThrow(
      /has sha256 [0-9a-f]{64}, but [0-9a-f]{64} is pinned/,
    )
    expect(() => readFileSync(file)).toThrow(/ENOENT/)
  })
})
