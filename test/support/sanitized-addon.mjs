// Builds the addon with one of the compiler's sanitizers into a package folder of its own under build/: the compiled
// TypeScript beside an instrumented addon. Decides flags, where things lie and what is compiled again; only our own
// sources are instrumented, Node and llama.cpp are not. Linux with g++ only.
import { execFile, execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ownAddon } from '../../scripts/addon-file.mjs'
import { prepareLlamaHeaders } from '../../scripts/llama-headers.mjs'

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const compiler = process.env.CXX ?? 'g++'

/** What each kind is compiled with, the library that must be there before Node, and how it is told to behave. */
const KINDS = {
  address: {
    flags: ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
    library: 'libasan.so',
    // Node frees little at its end; and it handles the signals that these would report.
    env: {
      ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:exitcode=99:handle_segv=1:allow_user_segv_handler=0',
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1:exitcode=99',
    },
  },
  thread: {
    flags: ['-fsanitize=thread'],
    library: 'libtsan.so',
    env: { TSAN_OPTIONS: 'halt_on_error=0:exitcode=99:second_deadlock_stack=1:report_signal_unsafe=0' },
    // What llama.cpp does by itself, uninstrumented as it is, would only look like races.
    suppressed: [
      'called_from_lib:libllama.v',
      'called_from_lib:libggml-base',
      'called_from_lib:libggml.v',
      'mutex:libggml-cpu',
    ],
    // It wants memory where address randomisation may put something else.
    command: ['setarch', '--addr-no-randomize'],
  },
}

/** Headers of the Node that runs: beside it, or where node-gyp keeps them. */
export function nodeHeaders() {
  const version = process.version.slice(1)
  const folders = [
    process.env.npm_config_nodedir && path.join(process.env.npm_config_nodedir, 'include', 'node'),
    path.join(process.execPath, '..', '..', 'include', 'node'),
    path.join(homedir(), '.cache', 'node-gyp', version, 'include', 'node'),
  ]
  const found = folders.find((folder) => folder && existsSync(path.join(folder, 'node_api.h')))
  if (found === undefined)
    throw new Error(`No headers of Node ${version}; expected them in ${folders.filter(Boolean)}.`)
  return found
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(at) : [at]
  })
}

const changedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)

async function compileAll(kind, objects) {
  const native = path.join(root, 'native')
  const llama = prepareLlamaHeaders()
  const files = filesUnder(native)
  const headersAt = Math.max(...files.filter((file) => file.endsWith('.h')).map(changedAt))
  const includes = [
    path.join(root, 'native'),
    path.join(llama, 'include'),
    path.join(llama, 'ggml', 'include'),
    nodeHeaders(),
  ].flatMap((folder) => ['-I', folder])
  const flags = [
    '-std=c++17',
    '-O1',
    '-g',
    '-fPIC',
    '-fno-omit-frame-pointer',
    '-fvisibility=hidden',
    '-pthread',
  ]
  const defines = ['-DNODE_GYP_MODULE_NAME=espalier', ...extraDefines()]
  const sources = files.filter((file) => file.endsWith('.cc'))
  const made = sources.map((file) =>
    path.join(objects, `${path.relative(native, file).replaceAll(path.sep, '_')}.o`),
  )
  const left = sources.keys()
  const work = async () => {
    for (const index of left) {
      const [source, object] = [sources[index], made[index]]
      if (changedAt(object) > Math.max(changedAt(source), headersAt)) continue
      const args = [...flags, ...kind.flags, ...defines, ...includes, '-c', source, '-o', object]
      await promisify(execFile)(compiler, args)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return made
}

/** Defines that binding.gyp gives beside the usual ones, so that both build the same code. */
function extraDefines() {
  const gyp = execFileSync('cat', [path.join(root, 'binding.gyp')], { encoding: 'utf8' })
  const list = /"defines": \[([^\]]*)\]/.exec(gyp)?.[1] ?? ''
  return [...list.matchAll(/"([^"]+)"/g)].map((match) => `-D${match[1]}`)
}

/**
 * Compiles what changed and lays out the package; needs dist/.
 * @param {'address' | 'thread'} name
 * @returns {Promise<{ folder: string, env: Record<string, string>, command: string[] }>} where to import from, in which
 *   environment, and what to start Node with
 */
export async function sanitizedAddon(name) {
  const kind = KINDS[name]
  const folder = path.join(root, 'build', `sanitized-${name}`)
  const objects = path.join(folder, 'objects')
  mkdirSync(objects, { recursive: true })
  const made = await compileAll(kind, objects)
  const addon = path.join(folder, ownAddon)
  mkdirSync(path.dirname(addon), { recursive: true })
  if (changedAt(addon) < Math.max(...made.map(changedAt)))
    execFileSync(compiler, ['-shared', ...kind.flags, '-o', addon, ...made, '-ldl', '-lpthread'])
  for (const built of ['dist', path.join('build', 'modules')]) {
    rmSync(path.join(folder, built), { recursive: true, force: true })
    cpSync(path.join(root, built), path.join(folder, built), { recursive: true })
  }
  writeFileSync(path.join(folder, 'package.json'), '{"name":"espalier","type":"module"}')
  for (const shared of ['node_modules', 'models']) {
    if (!existsSync(path.join(folder, shared)))
      symlinkSync(path.join(root, shared), path.join(folder, shared))
  }
  const env = { ...kind.env }
  if (kind.suppressed !== undefined) {
    const list = path.join(folder, 'suppressed.txt')
    writeFileSync(list, `${kind.suppressed.join('\n')}\n`)
    env.TSAN_OPTIONS += `:suppressions=${list}`
  }
  const library = execFileSync(compiler, [`-print-file-name=${kind.library}`], { encoding: 'utf8' }).trim()
  return { folder, env: { ...env, LD_PRELOAD: library }, command: kind.command ?? [] }
}
