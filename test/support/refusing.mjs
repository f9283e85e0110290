// A package whose addon asks Node-API through a library of ours, which refuses the n-th call and all later ones, as an
// env does that began to close: a worker that is ended in the middle of a call, at every place there is. Decides how
// the addon is brought to that: its copy asks for xapi_* instead of napi_*. Linux only.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownAddon } from '../../scripts/addon-file.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Makes the package in a folder; returns the environment of a process that uses it. */
export function refusingPackage(folder) {
  for (const name of ['dist', 'package.json'])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  for (const name of ['models', 'node_modules'])
    symlinkSync(path.join(root, name), path.join(folder, name), 'junction')
  const bytes = readFileSync(path.join(root, ownAddon))
  const text = bytes.toString('latin1')
  const names = [...text.matchAll(/\0(napi_[a-z0-9_]+)(?=\0)/g)].filter(
    ([, name]) => !name.startsWith('napi_register'),
  )
  for (const { index } of names) bytes[index + 1] = 'x'.charCodeAt(0)
  mkdirSync(path.dirname(path.join(folder, ownAddon)), { recursive: true })
  writeFileSync(path.join(folder, ownAddon), bytes)
  const source = path.join(folder, 'refusing.c')
  const library = path.join(folder, 'refusing.so')
  const file = path.join(folder, 'refusing.words')
  writeFileSync(source, sourceOf([...new Set(names.map(([, name]) => name))]))
  execFileSync(process.env.CC ?? 'cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-std=gnu11',
    source,
    '-o',
    library,
    '-ldl',
  ])
  writeFileSync(file, new Uint8Array(24))
  return { LD_PRELOAD: library, ESPALIER_REFUSING: file }
}

// Every argument is a pointer or a whole number but for one; more than are there may be passed on.
function sourceOf(names) {
  const [list, given] = [
    'long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k',
    'a, b, c, d, e, f, g, h, i, j, k',
  ]
  const bodies = names.map((name) => {
    const [takes, passes] =
      name === 'napi_create_double' ? ['long a, double b, long c', 'a, b, c'] : [list, given]
    return `int x${name.slice(1)}(${takes}) {
  static int (*real)(${takes});
  if (real == 0) *(void **)&real = dlsym(RTLD_DEFAULT, "${name}");
  return refuses() ? 10 : real(${passes});
}`
  })
  return `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
static volatile int64_t *words; /* call to refuse (0: none), calls so far, calls refused */
__attribute__((constructor)) static void map(void) {
  const int file = open(getenv("ESPALIER_REFUSING"), O_RDWR);
  words = mmap(0, 24, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}
static int refuses(void) {
  if (words[0] == 0 || __sync_add_and_fetch(&words[1], 1) < words[0]) return 0;
  __sync_add_and_fetch(&words[2], 1);
  return 1;
}
${bodies.join('\n')}
`
}

/** Refuses call number `first` from now on and all later ones; 0: none. Returns how many were refused before. */
export function refuse(first) {
  const file = openSync(process.env.ESPALIER_REFUSING, 'r+')
  const list = new BigInt64Array(3)
  readSync(file, new Uint8Array(list.buffer), 0, 24, 0)
  const refused = Number(list[2])
  // Off while the others are set.
  for (const [at, value] of [0, 0n, 0n, BigInt(first)].map((number, i) => [
    [0, 8, 16, 0][i],
    BigInt(number),
  ])) {
    writeSync(file, new Uint8Array(BigInt64Array.of(value).buffer), 0, 8, at)
  }
  closeSync(file)
  return refused
}
