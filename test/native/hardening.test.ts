// The built addon itself: what the compiler and the linker put into it against mistakes in memory. Judged from the
// file's own headers and symbols, by binutils, which a build needs anyway.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { addonFile } from '../../scripts/addon-file.mjs'

const file = addonFile()
const read = (...options: string[]) => execFileSync('readelf', ['-W', ...options, file], { encoding: 'utf8' })

if (process.platform === 'linux') {
  test('all relocations are done at load and read-only from then on, and the stack is not executable', () => {
    const segments = read('-l')
    expect(segments).toMatch(/GNU_RELRO/)
    expect(read('-d')).toMatch(/BIND_NOW|FLAGS.*\bNOW\b/)
    expect(/GNU_STACK.*/.exec(segments)?.[0]).toMatch(/ RW /)
  })

  test('frames are guarded, and copies with a known size are checked', () => {
    const symbols = read('--dyn-syms')
    // What a guard is compared with: a variable, or on x64 a place beside the thread's own memory (mov reg, fs:40).
    const guards = [
      ...readFileSync(file)
        .toString('latin1')
        .matchAll(/dH[\x33\x8b\x2b\x3b].\x25\x28\0\0\0/gs),
    ]
    expect(symbols.includes('__stack_chk_fail') || guards.length > 100).toBe(true)
    expect(symbols).toMatch(/__\w+_chk\b/)
  })

  if (process.arch === 'x64')
    test('functions begin with the mark that says an indirect call may land there', () => {
      // The linker's note is lost to the C runtime's own objects, which have no marks on some systems.
      const code = readFileSync(file)
      const mark = Buffer.from('f30f1efa', 'hex')
      let marks = 0
      for (let at = code.indexOf(mark); at >= 0; at = code.indexOf(mark, at + 1)) marks++
      expect(marks).toBeGreaterThan(500)
    })

  test('nothing but the module is exported, and nothing of llama.cpp is linked', () => {
    const exported = read('--dyn-syms')
      .split('\n')
      .filter((line) => / (FUNC|OBJECT) +GLOBAL +DEFAULT +\d+ /.test(line))
      .map((line) => line.trim().split(/\s+/).at(-1))
    expect(exported).toContain('napi_register_module_v1')
    expect(exported.filter((name) => /espalier|llama|ggml/.test(name ?? ''))).toEqual([])
    expect(read('-d')).not.toMatch(/NEEDED.*(llama|ggml)/)
  })
}
