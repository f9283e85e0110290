// @ts-check
// For which platforms an addon is built, and how each is told to the compiler. The table is all there is to know of a
// platform here: scripts/build-prebuilds.mjs only applies it. Its names are those lib/native/package-root.ts gives.

/**
 * @typedef {object} Target
 * @property {string} triple as the compiler names it, with the oldest system the addon is to run on
 * @property {'elf' | 'macho' | 'pe'} format
 * @property {readonly string[]} compile flags of this platform alone
 * @property {readonly string[]} link
 */

/** As in binding.gyp, which builds a clone's own addon: what compilers and linkers offer against mistakes in memory. */
const ELF_COMPILE = ['-fstack-clash-protection', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2']
const X64_MARKS = '-fcf-protection=full'
const ARM64_MARKS = '-mbranch-protection=standard'
const ELF_LINK = ['-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack', '-Wl,--build-id=none']
/** The extensions: to catch exceptions of Microsoft's compiler. zig knows no way to turn on control flow guards. */
const WINDOWS_COMPILE = ['-DNOMINMAX', '-DWIN32_LEAN_AND_MEAN', '-fms-extensions']
const WINDOWS_LINK = ['-Wl,--dynamicbase', '-Wl,--nxcompat', '-Wl,--high-entropy-va']
/** Node-API is the host's own, whatever its file is called. */
const MAC_LINK = ['-undefined', 'dynamic_lookup']

/** @param {string} triple @param {string} marks @returns {Target} */
const elf = (triple, marks) => ({ triple, format: 'elf', compile: [...ELF_COMPILE, marks], link: ELF_LINK })

/** @param {string} triple @returns {Target} */
const mac = (triple) => ({ triple, format: 'macho', compile: [], link: MAC_LINK })

/** @param {string} triple @returns {Target} */
const windows = (triple) => ({
  triple,
  format: 'pe',
  compile: WINDOWS_COMPILE,
  link: WINDOWS_LINK,
})

/**
 * By platform. glibc: what the prebuilt llama.cpp asks for. macOS: as in binding.gyp.
 * @type {Record<string, Target>}
 */
export const targets = {
  'linux-x64': elf('x86_64-linux-gnu.2.34', X64_MARKS),
  'linux-arm64': elf('aarch64-linux-gnu.2.34', ARM64_MARKS),
  'linux-x64-musl': elf('x86_64-linux-musl', X64_MARKS),
  'linux-arm64-musl': elf('aarch64-linux-musl', ARM64_MARKS),
  'darwin-arm64': mac('aarch64-macos.14.0'),
  'darwin-x64': mac('x86_64-macos.14.0'),
  'win32-x64': windows('x86_64-windows-gnu'),
  'win32-arm64': windows('aarch64-windows-gnu'),
}
